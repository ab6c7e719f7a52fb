"""Checks of the arguments of networks."""

from __future__ import annotations

from collections.abc import Sequence

from gan_lightning.errors import UsageError, check_number

LARGEST = 2**20
"""Of a size. Beyond it a product of sizes may be no number that torch knows."""


def check_sizes(**sizes: int) -> None:
    """Refuses a size below 1 or beyond ``LARGEST``.

    Args:
        sizes: The value of each argument, by name.

    Raises:
        UsageError: A size is out of range.
    """
    for name, size in sizes.items():
        check_number(name, size, 1, LARGEST)


def check_hidden_dims(hidden_dims: Sequence[int]) -> None:
    """Refuses a hidden layer without units, or with more than ``LARGEST``.

    Raises:
        UsageError: A width is out of range.
    """
    if not all(1 <= width <= LARGEST for width in hidden_dims):
        raise UsageError(f"hidden_dims must each be at least 1, and at most {LARGEST}, not {list(hidden_dims)}")


def check_image_shape(image_shape: tuple[int, ...]) -> None:
    """Refuses what is not the shape of an image.

    Raises:
        UsageError: It has not three sizes, or one of them is out of range.
    """
    if len(image_shape) != 3 or not all(1 <= size <= LARGEST for size in image_shape):
        raise UsageError(
            f"image_shape must be (channels, height, width), each from 1 to {LARGEST}, not {tuple(image_shape)}"
        )


def check_dropout(dropout: float) -> None:
    """Refuses a share of dropped units outside [0, 1).

    Raises:
        UsageError: It is below 0, 1 or more.
    """
    if not 0 <= dropout < 1:
        raise UsageError(f"dropout must be from 0 up and below 1, not {dropout}")
