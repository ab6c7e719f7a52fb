"""Figures from the pixels alone, which need no network. They say how images look, not how good they are."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from gan_lightning.errors import UsageError


class PixelFigures(Metric):
    """Pixel diversity, sharpness and contrast of images with intensities in [0, 1].

    - ``pixel_diversity``: mean over pixels of the standard deviation over images, √(E x² - (E x)²);
    - ``sharpness``: mean over images of the variance of the Laplacian, Var(∇²x), where ∇²x is the sum of a pixel's four
      neighbours minus four times the pixel (Pech-Pacheco et al. 2000, doi:10.1109/ICPR.2000.903548);
    - ``contrast``: mean over images of the standard deviation of the intensity.

    Args:
        image_shape: (C, H, W).
        options: Those of Metric.
    """

    higher_is_better = None
    is_differentiable = False
    full_state_update = False
    num_images: Tensor
    pixel_sum: Tensor
    pixel_square_sum: Tensor
    sharpness_sum: Tensor
    contrast_sum: Tensor

    def __init__(self, image_shape: tuple[int, int, int], **options: Any) -> None:
        super().__init__(**options)
        self.image_shape = tuple(image_shape)
        states = {"num_images": (), "pixel_sum": image_shape, "pixel_square_sum": image_shape}
        for name, shape in {**states, "sharpness_sum": (), "contrast_sum": ()}.items():
            self.add_state(name, torch.zeros(shape, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, images: Tensor) -> None:
        """Takes images uint8 (N, C, H, W)."""
        for batch in check_images(images, self.image_shape).split(500):
            x = batch.double() / 255
            self.num_images += len(x)
            self.pixel_sum += x.sum(dim=0)
            self.pixel_square_sum += x.square().sum(dim=0)
            neighbours = x[..., :-2, 1:-1] + x[..., 2:, 1:-1] + x[..., 1:-1, :-2] + x[..., 1:-1, 2:]
            edges = neighbours - 4 * x[..., 1:-1, 1:-1]
            self.sharpness_sum += edges.flatten(1).var(dim=1, correction=0).sum()
            self.contrast_sum += x.flatten(1).std(dim=1, correction=0).sum()

    def compute(self) -> dict[str, Tensor]:
        """The three figures."""
        mean = self.pixel_sum / self.num_images
        variance = (self.pixel_square_sum / self.num_images - mean.square()).clamp(min=0)
        return {
            "pixel_diversity": variance.sqrt().mean(),
            "sharpness": self.sharpness_sum / self.num_images,
            "contrast": self.contrast_sum / self.num_images,
        }


def check_images(images: Tensor, image_shape: tuple[int, ...]) -> Tensor:
    """The images themselves.

    Raises:
        UsageError: They are not uint8 (N, C, H, W) with (C, H, W) ``image_shape``.
    """
    if images.dtype != torch.uint8:
        raise UsageError(
            f"images are bytes from 0 to 255 (uint8), and these are {str(images.dtype).removeprefix('torch.')}: scale, "
            "round and convert them"
        )
    if images.ndim != 4 or tuple(images.shape[1:]) != tuple(image_shape):
        raise UsageError(
            f"the real images are of (channels, height, width) {tuple(image_shape)}, and these of "
            f"{tuple(images.shape[1:])}: resize them, or give --data.image_size"
        )
    return images
