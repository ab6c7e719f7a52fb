"""From images to features: the classifiers that come with the package, those of other data sets, and Inception."""

from gan_lightning.metrics.features.base import FeatureExtractor, Features, PerChannel

__all__ = ["FeatureExtractor", "Features", "PerChannel"]
