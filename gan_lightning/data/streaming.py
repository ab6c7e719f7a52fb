"""Encoded pictures of any size as square images of bytes: all at once, or as training needs them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_warn
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from gan_lightning.data.loader import BatchStream
from gan_lightning.errors import UsageError
from gan_lightning.pictures.decoding import Source, decode

Result = TypeVar("Result")

INDICES = 16
"""Images that a thread takes at a time: a task for each would take more memory than a small image."""


class Pictures(Dataset, ABC):
    """Labelled pictures that are decoded when they are asked for.

    Args:
        labels: int64 (N,).
        image_size: Side in pixels of the images that they become.
        channels: 1 for grey, 3 for RGB.
    """

    def __init__(self, labels: Tensor, image_size: int, channels: int) -> None:
        self.labels, self.image_size, self.channels = labels, image_size, channels

    @abstractmethod
    def open(self, index: int) -> Source:
        """What picture ``index`` is decoded from.

        Raises:
            UsageError: It is not there.
        """

    @abstractmethod
    def name(self, index: int) -> str:
        """What a message calls picture ``index``."""

    @abstractmethod
    def subset(self, indices: Tensor) -> Pictures:
        """Those at ``indices``, int64 (M,)."""

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Tensor:
        """uint8 (channels, image_size, image_size).

        Raises:
            UsageError: It cannot be decoded.
        """
        try:
            picture = decode(self.open(index), self.channels, self.name(index))
        except (UsageError, OSError) as error:
            damaged = f"{self.name(index)} is damaged or no image: remove it or make it anew"
            said = error if isinstance(error, UsageError) else damaged
            raise UsageError(f"{said}, or leave out all such images with --data.skip_corrupt true") from error
        return to_square(picture, self.image_size)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Images uint8 (M, C, H, W) and labels (M,) of those at ``indices`` (M,)."""
        return torch.stack([self[index] for index in indices.tolist()]), self.labels[indices]

    def decodes(self, index: int) -> bool:
        """Whether picture ``index`` can be decoded."""
        try:
            self[index]
        except UsageError:
            return False
        return True


def to_square(picture: Image.Image, image_size: int) -> Tensor:
    """The largest square in the middle of an L or RGB picture, resized with antialiasing, as uint8 (C, size, size).

    The filter is Pillow's bicubic one, with which Fréchet distances are comparable (Parmar et al. 2022,
    arXiv:2104.11222).
    """
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    picture = picture.crop((left, top, left + side, top + side))
    if side != image_size:
        picture = picture.resize((image_size, image_size), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(picture)).reshape(image_size, image_size, -1).permute(2, 0, 1).contiguous()


def in_threads(function: Callable[[int], Result], num: int, threads: int) -> list[Result]:
    """``function`` of each index below ``num``; Pillow decodes without holding Python's lock."""

    def some(start: int) -> list[Result]:
        return [function(index) for index in range(start, min(start + INDICES, num))]

    with ThreadPoolExecutor(max(1, threads)) as pool:
        try:
            return [result for part in pool.map(some, range(0, num, INDICES)) for result in part]
        except BaseException:
            pool.shutdown(cancel_futures=True)  # the rest of a large set would still be decoded
            raise


def read_all(pictures: Pictures, threads: int) -> tuple[Tensor, Tensor]:
    """All images, uint8 (N, C, H, W), and their labels (N,).

    Raises:
        UsageError: One cannot be decoded.
    """
    images = torch.empty(len(pictures), pictures.channels, pictures.image_size, pictures.image_size, dtype=torch.uint8)

    def read(index: int) -> None:
        images[index] = pictures[index]

    in_threads(read, len(pictures), threads)
    return images, pictures.labels


def without_corrupt(pictures: Pictures, threads: int) -> Pictures:
    """Those that can be decoded, which takes decoding all; a warning says how many cannot."""
    good = torch.tensor(in_threads(pictures.decodes, len(pictures), threads), dtype=torch.bool)
    bad = (~good).nonzero()[:, 0].tolist()
    if not bad:
        return pictures
    if len(bad) == len(pictures):
        raise UsageError(
            f"none of the {len(bad)} images can be decoded, the first being {pictures.name(0)}: make them anew"
        )
    rank_zero_warn(
        f"{len(bad)} of {len(pictures)} images cannot be decoded and are left out, the first being "
        f"{pictures.name(bad[0])}"
    )
    return pictures.subset(good.nonzero()[:, 0])


class _Reader(Dataset):
    """Whole batches by their indices, in a worker process. Errors are handed over: raised, they bring a traceback."""

    def __init__(self, pictures: Pictures) -> None:
        self.pictures = pictures

    def __getitem__(self, indices: Tensor) -> tuple[Tensor, Tensor] | UsageError:
        try:
            return self.pictures.batch(indices)
        except UsageError as error:
            return error


class StreamingLoader(BatchStream):
    """Decodes pictures batch by batch, ahead of training, in worker processes.

    Its batches are those of an InMemoryLoader of the same pictures, in the same order, and it resumes as exactly.

    Args:
        pictures: What to decode.
        num_workers: Processes that decode; 0 decodes in this one.
        options: Those of BatchStream.
    """

    def __init__(self, pictures: Pictures, num_workers: int = 0, **options: Any) -> None:
        super().__init__(len(pictures), **options)
        self.pictures, self.num_workers = pictures, num_workers

    def read(self, batches: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        reader: DataLoader[Any] = DataLoader(
            _Reader(self.pictures),
            sampler=[indices.cpu() for indices in batches],
            batch_size=None,
            num_workers=self.num_workers,
            pin_memory=self.device.type == "cuda",
            generator=torch.Generator(),  # the global one belongs to training
        )
        for batch in reader:
            if isinstance(batch, UsageError):
                raise batch
            images, labels = batch
            yield images.to(self.device, non_blocking=True), labels.to(self.device, non_blocking=True)
