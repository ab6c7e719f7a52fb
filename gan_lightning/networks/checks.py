"""Checks of the arguments of networks."""

from __future__ import annotations

from collections.abc import Sequence

from gan_lightning.errors import UsageError


def check_sizes(**sizes: int) -> None:
    """Refuses a size below 1.

    Args:
        sizes: The value of each argument, by name.

    Raises:
        UsageError: A size is below 1.
    """
    for name, size in sizes.items():
        if size < 1:
            raise UsageError(f"{name} must be at least 1, not {size}")


def check_hidden_dims(hidden_dims: Sequence[int]) -> None:
    """Refuses a hidden layer without units.

    Raises:
        UsageError: A width is below 1.
    """
    if any(width < 1 for width in hidden_dims):
        raise UsageError(f"hidden_dims must each be at least 1, not {list(hidden_dims)}")


def check_image_shape(image_shape: tuple[int, ...]) -> None:
    """Refuses what is not the shape of an image.

    Raises:
        UsageError: It has not three sizes, or one of them is below 1.
    """
    if len(image_shape) != 3 or min(image_shape) < 1:
        raise UsageError(f"image_shape must be (channels, height, width), each at least 1, not {tuple(image_shape)}")


def check_dropout(dropout: float) -> None:
    """Refuses a share of dropped units outside [0, 1).

    Raises:
        UsageError: It is below 0, 1 or more.
    """
    if not 0 <= dropout < 1:
        raise UsageError(f"dropout must be from 0 up and below 1, not {dropout}")
