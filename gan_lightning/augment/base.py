"""What every augmentation is, and the random numbers of one.

Nothing here waits for the device, and no shape depends on drawn numbers, so a CUDA graph can record it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError


class Augmentation(Rebuildable, ABC):
    """A random transform of images. It has no parameters, and draws from torch's default generator of the device."""

    value_range: tuple[float, float] = (-1.0, 1.0)
    """What black and white pixels are."""

    def set_value_range(self, value_range: tuple[float, float]) -> None:
        """Says what black and white pixels are, where the data are not in -1 to 1."""
        self.value_range = value_range

    @abstractmethod
    def __call__(self, images: Tensor, p: Tensor | float = 1.0) -> Tensor:
        """Images (N, C, H, W), each transformed with probability ``p`` in a way of its own; differentiable, also twice.

        Args:
            images: (N, C, H, W).
            p: A number, or a tensor of no dimensions on the images' device. An image that is not transformed stays
                the same to the bit.
        """


class Pointwise(Augmentation):
    """A transform that is a function of the images, such as of their brightness."""

    @abstractmethod
    def transform(self, images: Tensor) -> Tensor:
        """All images (N, C, H, W), transformed, each in a way of its own."""

    def __call__(self, images: Tensor, p: Tensor | float = 1.0) -> Tensor:
        return torch.where(choose(images, p), self.transform(images).to(images.dtype), images)


def choose(images: Tensor, p: Tensor | float) -> Tensor:
    """Which images to transform, bool (N, 1, 1, 1): each with probability ``p``."""
    return torch.rand(len(images), 1, 1, 1, device=images.device) < p


def uniform(images: Tensor, low: float, high: float) -> Tensor:
    """A number for each image, float32 (N, 1, 1, 1), uniform in [low, high)."""
    return torch.rand(len(images), 1, 1, 1, device=images.device) * (high - low) + low


def whole_number(images: Tensor, low: int, high: int) -> Tensor:
    """A whole number for each image, int64 (N, 1, 1, 1), uniform in low to high, both included."""
    return torch.randint(low, high + 1, (len(images), 1, 1, 1), device=images.device)


def check_option(owner: object, name: str, value: float, highest: float) -> None:
    """Raises UsageError where an option of an augmentation is outside [0, highest]."""
    if not 0 <= value <= highest:
        raise UsageError(f"{name} of {type(owner).__name__} must lie in [0, {highest:g}], not {value}")
