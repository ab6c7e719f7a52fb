"""What the machine can do, and how its time and memory are measured."""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import Any

import torch

from gan_lightning.storage.origin import device_name

MATRIX_SIDE = {"cpu": 2048, "cuda": 8192}
"""Of the matrices whose product is the peak: large enough that nothing but multiplication takes time."""


class Clock:
    """Marks in time on a device: events on a GPU, which runs behind Python, and seconds elsewhere.

    Args:
        device: Whose time it is.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def mark(self) -> Any:
        """Now, in the device's order of work."""
        if self.device.type != "cuda":
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def seconds(self, start: Any, stop: Any) -> float:
        """From one mark to another; waits for the device."""
        if self.device.type != "cuda":
            return stop - start
        stop.synchronize()
        return start.elapsed_time(stop) / 1000


def matrix_peak(device: torch.device, dtype: torch.dtype, repeats: int = 5) -> float:
    """Floating-point operations a second of the fastest of ``repeats`` products of two large square matrices."""
    side, clock = MATRIX_SIDE.get(device.type, 2048), Clock(device)
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    a @ b
    best = float("inf")
    for _ in range(repeats):
        start = clock.mark()
        a @ b
        best = min(best, clock.seconds(start, clock.mark()))
    return 2 * side**3 / best


def peak_memory(device: torch.device) -> int:
    """The most bytes that were in use: on a GPU those of tensors, elsewhere the process's resident memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def machine(device: torch.device) -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "device": device_name(device),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__.partition("+")[0],
    }
