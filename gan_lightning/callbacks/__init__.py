"""What is shown and measured while training."""

from gan_lightning.callbacks.base import PictureCallback
from gan_lightning.callbacks.checkpoints import BestCheckpoint, EpochCheckpoint, LastCheckpoint
from gan_lightning.callbacks.gradients import GradientNorms, Histograms
from gan_lightning.callbacks.grids import RealVersusGenerated, SampleGrid, TrainingGIF
from gan_lightning.callbacks.history import History
from gan_lightning.callbacks.loggers import LoggerFaults
from gan_lightning.callbacks.losses import LossCurves
from gan_lightning.callbacks.metrics import QualityMetrics
from gan_lightning.callbacks.pixels import PixelMetrics
from gan_lightning.callbacks.predictions import PredictionWriter
from gan_lightning.callbacks.progress import EpochLines, GANProgressBar, Throughput
from gan_lightning.callbacks.report import HTMLReport
from gan_lightning.callbacks.stopping import GracefulStop
from gan_lightning.callbacks.summary import NetworkSummary
from gan_lightning.callbacks.tensorboard import TensorBoardPages

__all__ = [
    "BestCheckpoint",
    "EpochCheckpoint",
    "EpochLines",
    "GANProgressBar",
    "GracefulStop",
    "GradientNorms",
    "HTMLReport",
    "Histograms",
    "History",
    "LastCheckpoint",
    "LoggerFaults",
    "LossCurves",
    "NetworkSummary",
    "PictureCallback",
    "PixelMetrics",
    "PredictionWriter",
    "QualityMetrics",
    "RealVersusGenerated",
    "SampleGrid",
    "TensorBoardPages",
    "Throughput",
    "TrainingGIF",
]
