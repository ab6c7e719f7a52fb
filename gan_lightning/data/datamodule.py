"""The LightningDataModule for MNIST and its relatives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from gan_lightning.data.base import ImageDataModule
from gan_lightning.data.loader import InMemoryLoader
from gan_lightning.data.sources import SOURCES
from gan_lightning.errors import UsageError


class MNISTDataModule(ImageDataModule):
    """MNIST or one of its relatives, resized once, kept in memory as bytes and handed out as (images, labels).

    Images are float (N, C, image_size, image_size), grey but for stacked digits; labels int64 (N,), as the data set
    numbers them. The test split,
    the data set's own, serves for validation too. ``image_shape``, ``num_classes``, ``classes`` and ``value_range``
    are known before any file is read, and the command line passes them on to the model.

    Args:
        dataset: digits, mnist, fashion_mnist, kmnist, emnist (balanced), qmnist, usps or stacked_mnist.
        root: Folder with torchvision's files; a data set that is not there is downloaded to it.
        download: Whether an absent data set may be downloaded.
        digits: The classes to keep; all by default.
        samples_per_class: How many training images of each class to keep, chosen by ``seed``; all by default.
        image_size: Side of the images in pixels, resized with antialiasing; the data set's own by default.
        batch_size: Images in a batch, for each process.
        normalization: (mean, std): a pixel p in [0, 1] becomes (p - mean) / std.
        seed: Of the choice of samples and of the order of the batches.

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
    ) -> None:
        super().__init__()
        if dataset not in SOURCES:
            raise UsageError(f"there is no data set {dataset!r}: --data.dataset takes {', '.join(SOURCES)}")
        source = SOURCES[dataset]
        digits = [digits] if isinstance(digits, int) else digits
        classes = sorted(set(range(source.num_classes) if digits is None else digits))
        if not classes or not set(classes) <= set(range(source.num_classes)):
            raise UsageError(
                f"{dataset} has the classes 0 to {source.num_classes - 1}, and --data.digits asks for {digits}: "
                "give some of those, for example --data.digits [3,8]"
            )
        for name, value in [
            ("batch_size", batch_size),
            ("image_size", image_size),
            ("samples_per_class", samples_per_class),
        ]:
            if value is not None and value < 1:
                raise UsageError(f"--data.{name} must be at least 1, not {value}")
        mean, std = normalization
        if std <= 0:
            raise UsageError(f"the standard deviation of --data.normalization must be positive, not {std}")

        self.save_hyperparameters()
        self.source = source
        self.dataset, self.root, self.download = dataset, Path(root), download
        self.samples_per_class, self.batch_size, self.seed = samples_per_class, batch_size, seed
        self.image_size = image_size or source.image_size
        self.image_shape = (source.channels, self.image_size, self.image_size)
        self.num_classes = source.num_classes
        self.classes = classes
        self.value_range = (0 - mean) / std, (1 - mean) / std
        self.splits: dict[bool, tuple[Tensor, Tensor]] = {}
        self.train_loader: InMemoryLoader | None = None
        self._place: dict[str, Any] | None = None

    def prepare_data(self) -> None:
        """Downloads what is absent, in one process."""
        for train in (True, False):
            self.source.load(self.root, train, self.download)

    def setup(self, stage: str | None = None) -> None:
        """Reads the splits that ``stage`` needs, each once."""
        for train in (True, False) if stage in ("fit", None) else (False,):
            self.images(train)

    def _load(self, train: bool) -> tuple[Tensor, Tensor]:
        images, labels = self.source.load(self.root, train, self.download)
        kept = torch.isin(labels, torch.tensor(self.classes)).nonzero()[:, 0]
        if train and self.samples_per_class:
            kept = self._choose_samples(labels, self.samples_per_class)
        images, labels = images[kept], labels[kept]
        if images.shape[-1] != self.image_size:
            images = transforms.resize(images, [self.image_size, self.image_size], antialias=True)
        return images, labels

    def images(self, train: bool) -> tuple[Tensor, Tensor]:
        if train not in self.splits:
            self.splits[train] = self._load(train)
        return self.splits[train]

    def for_classifier(self) -> MNISTDataModule:
        return MNISTDataModule(
            dataset=self.source.stack_of or self.dataset,
            root=str(self.root),
            download=self.download,
            image_size=self.image_size,
        )

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

    def train_dataloader(self) -> InMemoryLoader:
        self.train_loader = self._loader(train=True)
        if self._place is not None:
            self.train_loader.load_state_dict(self._place)
        return self.train_loader

    def val_dataloader(self) -> InMemoryLoader:
        return self._loader(train=False)

    def test_dataloader(self) -> InMemoryLoader:
        return self._loader(train=False)

    def predict_dataloader(self) -> InMemoryLoader:
        return self._loader(train=False)

    def state_dict(self) -> dict[str, Any]:
        """The place in the training stream. Lightning forgets its own note of it at the end of an epoch."""
        return {} if self.train_loader is None else self.train_loader.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._place = state_dict or None

    def _loader(self, train: bool) -> InMemoryLoader:
        trainer = self.trainer
        images, labels = self.splits[train]
        return InMemoryLoader(
            images,
            labels,
            batch_size=self.batch_size,
            value_range=self.value_range,
            shuffle=train,
            seed=self.seed,
            rank=trainer.global_rank if trainer else 0,
            world_size=trainer.world_size if trainer else 1,
            device=trainer.strategy.root_device if trainer else "cpu",
        )
