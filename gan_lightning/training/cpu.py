"""Settings of the process that spare a CPU work which has nothing to do with training."""

from __future__ import annotations

import ctypes
import os
import sys

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""From malloc.h: how many free bytes are kept, and from what size on a buffer is given pages of its own."""


def relieve_the_cpu() -> None:
    """Makes all of these settings."""
    keep_freed_memory()
    if not torch.cuda.is_available():  # optimisers ask at each step, and Lightning has them ask in a slow way
        os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "0"


def keep_freed_memory() -> None:
    """Has the C library reuse what tensors leave behind, where it is the GNU one.

    It would hand most of it back to the system, which clears each page (4 KiB) before it lends it again.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_MMAP_THRESHOLD, 32 * 2**20)  # the most that all versions accept
        mallopt(M_TRIM_THRESHOLD, 2**30)
