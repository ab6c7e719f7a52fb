"""Memory that tensors leave behind is kept for the next ones."""

import os
import platform
import subprocess
import sys

import pytest
import torch
from helpers import tiny_data, tiny_model

from gan_lightning.models import cpu

FAULTS = """
import resource, sys
import torch
from gan_lightning.models.cpu import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
for turn in range(20):
    if turn == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    tensors = [torch.zeros(2**22) for _ in range(6)]  # of 16 MiB
    del tensors
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="for the GNU C library")
def test_freed_memory_is_used_again_without_a_fault_for_each_page():
    def faults(mode):
        handed_back = {"MALLOC_MMAP_THRESHOLD_": "131072"}  # always, and not only as the heap happens to lie
        environment = {**os.environ, **handed_back}
        return float(subprocess.check_output([sys.executable, "-c", FAULTS, mode], text=True, env=environment))

    assert faults("keep") < 100 < 16 * 2**20 / 4096 < faults("hand back")


def test_training_makes_the_settings(make_trainer, monkeypatch):
    kept = []
    monkeypatch.setattr(cpu, "keep_freed_memory", lambda: kept.append(1))
    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    make_trainer(max_steps=1, limit_val_batches=0).fit(tiny_model(), tiny_data())
    assert kept == [1]
    assert os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] == ("1" if torch.cuda.is_available() else "0")
