"""Data modules, the sources that they read and the loader that cuts them into batches."""

from gan_lightning.data.base import ImageDataModule
from gan_lightning.data.datamodule import MNISTDataModule
from gan_lightning.data.loader import InMemoryLoader

__all__ = ["ImageDataModule", "InMemoryLoader", "MNISTDataModule"]
