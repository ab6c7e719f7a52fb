"""Two processes train every kind of GAN as one does on the same images, and exchange no more than they need."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from distributed_cases import ALIKE, MIXED, STEPS

SCRIPT = Path(__file__).parents[1] / "distributed_cases.py"


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """What is left of every case in one process, and in each of two."""
    folder = tmp_path_factory.mktemp("cases")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        group = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    places = {}, {**group, "LOCAL_RANK": "0"}, {**group, "LOCAL_RANK": "1"}
    started = [subprocess.Popen([sys.executable, SCRIPT, folder], env={**os.environ, **place}) for place in places]
    try:
        assert [process.wait(timeout=600) for process in started] == [0, 0, 0]
    finally:
        for process in started:
            process.kill()
    return {path.stem: torch.load(path, weights_only=True) for path in folder.iterdir()}


@pytest.mark.parametrize("case", [*ALIKE, *MIXED])
def test_processes_end_equal_to_the_bit(left, case):
    first, second = (left[f"2_{rank}"][case] for rank in (0, 1))
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert "running" in name or torch.equal(value, second[name]), name


@pytest.mark.parametrize("case", ALIKE)
def test_two_processes_train_what_one_does(left, case):
    alone, together = left["1_0"][case], left["2_0"][case]
    assert alone.keys() == together.keys()
    for name, value in alone.items():
        torch.testing.assert_close(
            together[name], value, rtol=1e-6, atol=1e-9, msg=lambda said, name=name: f"{name}: {said}"
        )


def test_what_follows_the_scores_has_moved(left):
    assert left["1_0"]["LeCam"]["LeCam means"].abs().min() > 0
    assert left["1_0"]["adaptive augmentation"]["p"] > 0


def test_a_player_exchanges_its_own_gradient_once_a_step(left):
    """Each number is of eight bytes; for each tensor one more says whether a loss has reached it.

    After a step one number says whether the losses were finite, which is seen before the next.
    """
    seen = left["2_0"]["exchanged"]
    assert seen["buckets"] == [0] * (2 * STEPS + 1)
    discriminator, generator = (8 * (numbers + tensors) for numbers, tensors in seen["sizes"])
    assert seen["others"] == [discriminator, generator] + [discriminator + 8, generator] * (STEPS - 1) + [8]


def test_a_parameter_that_one_process_reaches_has_a_gradient_in_both(left):
    for rank in ("2_0", "2_1"):
        first, second, last = left[rank]["reached by one"]
        assert first.tolist() == second.tolist() == [2.0, 2.0]
        assert last is None
