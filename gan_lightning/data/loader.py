"""Batches straight from memory: no workers, no per-image Python, and a place in the epoch that can be saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from gan_lightning.seeding import mix_seed


class InMemoryLoader:
    """Slices a data set that is held as uint8 into batches of (images, labels), on the device that holds it.

    When shuffled it is one endless stream of permutations, one an epoch, each a function of (seed, epoch) alone,
    cut into batches of full size; iterating takes the next ``len(loader)`` batches, wherever the stream stands.
    So a run that loads ``state_dict()`` sees exactly the batches that it had left. When not shuffled, each iteration
    goes through all images in order, once.

    Args:
        images: uint8 (N, C, H, W).
        labels: int64 (N,).
        batch_size: Images in a batch of one process.
        value_range: What the bytes 0 and 255 become.
        shuffle: Whether this is a training stream; otherwise every image comes once, in order.
        seed: Of the permutations; the same on every rank.
        rank: Which share of each permutation is this process's: every ``world_size``-th image from ``rank``.
        world_size: How many processes share the data.
        device: Where the images are kept and the batches appear.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        batch_size: int,
        value_range: tuple[float, float] = (-1.0, 1.0),
        shuffle: bool = False,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        device: torch.device | str = "cpu",
    ) -> None:
        self.images, self.labels = images.to(device), labels.to(device)
        self.value_range = value_range
        self.shuffle, self.seed = shuffle, seed
        self.rank, self.world_size = rank, world_size
        share = len(images) // world_size if shuffle else len(range(rank, len(images), world_size))
        self.batch_size = max(1, min(batch_size, share))
        self.num_batches = share // self.batch_size if shuffle else -(-share // self.batch_size)
        self.epoch, self.position = 0, 0
        self._order: tuple[int, Tensor] | None = None

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if not self.shuffle:
            self.position = 0
        for _ in range(len(self)):
            if self.position == len(self):
                self.epoch, self.position = self.epoch + 1, 0
            start = self.position * self.batch_size
            indices = self._indices()[start : start + self.batch_size]
            self.position += 1
            yield self._to_float(self.images[indices]), self.labels[indices]

    def state_dict(self) -> dict[str, Any]:
        """How many epochs and how many batches of the current one have been handed out."""
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from where ``state`` was taken."""
        self.epoch, self.position = state["epoch"], state["position"]

    def _indices(self) -> Tensor:
        """This rank's images in the order of the current epoch."""
        if self._order is None or self._order[0] != self.epoch:
            if self.shuffle:
                generator = torch.Generator(self.images.device).manual_seed(mix_seed(self.seed, self.epoch))
                order = torch.randperm(len(self.images), generator=generator, device=self.images.device)
            else:
                order = torch.arange(len(self.images), device=self.images.device)
            self._order = self.epoch, order[self.rank :: self.world_size]
        return self._order[1]

    def _to_float(self, images: Tensor) -> Tensor:
        """The one place where bytes become the floats that networks see."""
        low, high = self.value_range
        return images.float().mul_((high - low) / 255).add_(low)
