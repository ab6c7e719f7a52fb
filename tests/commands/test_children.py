"""Processes that a command starts hear of its signals and end before it does."""

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from checkpoints.interruptions import in_child

from gan_lightning.callbacks.stopping import Interrupted
from gan_lightning.commands.children import Children

WAITING = """
import pathlib, signal, sys, time
def finish(number, frame):
    pathlib.Path(sys.argv[1]).write_text(str(number))
    sys.exit(128 + number)
signal.signal(signal.SIGTERM, finish)
signal.signal(signal.SIGINT, finish)
pathlib.Path(sys.argv[1]).write_text("waits")
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on_and_nothing_is_started_any_more(tmp_path, number):
    noted = [tmp_path / name for name in ("a", "b", "c")]

    def command():
        def interrupt():
            while not all(path.is_file() and path.read_text() for path in noted[:2]):
                threading.Event().wait(0.01)
            signal.pthread_kill(threading.main_thread().ident, number)

        threading.Thread(target=interrupt).start()
        with Children() as children, ThreadPoolExecutor(2) as pool:
            codes = pool.map(lambda path: children.run([sys.executable, "-c", WAITING, str(path)]), noted)
            assert [next(codes), next(codes)] == [128 + number] * 2
            with pytest.raises(Interrupted):
                next(codes)

    assert in_child(command) == 128 + number
    assert [path.read_text() for path in noted[:2]] == [str(int(number))] * 2
    assert not noted[2].exists()


def test_without_a_signal_the_exit_codes_are_given():
    handler = signal.getsignal(signal.SIGTERM)
    with Children() as children:
        assert children.run([sys.executable, "-c", "raise SystemExit(3)"]) == 3
    assert signal.getsignal(signal.SIGTERM) is handler


def test_a_program_ends_where_it_is_asked_to(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_lightning.commands.children.INTERVAL", 0.01)
    noted, asked = tmp_path / "a", []

    def stop():
        asked.append(1)
        return noted.is_file() and bool(noted.read_text())

    with Children() as children:
        assert children.run([sys.executable, "-c", WAITING, str(noted)], stop) == 128 + signal.SIGTERM
        assert children.run([sys.executable, "-c", "raise SystemExit(3)"], lambda: False) == 3
    assert noted.read_text() == str(int(signal.SIGTERM))
    assert asked
