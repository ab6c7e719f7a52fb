"""What a data module tells the model, the metrics and the commands, and how it hands out batches."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor

from gan_lightning.data.loader import InMemoryLoader, Loader
from gan_lightning.errors import SEEDS, UsageError, check_number

SMALLEST = 1e-6
"""A standard deviation that pixels can be divided by without leaving what 32 bits can tell apart."""


class ImageDataModule(LightningDataModule):
    """Labelled images in a training and a test split. All that a model needs is known before any image is read.

    The test split serves for validation, too. The place in the training stream is saved in checkpoints, so a resumed
    run goes on with the very next batch.

    Args:
        batch_size: Images in a batch, for each process.
        normalization: (mean, std): a pixel p in [0, 1] becomes (p - mean) / std.
        seed: Of the order of the batches.

    Raises:
        UsageError: An argument is out of range.
    """

    dataset: str
    """Its name, for files and tables."""
    image_shape: tuple[int, int, int]
    """(C, H, W)."""
    num_classes: int
    """Labels are below it."""
    classes: list[int]
    """The labels that there are."""
    value_range: tuple[float, float]
    """What black and white pixels become."""

    def __init__(self, batch_size: int = 128, normalization: tuple[float, float] = (0.5, 0.5), seed: int = 0) -> None:
        super().__init__()
        check_at_least(1, batch_size=batch_size)
        mean, std = normalization
        if not math.isfinite(mean):
            raise UsageError(f"the mean of --data.normalization must be a finite number, such as 0.5, not {mean}")
        if not SMALLEST <= std < math.inf:
            raise UsageError(f"the standard deviation of --data.normalization must be positive, not {std}")
        check_number("--data.seed", seed, 0, SEEDS)
        self.batch_size, self.seed = batch_size, seed
        self.value_range = (0 - mean) / std, (1 - mean) / std
        self.train_loader: Loader | None = None
        self._place: dict[str, Any] | None = None

    @abstractmethod
    def images(self, train: bool) -> tuple[Tensor, Tensor]:
        """All images of a split, uint8 (N, C, H, W), and their labels int64 (N,); read when first asked for."""

    @abstractmethod
    def for_classifier(self) -> ImageDataModule:
        """The data that a classifier for the figures learns: all samples of all classes; of stacks, single images."""

    def read(self, train: bool) -> None:
        """Reads what the batches of a split are made of."""
        self.images(train)

    def batches(self, train: bool, **options: Any) -> Loader:
        """The batches of a split; ``options`` are those of BatchStream."""
        return InMemoryLoader(*self.images(train), **options)

    def setup(self, stage: str | None = None) -> None:
        """Reads the splits that ``stage`` needs, each once.

        Raises:
            UsageError: The model is told the class of an image, and there is only one.
        """
        model = self.trainer.lightning_module if self.trainer else None
        generator = getattr(model, "generator", None)
        if self.num_classes < 2 and generator is not None and generator.num_classes:
            raise UsageError(
                f"a {type(model).__name__} draws the class that it is asked for, and {self.dataset} has only one: "
                "train an unconditional model, such as --model DCGAN, or give data with classes"
            )
        for train in (True, False) if stage in ("fit", None) else (False,):
            self.read(train)

    def train_dataloader(self) -> Loader:
        """The training stream, from where it stands: that of a checkpoint, or where an earlier ``fit`` left it."""
        place = self.state_dict() if self._place is None else self._place
        self._place = None
        self.train_loader = self._loader(train=True)
        if place:
            self.train_loader.load_state_dict(place)
        return self.train_loader

    def first_images(self, num: int) -> Tensor:
        """The first ``num`` training images of the first epoch, float (N, C, H, W); all if there are fewer.

        The training stream stays where it is.
        """
        found: list[Tensor] = []
        for images, _ in self._loader(train=True):
            found.append(images)
            if sum(map(len, found)) >= num:
                break
        return torch.cat(found)[:num]

    def val_dataloader(self) -> Loader:
        return self._loader(train=False)

    def test_dataloader(self) -> Loader:
        return self._loader(train=False)

    def predict_dataloader(self) -> Loader:
        return self._loader(train=False)

    def state_dict(self) -> dict[str, Any]:
        """The place in the training stream. Lightning forgets its own note of it at the end of an epoch."""
        return {} if self.train_loader is None else self.train_loader.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._place = state_dict or None

    def _loader(self, train: bool) -> Loader:
        trainer: Any = self.trainer
        return self.batches(
            train,
            batch_size=self.batch_size,
            value_range=self.value_range,
            shuffle=train and not (trainer and trainer.overfit_batches),  # which are the same few batches again
            seed=self.seed,
            rank=trainer.global_rank if trainer else 0,
            world_size=trainer.world_size if trainer else 1,
            device=trainer.strategy.root_device if trainer else "cpu",
        )


def check_at_least(lowest: int, **options: int | None) -> None:
    """Raises UsageError where an option of the data is below ``lowest``."""
    for name, value in options.items():
        check_number(f"--data.{name}", value, lowest)
