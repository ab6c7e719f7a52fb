"""Transforms that change the values of pixels where they are. The results may lie outside the range of the images."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.augment.base import Pointwise, check_option, uniform, whole_number


class Brightness(Pointwise):
    """Adds a number to all pixels of an image: x + b, b uniform in ±``max_shift``.

    Zhao et al. 2020, arXiv:2006.10738.

    Args:
        max_shift: Largest |b|, where black is -1 and white is 1: 0.5 is a quarter of the range.

    Raises:
        UsageError: ``max_shift`` is outside [0, 2].
    """

    def __init__(self, max_shift: float = 0.5) -> None:
        check_option(self, "max_shift", max_shift, 2)
        self.max_shift = max_shift

    def transform(self, images: Tensor) -> Tensor:
        black, white = self.value_range
        return images + uniform(images, -self.max_shift, self.max_shift) * (white - black) / 2


class Contrast(Pointwise):
    """Multiplies an image's distance from its mean: m + c (x - m), c uniform in 1 ± ``max_change``.

    m is the mean of the image's pixels in all channels. Zhao et al. 2020, arXiv:2006.10738.

    Args:
        max_change: Largest |c - 1|.

    Raises:
        UsageError: ``max_change`` is outside [0, 1].
    """

    def __init__(self, max_change: float = 0.5) -> None:
        check_option(self, "max_change", max_change, 1)
        self.max_change = max_change

    def transform(self, images: Tensor) -> Tensor:
        mean = images.mean((1, 2, 3), keepdim=True)
        return mean + uniform(images, 1 - self.max_change, 1 + self.max_change) * (images - mean)


class Cutout(Pointwise):
    """Replaces a rectangle of an image by grey, the middle of the range of values.

    The centre of the rectangle is uniform over the image, so a part of it may be outside. Grey, as in DiffAugment
    (Zhao et al. 2020, arXiv:2006.10738), tells the hole from a digit's background: G could learn to draw black ones.
    Devries & Taylor 2017, arXiv:1708.04552.

    Args:
        share: Sides of the rectangle as a share of the image's sides.

    Raises:
        UsageError: ``share`` is outside [0, 1].
    """

    def __init__(self, share: float = 0.5) -> None:
        check_option(self, "share", share, 1)
        self.share = share

    def transform(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        rows = self._stretch(images, height)
        columns = self._stretch(images, width).mT
        return torch.where(rows & columns, sum(self.value_range) / 2, images)

    def _stretch(self, images: Tensor, side: int) -> Tensor:
        """Which rows of ``side`` the rectangle covers, bool (N, 1, side, 1)."""
        length = round(self.share * side)
        first = whole_number(images, 0, side - length % 2) - length // 2
        row = torch.arange(side, device=images.device)[:, None]
        return (row >= first) & (row < first + length)
