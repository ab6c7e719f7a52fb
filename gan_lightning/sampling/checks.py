"""Options of drawing that are out of range."""

from __future__ import annotations

from gan_lightning.errors import UsageError
from gan_lightning.networks import Generator


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
                f"the data range from {value_range[0]:.2f} to {value_range[1]:.2f}, which a generator with "
                f"outputs from {low:g} to {high:g} cannot reach: use --data.normalization [0.5,0.5]"
            )
