"""Options of drawing, and those of them that are out of range."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from gan_lightning.errors import UsageError
from gan_lightning.networks import Generator

Labels = int | Sequence[int] | Tensor | np.ndarray | None
"""What to draw: a label, several that take turns, or all."""


def check_truncation(truncation: float | None) -> None:
    """Raises UsageError where the truncation is not positive."""
    if truncation is not None and not truncation > 0:
        raise UsageError(f"the truncation must be positive, not {truncation}")


def check_range(generator: Generator, value_range: tuple[float, float]) -> None:
    """Raises UsageError where ``generator`` cannot draw what the data hold: D would win on the range alone."""
    if generator.output_range is not None:
        low, high = generator.output_range
        if value_range[0] < low or value_range[1] > high:
            raise UsageError(
                f"the data range from {value_range[0]:.4g} to {value_range[1]:.4g}, which a generator with "
                f"outputs from {low:g} to {high:g} cannot reach: use --data.normalization [0.5,0.5]"
            )


def as_list(labels: Any) -> list[int]:
    """One label or several, as Python's, torch's or NumPy's numbers, as a list.

    Raises:
        UsageError: They are no whole numbers.
    """
    plain = labels.tolist() if hasattr(labels, "tolist") else labels
    try:
        return [operator.index(label) for label in (plain if isinstance(plain, Iterable) else [plain])]
    except TypeError:
        raise UsageError(f"labels are whole numbers, such as 7 or [0, 1, 2], not {labels!r}") from None
