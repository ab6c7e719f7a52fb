"""Data modules, the sources that they read and the loaders that cut them into batches."""

from gan_lightning.data.base import ImageDataModule
from gan_lightning.data.datamodule import MNISTDataModule
from gan_lightning.data.folder import ImageFolderDataModule
from gan_lightning.data.hub import HuggingFaceDataModule
from gan_lightning.data.loader import InMemoryLoader
from gan_lightning.data.sources import Source
from gan_lightning.data.stacks import StackLoader
from gan_lightning.data.streaming import StreamingLoader

__all__ = [
    "HuggingFaceDataModule",
    "ImageDataModule",
    "ImageFolderDataModule",
    "InMemoryLoader",
    "MNISTDataModule",
    "Source",
    "StackLoader",
    "StreamingLoader",
]
