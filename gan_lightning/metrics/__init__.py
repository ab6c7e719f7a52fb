"""How good generated images are: torchmetrics Metrics on features, and the protocol that applies them."""

from gan_lightning.metrics.classes import ClassHistogram, InceptionScore
from gan_lightning.metrics.distances import FrechetDistance, KernelDistance
from gan_lightning.metrics.neighbours import NearestNeighbourRatio, PrecisionRecall
from gan_lightning.metrics.pixels import PixelFigures

__all__ = [
    "ClassHistogram",
    "FrechetDistance",
    "InceptionScore",
    "KernelDistance",
    "NearestNeighbourRatio",
    "PixelFigures",
    "PrecisionRecall",
]
