"""What is shown while training."""

from gan_lightning.callbacks.base import PictureCallback
from gan_lightning.callbacks.checkpoints import EpochCheckpoint, LastCheckpoint
from gan_lightning.callbacks.grids import RealVersusGenerated, SampleGrid, TrainingGIF
from gan_lightning.callbacks.losses import LossCurves
from gan_lightning.callbacks.predictions import PredictionWriter
from gan_lightning.callbacks.progress import GANProgressBar, Throughput

__all__ = [
    "EpochCheckpoint",
    "GANProgressBar",
    "LastCheckpoint",
    "LossCurves",
    "PictureCallback",
    "PredictionWriter",
    "RealVersusGenerated",
    "SampleGrid",
    "Throughput",
    "TrainingGIF",
]
