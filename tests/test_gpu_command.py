"""The command of ``make gpu`` keeps what each part found, and why one found nothing."""

import json
import subprocess
import sys
from pathlib import Path

import gpu
import pytest

SCRIPT = Path(gpu.__file__)


def test_a_part_that_fails_is_reported_and_the_next_goes_on(tmp_path):
    words = ["--data.root", str(tmp_path), "--output", str(tmp_path / "gpu.json"), "--parts", "epochs", "vanilla"]
    ended = subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True)
    assert ended.returncode == 1
    report = json.loads((tmp_path / "gpu.json").read_text())
    assert list(report["parts"]) == ["epochs", "vanilla"]
    for result in report["parts"].values():
        assert result["reason"].startswith("exit status 2\n")
        assert "found" not in result
    assert (tmp_path / "gpu.md").read_text().count("| failed: exit status 2 |") == 2


def test_a_part_is_ended_at_its_limit(tmp_path):
    part = gpu.Part(["timeit", "-n", "1", "import time; time.sleep(1000)"], 1, lambda folder: {"epochs": 1})
    result = gpu.perform(part, tmp_path / "part")
    assert result["reason"].splitlines()[0] == "not done after 1 seconds"
    assert result["found"] == {"epochs": 1}, "what was written until then is kept"


def test_what_the_loops_did_is_found(tmp_path):
    words = ["--output", str(tmp_path / "gpu.json"), "--parts", "vanilla"]
    subprocess.run([sys.executable, str(SCRIPT), *words], check=True)
    found = json.loads((tmp_path / "gpu.json").read_text())["parts"]["vanilla"]["found"]
    speeds = found["images_per_second"]
    assert set(speeds) == {"fit", "bare", "textbook"}
    assert found["fit/textbook"] == pytest.approx(speeds["fit"] / speeds["textbook"], rel=0.5)
    assert f"fit {speeds['fit']:,.0f}, bare" in (tmp_path / "gpu.md").read_text()
