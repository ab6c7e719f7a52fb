"""A bound on what is built from a file or a command line, which could ask for networks of any size."""

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
    """While it is active, layers may be built that hold so many numbers.

    Args:
        numbers: How many.
        refusal: What is said where they would hold more.

    Raises:
        UsageError: They would hold more. Nothing of that size is allocated.
    """

    def __init__(self, numbers: int, refusal: str) -> None:
        super().__init__()
        self.left, self.refusal = numbers, refusal

    @classmethod
    def of_file(cls, size: int) -> Budget:
        """For about as many numbers as a file of a ``size`` in bytes has."""
        return cls(
            2 * size + ALLOWANCE,
            "the checkpoint's options ask for larger networks than it has weights for: do not trust it",
        )

    def __torch_function__(self, func: Callable, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in FACTORIES:
            planned = func(*args, **{**kwargs, "device": "meta", **NO_GENERATOR.get(func, {})})
            self.left -= max(planned.numel(), CALL)
            if self.left < 0:
                raise UsageError(self.refusal)
        return func(*args, **kwargs)
