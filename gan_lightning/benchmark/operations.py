"""What kinds of work a step consists of, and how near each comes to what the machine can compute."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from gan_lightning.benchmark.loops import BareLoop

KINDS = {
    "convolution_backward": "convolutions, backward",
    "convolution": "convolutions, forward",
    "mm": "matrix products",
    "batch_norm": "batch norm",
    "adam": "optimisers",
    "foreach": "optimisers",
}
"""Part of an operation's name, the first that fits, and what it is called."""
REST = "activations, dropout, copies and others"


def kind_of(operation: str) -> str:
    """The kind of work of an operation of torch."""
    return next((kind for part, kind in KINDS.items() if part in operation), REST)


class Timer(TorchDispatchMode):
    """Adds up the seconds of torch's operations by kind, on devices that Python waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = dict.fromkeys([*KINDS.values(), REST], 0.0)

    def __torch_dispatch__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        start = time.perf_counter()
        result = func(*args, **(kwargs or {}))
        self.seconds[kind_of(str(func))] += time.perf_counter() - start
        return result


def operations_by_kind(loop: BareLoop) -> dict[str, int]:
    """Floating-point operations, of convolutions and matrix products, from one turn of the generator to the next."""
    with FlopCounterMode(display=False) as counter:
        loop.run(loop.model.discriminator_steps)
    found: dict[str, int] = {}
    for operation, count in counter.get_flop_counts()["Global"].items():
        found[kind_of(str(operation))] = found.get(kind_of(str(operation)), 0) + count
    return found


def work(loop: BareLoop, steps: int) -> dict[str, dict[str, float]]:
    """For each kind of work its milliseconds in an average step and the GFLOP/s that it reaches."""
    turns, flop = max(1, steps // loop.model.discriminator_steps), operations_by_kind(loop)
    with Timer() as timer:
        loop.run(turns * loop.model.discriminator_steps)
    return {
        kind: {
            "milliseconds": 1000 * seconds / (turns * loop.model.discriminator_steps),
            "gigaflop_per_second": turns * flop.get(kind, 0) / seconds / 1e9,
        }
        for kind, seconds in timer.seconds.items()
        if seconds
    }
