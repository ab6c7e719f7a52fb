"""Stacks of three grey images as red, green and blue, drawn anew for every batch (Stacked MNIST)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from gan_lightning.data.loader import BatchStream
from gan_lightning.training.seeding import step_seed


class StackLoader(BatchStream):
    """A training stream of stacks, made on the device from single images that it holds as uint8.

    The images of a stack are drawn independently and uniformly. Which they are is a function of (seed, rank, epoch,
    position), so processes see different stacks, no epoch repeats another, and a run that loads ``state_dict()`` goes
    on with the very next stacks. Stacked MNIST is from Metz et al. 2016, arXiv:1611.02163.

    Args:
        images: The single images, uint8 (N, 1, H, W).
        labels: Their digits, int64 (N,).
        num_stacks: Stacks in an epoch of all processes together.
        batch_size: Stacks in a batch of one process.
        options: Further options of BatchStream.
    """

    def __init__(self, images: Tensor, labels: Tensor, num_stacks: int, batch_size: int, **options: Any) -> None:
        super().__init__(num_stacks, batch_size, **options)
        self.images, self.labels = images.to(self.device), labels.to(self.device)

    def choose(self, epoch: int, position: int) -> Tensor:
        """The indices of the single images of batch ``position`` of an epoch, int64 (B, 3)."""
        seed = step_seed("stacks", self.seed, self.rank, epoch * len(self) + position)
        generator = torch.Generator(self.device).manual_seed(seed)
        return torch.randint(len(self.images), (self.batch_size, 3), generator=generator, device=self.device)

    def read(self, batches: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        return (compose(self.images, self.labels, chosen) for chosen in batches)


def compose(images: Tensor, labels: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Stacks (B, 3, H, W) of three single images each, and their labels 100 r + 10 g + b, int64 (B,).

    Args:
        images: The single images (N, 1, H, W).
        labels: Their digits, int64 (N,).
        chosen: Indices of the red, the green and the blue image of each stack, int64 (B, 3).
    """
    weights = torch.tensor([100, 10, 1], device=labels.device)
    return images[:, 0][chosen], (labels[chosen] * weights).sum(1)
