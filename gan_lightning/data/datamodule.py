"""The LightningDataModule for MNIST and its relatives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from gan_lightning.data.base import ImageDataModule, check_at_least
from gan_lightning.data.loader import Loader
from gan_lightning.data.own import find_source, fingerprint
from gan_lightning.data.sources import SOURCES, TRAINING_STACKS
from gan_lightning.data.stacks import StackLoader
from gan_lightning.errors import UsageError

MOST_BYTES = 16 * 10**9
"""Of a split, all of which is kept in memory."""


class MNISTDataModule(ImageDataModule):
    """MNIST or one of its relatives, resized once, kept in memory as bytes and handed out as (images, labels).

    Images are float (N, C, image_size, image_size), grey but for stacked digits; labels int64 (N,), as the data set
    numbers them. The test split, the data set's own, serves for validation too. ``image_shape``, ``num_classes``,
    ``classes`` and ``value_range`` are known before any file is read, and the command line passes them on to the model.

    Training on stacks draws new ones in every epoch. Where classes or samples are chosen, it goes through the fixed
    60,000 instead, which ``images(True)`` gives in any case.

    Args:
        dataset: digits, mnist_5k, mnist, fashion_mnist, kmnist, emnist (balanced), qmnist, usps, stacked_mnist,
            stacked_digits, or the path of a Source of your own, such as my_data.letters.
        root: Folder with torchvision's files; a data set that is not there is downloaded to it.
        download: Whether an absent data set may be downloaded.
        digits: The classes to keep; all by default.
        samples_per_class: How many training images of each class to keep, chosen by ``seed``; all by default.
        image_size: Side of the images in pixels, resized with antialiasing; the data set's own by default.
        batch_size: Images in a batch, for each process.
        normalization: (mean, std): a pixel p in [0, 1] becomes (p - mean) / std.
        seed: Of the choice of samples, of the order of the batches and of the stacks.
        stacks_per_epoch: How many stacks an epoch of a stacked data set draws; 60,000 by default.

    Raises:
        UsageError: An argument is out of range; while loading: the data are absent or corrupt, or too few.
    """

    def __init__(
        self,
        dataset: str = "mnist",
        root: str = "data",
        download: bool = True,
        digits: list[int] | int | None = None,
        samples_per_class: int | None = None,
        image_size: int | None = None,
        batch_size: int = 128,
        normalization: tuple[float, float] = (0.5, 0.5),
        seed: int = 0,
        stacks_per_epoch: int | None = None,
    ) -> None:
        super().__init__(batch_size, normalization, seed)
        source = find_source(dataset)
        digits = [digits] if isinstance(digits, int) else digits
        classes = sorted(set(range(source.num_classes) if digits is None else digits))
        if not classes or not set(classes) <= set(range(source.num_classes)):
            raise UsageError(
                f"{dataset} has the classes 0 to {source.num_classes - 1}, and --data.digits asks for {digits}: "
                "give some of those, for example --data.digits [3,8]"
            )
        check_at_least(1, image_size=image_size, samples_per_class=samples_per_class)
        draws_stacks = source.stack_of is not None and digits is None and samples_per_class is None
        if stacks_per_epoch is not None and not draws_stacks:
            stacked = ", ".join(name for name, other in SOURCES.items() if other.stack_of)
            raise UsageError(
                f"--data.stacks_per_epoch is for stacked data sets of all classes and samples: use --data.dataset with "
                f"one of {stacked}, without --data.digits and --data.samples_per_class, or leave it out"
            )
        if stacks_per_epoch is not None and stacks_per_epoch < batch_size:
            raise UsageError(
                f"--data.stacks_per_epoch must be at least --data.batch_size, which is {batch_size}, not "
                f"{stacks_per_epoch}"
            )

        self.save_hyperparameters()
        self.source = source
        self.dataset, self.root, self.download = dataset, Path(root), download
        self.samples_per_class = samples_per_class
        self.stacks_per_epoch = stacks_per_epoch or TRAINING_STACKS
        self.image_size = image_size or source.image_size
        self.image_shape = (source.channels, self.image_size, self.image_size)
        self.num_classes = source.num_classes
        self.classes = classes
        self.splits: dict[bool, tuple[Tensor, Tensor]] = {}
        self.singles = self.for_classifier() if draws_stacks else None

    def prepare_data(self) -> None:
        """Downloads what is absent, in one process."""
        source = SOURCES[self.source.stack_of] if self.source.stack_of else self.source
        for train in (True, False):
            source.load(self.root, train, self.download)

    def _load(self, train: bool) -> tuple[Tensor, Tensor]:
        images, labels = self.source.load(self.root, train, self.download)
        kept = torch.isin(labels, torch.tensor(self.classes)).nonzero()[:, 0]
        if train and self.samples_per_class:
            kept = self._choose_samples(labels, self.samples_per_class)
        images, labels = images[kept], labels[kept]
        size = len(images) * self.image_shape[0] * self.image_size**2
        if size > MOST_BYTES:
            raise UsageError(
                f"{len(images)} images with --data.image_size {self.image_size} take {size / 1e9:.3g} GB of memory, "
                f"more than {MOST_BYTES / 1e9:g}: give a smaller size, or fewer --data.samples_per_class"
            )
        if images.shape[-1] != self.image_size:
            images = transforms.resize(images, [self.image_size, self.image_size], antialias=True)
        return images, labels

    def images(self, train: bool) -> tuple[Tensor, Tensor]:
        if train not in self.splits:
            self.splits[train] = self._load(train)
        return self.splits[train]

    def read(self, train: bool) -> None:
        (self.singles if train and self.singles else self).images(train)

    def batches(self, train: bool, **options: Any) -> Loader:
        if train and self.singles:
            return StackLoader(*self.singles.images(train), num_stacks=self.stacks_per_epoch, **options)
        return super().batches(train, **options)

    def for_classifier(self) -> MNISTDataModule:
        data = MNISTDataModule(
            dataset=self.source.stack_of or self.dataset,
            root=str(self.root),
            download=self.download,
            image_size=self.image_size,
        )
        if data.dataset not in SOURCES:  # another file's data set may have the same path, but not the same images
            data.dataset += f"_{fingerprint(*data.images(False))}"
        return data

    def _choose_samples(self, labels: Tensor, count: int) -> Tensor:
        """Indices of ``count`` images of each class, in the data set's order."""
        generator = torch.Generator().manual_seed(self.seed)
        chosen = []
        for digit in self.classes:
            candidates = (labels == digit).nonzero()[:, 0]
            if len(candidates) < count:
                raise UsageError(
                    f"--data.samples_per_class asks for {count} images, but {self.dataset} has only "
                    f"{len(candidates)} of class {digit}: ask for at most that many"
                )
            chosen.append(candidates[torch.randperm(len(candidates), generator=generator)[:count]])
        return torch.cat(chosen).sort().values
