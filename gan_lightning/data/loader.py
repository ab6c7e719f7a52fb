"""Batches straight from memory: no workers, no per-image Python, and a place in the epoch that can be saved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import torch
from torch import Tensor

from gan_lightning.checkpoints.shape import COUNT, check_shape
from gan_lightning.training.seeding import stream_seed


class Loader(Protocol):
    """Batches of images, float (N, C, H, W), and labels, int64 (N,), from a place that checkpoints keep."""

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]: ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class BatchStream(ABC):
    """Batches of (images, labels) whose order is a function of seed and epoch, from a place that can be saved.

    When shuffled it is one endless stream of permutations, one an epoch, each a function of (seed, epoch) alone,
    cut into batches of full size; iterating takes the next ``len(stream)`` batches, wherever the stream stands.
    So a run that loads ``state_dict()`` sees exactly the batches that it had left. When not shuffled, each iteration
    goes through all images in order, once.

    Args:
        num_images: How many images there are.
        batch_size: Images in a batch of one process.
        value_range: What the bytes 0 and 255 become.
        shuffle: Whether this is a training stream; otherwise every image comes once, in order.
        seed: Of the permutations; the same on every rank.
        rank: Which share of each permutation is this process's: every ``world_size``-th image from ``rank``.
        world_size: How many processes share the data.
        device: Where the batches appear.
    """

    def __init__(
        self,
        num_images: int,
        batch_size: int,
        value_range: tuple[float, float] = (-1.0, 1.0),
        shuffle: bool = False,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        device: torch.device | str = "cpu",
    ) -> None:
        self.num_images, self.device = num_images, torch.device(device)
        self.value_range = value_range
        self.shuffle, self.seed = shuffle, seed
        self.rank, self.world_size = rank, world_size
        share = num_images // world_size if shuffle else len(range(rank, num_images, world_size))
        self.batch_size = max(1, min(batch_size, share))
        self.num_batches = share // self.batch_size if shuffle else -(-share // self.batch_size)
        self.epoch, self.position = 0, 0
        self._order: tuple[int, Tensor] | None = None

    @abstractmethod
    def read(self, batches: Iterable[Tensor]) -> Iterable[tuple[Tensor, Tensor]]:
        """For each batch of indices, int64 (N,), its images, uint8 (N, C, H, W), and labels on the device."""

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if not self.shuffle:
            self.position = 0
        for images, labels in self.read(self._upcoming()):
            self.epoch, self.position = self._after(self.epoch, self.position)
            yield to_float(images, self.value_range), labels

    def state_dict(self) -> dict[str, Any]:
        """How many epochs and how many batches of the current one have been handed out."""
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from where ``state`` was taken."""
        check_shape(state, {"epoch": COUNT, "position": COUNT}, "the checkpoint's place in the data")
        self.epoch, self.position = state["epoch"], min(state["position"], len(self))

    def _upcoming(self) -> Iterator[Tensor]:
        """The indices of the next ``len(self)`` batches. They may be read ahead: only handing out moves the place."""
        epoch, position = self.epoch, self.position
        for _ in range(len(self)):
            epoch, position = self._after(epoch, position)
            yield self.choose(epoch, position)

    def choose(self, epoch: int, position: int) -> Tensor:
        """The indices of batch ``position`` of an epoch, counted from 1."""
        return self._indices(epoch)[(position - 1) * self.batch_size : position * self.batch_size]

    def _after(self, epoch: int, position: int) -> tuple[int, int]:
        """The place after one more batch."""
        return (epoch + 1, 1) if position == len(self) else (epoch, position + 1)

    def _indices(self, epoch: int) -> Tensor:
        """This rank's images in the order of ``epoch``."""
        if self._order is None or self._order[0] != epoch:
            if self.shuffle:
                generator = torch.Generator(self.device).manual_seed(stream_seed("order", self.seed, epoch))
                order = torch.randperm(self.num_images, generator=generator, device=self.device)
            else:
                order = torch.arange(self.num_images, device=self.device)
            self._order = epoch, order[self.rank :: self.world_size]
        return self._order[1]


class InMemoryLoader(BatchStream):
    """Slices a data set that is held as uint8 into batches, on the device that holds it.

    Args:
        images: uint8 (N, C, H, W).
        labels: int64 (N,).
        batch_size: Images in a batch of one process.
        options: Further options of BatchStream.
    """

    def __init__(self, images: Tensor, labels: Tensor, batch_size: int, **options: Any) -> None:
        super().__init__(len(images), batch_size, **options)
        self.images, self.labels = images.to(self.device), labels.to(self.device)

    def read(self, batches: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        return ((self.images[indices], self.labels[indices]) for indices in batches)


def to_float(images: Tensor, value_range: tuple[float, float]) -> Tensor:
    """The one place where bytes become the floats that networks see: 0 and 255 become ``value_range``."""
    low, high = value_range
    return images.float().mul_((high - low) / 255).add_(low)
