"""What a data module tells the model, the metrics and the commands."""

from __future__ import annotations

from abc import abstractmethod

from lightning.pytorch import LightningDataModule
from torch import Tensor


class ImageDataModule(LightningDataModule):
    """Labelled images in a training and a test split. All that a model needs is known before any file is read."""

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

    @abstractmethod
    def images(self, train: bool) -> tuple[Tensor, Tensor]:
        """All images of a split, uint8 (N, C, H, W), and their labels int64 (N,); read when first asked for."""

    @abstractmethod
    def for_classifier(self) -> ImageDataModule:
        """The data that a classifier for the figures learns: all samples of all classes; of stacks, single images."""
