"""A look at the first batch, which any DataLoader may have made."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import ImageShape

SLACK = 0.01
"""How far pixels may lie outside of the range, as a share of it."""


def check_batch(batch: Any, image_shape: ImageShape, num_classes: int, value_range: tuple[float, float]) -> None:
    """Raises UsageError where a model would train in silence on something else than was meant.

    Args:
        batch: Should be images, float (N, *image_shape) within ``value_range``, and labels, int64 (N,).
        image_shape: (C, H, W) of the images that the model draws.
        num_classes: Labels have to be below it; 0 for a model that ignores them.
        value_range: What black and white pixels are.
    """
    first = batch[0] if isinstance(batch, (tuple, list)) and batch else batch
    if isinstance(first, Tensor) and first.ndim == 3 and first.shape == torch.Size(image_shape):
        raise UsageError(
            "a batch has to have several images, and the first is a single one: give a torch.utils.data.DataLoader of "
            "the data set"
        )
    if not (isinstance(batch, (tuple, list)) and len(batch) == 2 and all(isinstance(part, Tensor) for part in batch)):
        raise UsageError(
            f"a batch has to be a pair of images and labels, not {kind(batch)}: have the data set give (image, label), "
            "or images alone to a model without classes"
        )
    images, labels = batch
    if not images.is_floating_point():
        raise UsageError(
            f"the images of a batch have to be floating-point numbers from {value_range[0]:g} to {value_range[1]:g}, "
            f"not {name(images.dtype)}: normalise them, as torchvision's ToTensor and Normalize(0.5, 0.5) do"
        )
    if images.shape[1:] != torch.Size(image_shape):
        raise UsageError(
            f"the first batch has images of {tuple(images.shape[1:])} (channels, height, width), and the model draws "
            f"images of {tuple(image_shape)}: resize the images, or build the model with their image_shape"
        )
    check_range(images, value_range)
    if labels.shape != images.shape[:1] or labels.dtype != torch.int64:
        raise UsageError(
            f"the labels of a batch have to be int64 of shape ({len(images)},), one for each image, not "
            f"{name(labels.dtype)} of shape {tuple(labels.shape)}: have the data set give whole numbers"
        )
    if num_classes and not 0 <= int(labels.min()) <= int(labels.max()) < num_classes:
        raise UsageError(
            f"the first batch has labels from {int(labels.min())} to {int(labels.max())}, and the model has classes "
            f"0 to {num_classes - 1}: number the classes from 0, or build the model with num_classes"
        )


def check_batch_norm(networks: nn.Module, size: int) -> None:
    """Raises UsageError where batch norm would have to compute the variance of one number: ``size`` images are one."""
    if size == 1 and any(isinstance(layer, nn.BatchNorm1d) for layer in networks.modules()):
        raise UsageError(
            "batch norm of fully connected layers has nothing to compare a single image with: give a --data.batch_size "
            "of 2 or more, and fewer --model.micro_batches than half of that, or train networks without it"
        )


def check_range(images: Tensor, value_range: tuple[float, float]) -> None:
    """Raises UsageError where pixels lie outside of ``value_range``, or none in its darker half, as if 0 were black."""
    low, high = value_range
    lowest, highest = float(images.min()), float(images.max())
    slack = SLACK * (high - low)
    if low - slack <= lowest < (low + high) / 2 and highest <= high + slack:
        return
    raise UsageError(
        f"the first batch has pixels from {lowest:.3g} to {highest:.3g}, and the model draws them from {low:g} (black) "
        f"to {high:g} (white): normalise the images to that, as torchvision's Normalize(0.5, 0.5) does to (-1, 1), or "
        "build the model with their value_range"
    )


def kind(batch: Any) -> str:
    """What ``batch`` is, in words."""
    if isinstance(batch, Tensor):
        return f"one tensor of shape {tuple(batch.shape)}"
    if isinstance(batch, dict):
        return f"a dictionary of {', '.join(map(str, batch))}"
    return f"a {type(batch).__name__} of {len(batch)}" if isinstance(batch, (tuple, list)) else type(batch).__name__


def name(dtype: torch.dtype) -> str:
    """The name of a type of numbers, such as uint8."""
    return str(dtype).removeprefix("torch.")
