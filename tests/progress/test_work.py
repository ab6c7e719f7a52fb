"""Work that takes a while shows how far it is: by a bar on a terminal, by few lines elsewhere."""

import subprocess
import sys

import pytest
from terminal import on_terminal

from gan_lightning.progress import Work, duration, time_left, work

SCRIPT = """
import time
from gan_lightning.progress import Work, work
work.DELAY = 0.01
with Work("features of 60,000 images") as told:
    for done in range(1, 5):
        time.sleep(0.1)
        told(done / 4)
print("ready")
"""


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3723, "1:02:03")])
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_the_time_left_is_that_of_what_is_done():
    assert time_left(30, 0.25, 0.75) == "1:30 left"
    assert time_left(30, 2, -0.1) == "0:00 left"
    assert time_left(30, 0, 1) == ""


def test_a_terminal_shows_a_bar_of_80_columns():
    status, lines = on_terminal(sys.executable, "-c", SCRIPT)
    assert status == 0
    bars = [line for line in lines if "%" in line]
    assert len(bars) > 1, "it moves"
    assert all(bar.startswith("features of 60,000 images ") and bar.endswith(" left") for bar in bars)
    assert max(map(len, bars)) <= 80
    assert "ready" in lines


def test_a_pipe_gets_a_line_now_and_then():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout == "features of 60,000 images: 25%, 0:00 left\nready\n"


def test_nothing_is_said_of_what_is_quick_nor_by_other_processes(capsys, monkeypatch):
    with Work("features") as told:
        told(0.5)
    monkeypatch.setattr(work, "DELAY", -1.0)
    with monkeypatch.context() as patch:
        patch.setattr(work.rank_zero_only, "rank", 1, raising=False)
        with Work("features") as told:
            told(0.5)
    assert capsys.readouterr().out == ""
    with Work("features") as told:
        told(0.0)
    assert capsys.readouterr().out == "features: 0%\n"
