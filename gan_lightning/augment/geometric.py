"""Transforms that move pixels. What comes from outside the image is black.

Each says where a pixel of the result comes from, as a matrix, so several are done by sampling the image once, which
blurs it less than sampling it for each.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from gan_lightning.augment.base import Augmentation, check_option, choose, uniform, whole_number


class Geometric(Augmentation):
    """A transform that moves pixels."""

    @abstractmethod
    def source(self, images: Tensor) -> Tensor:
        """Where pixels come from, float32 (N, 3, 3): maps (x, y, 1) in the result to (x, y, 1) in the image.

        They are counted in pixels from the centre of the image, x to the right and y down.
        """

    def __call__(self, images: Tensor, p: Tensor | float = 1.0) -> Tensor:
        return move_pixels([self], images, p)


class Translation(Geometric):
    """Shifts an image by whole pixels, which is exact (DiffAugment, Zhao et al. 2020, arXiv:2006.10738).

    Args:
        max_shift: Largest shift in each direction, as a share of the image's side.

    Raises:
        UsageError: ``max_shift`` is outside [0, 1].
    """

    def __init__(self, max_shift: float = 0.125) -> None:
        check_option(self, "max_shift", max_shift, 1)
        self.max_shift = max_shift

    def source(self, images: Tensor) -> Tensor:
        matrix = identity(images)
        for row, side in enumerate((images.shape[3], images.shape[2])):
            largest = round(self.max_shift * side)
            matrix[:, row, 2] = whole_number(images, -largest, largest).flatten()
        return matrix


class Scale(Geometric):
    """Enlarges or shrinks an image about its centre by a factor 2^u, u uniform in ±``max_octaves``.

    Args:
        max_octaves: Largest |u|; 1 is twice or half the size.

    Raises:
        UsageError: ``max_octaves`` is outside [0, 4].
    """

    def __init__(self, max_octaves: float = 0.2) -> None:
        check_option(self, "max_octaves", max_octaves, 4)
        self.max_octaves = max_octaves

    def source(self, images: Tensor) -> Tensor:
        matrix = identity(images)
        matrix[:, :2] *= torch.exp2(uniform(images, -self.max_octaves, self.max_octaves))[..., 0]
        return matrix


class Rotation(Geometric):
    """Turns an image about its centre by an angle uniform in ±``max_degrees``.

    Args:
        max_degrees: Largest angle.

    Raises:
        UsageError: ``max_degrees`` is outside [0, 180].
    """

    def __init__(self, max_degrees: float = 10.0) -> None:
        check_option(self, "max_degrees", max_degrees, 180)
        self.max_degrees = max_degrees

    def source(self, images: Tensor) -> Tensor:
        matrix = identity(images)
        angle = torch.deg2rad(uniform(images, -self.max_degrees, self.max_degrees)).flatten()
        matrix[:, 0, 0] = matrix[:, 1, 1] = angle.cos()
        matrix[:, 0, 1], matrix[:, 1, 0] = -angle.sin(), angle.sin()
        return matrix


def identity(images: Tensor) -> Tensor:
    """The matrix that leaves every pixel in its place, for each image: float32 (N, 3, 3)."""
    return torch.eye(3, device=images.device).repeat(len(images), 1, 1)


def move_pixels(transforms: Sequence[Geometric], images: Tensor, p: Tensor | float) -> Tensor:
    """Images (N, C, H, W) after the transforms in their order, each with probability ``p``, sampled once."""
    matrix = identity(images)
    for transform in transforms:
        # the product of two matrices by hand, since autocast would round that of @ to 8 bits
        product = (matrix[:, :, :, None] * transform.source(images)[:, None]).sum(2)
        matrix = torch.where(choose(images, p)[..., 0], product, matrix)
    height, width = images.shape[2:]
    x = torch.arange(width, device=images.device) - (width - 1) / 2
    y = torch.arange(height, device=images.device)[:, None] - (height - 1) / 2
    x, y = (row[..., 0:1] * x + row[..., 1:2] * y + row[..., 2:3] for row in matrix[:, :2, None].unbind(1))
    return sample(images, x + (width - 1) / 2, y + (height - 1) / 2, transforms[0].value_range[0])


def sample(images: Tensor, x: Tensor, y: Tensor, outside: float) -> Tensor:
    """Values of images (N, C, H, W) at places x, y (N, H, W) in pixels, by bilinear interpolation.

    They are exact at whole places. ``grid_sample`` would do, but torch 2.6 cannot differentiate it twice, as a penalty
    on D(T(x)) does.

    Args:
        images: (N, C, H, W).
        x: Column of each sample, from 0 to W - 1.
        y: Row of each sample, from 0 to H - 1.
        outside: Value of all pixels outside an image.
    """
    channels, height, width = images.shape[1:]
    stride = width + 3
    padded = F.pad(images, (1, 2, 1, 2), value=outside).flatten(2)
    x, y = x.clamp(-1, width) + 1, y.clamp(-1, height) + 1
    left, top = x.floor(), y.floor()
    right_share, bottom_share = (part.flatten(1)[:, None].to(images.dtype) for part in (x - left, y - top))
    corner = (top * stride + left).long().flatten(1)[:, None].expand(-1, channels, -1)
    upper, lower = (
        torch.lerp(padded.gather(2, corner + row), padded.gather(2, corner + row + 1), right_share)
        for row in (0, stride)
    )
    return torch.lerp(upper, lower, bottom_share).view_as(images)
