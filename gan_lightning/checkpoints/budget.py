"""A bound on what is built from a file, which could ask for networks of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from gan_lightning.errors import UsageError

FACTORIES = {torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.eye, torch.arange}
"""What layers make their weights with."""

ALLOWANCE = 10_000_000
"""Numbers beyond those of the file, such as constant buffers that checkpoints leave out."""

CALL = 1_000
"""What a call counts at least, so that a tower of tiny layers ends, too."""


NO_GENERATOR: dict[Callable, dict[str, None]] = {torch.rand: {"generator": None}, torch.randn: {"generator": None}}
"""The generator of another device would be refused where nothing is drawn."""


class Budget(TorchFunctionMode):
    """While it is active, layers may be built that hold about as many numbers as a file has bytes.

    Args:
        size: Of the file, in bytes.

    Raises:
        UsageError: They would hold more. Nothing of that size is allocated.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = 2 * size + ALLOWANCE

    def __torch_function__(self, func: Callable, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in FACTORIES:
            planned = func(*args, **{**kwargs, "device": "meta", **NO_GENERATOR.get(func, {})})
            self.left -= max(planned.numel(), CALL)
            if self.left < 0:
                raise UsageError(
                    "the checkpoint's options ask for larger networks than it has weights for: do not trust it"
                )
        return func(*args, **kwargs)
