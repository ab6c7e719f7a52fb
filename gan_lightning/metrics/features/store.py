"""Where the classifiers are: some come with the package, others are trained when first needed and cached."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, runtime_checkable

from gan_lightning.errors import UsageError
from gan_lightning.metrics.features.base import FeatureExtractor, PerChannel
from gan_lightning.metrics.features.classifier import load_classifier
from gan_lightning.metrics.features.inception import InceptionFeatures
from gan_lightning.metrics.features.training import Recipe, Split, train_and_save
from gan_lightning.progress import Work

SHIPPED = Path(__file__).parent / "weights"

PART_OF = {"mnist_5k": "mnist"}
"""Data sets whose images are some of another's, and are known to its classifier."""


@runtime_checkable
class LabelledData(Protocol):
    """What a data module has to offer for a classifier to be found or trained for it."""

    dataset: str
    """Its name, for files."""
    image_shape: tuple[int, int, int]
    num_classes: int

    def images(self, train: bool) -> Split:
        """All images and labels of the training or the test split."""

    def for_classifier(self) -> LabelledData:
        """The data that a classifier should know: all samples of all classes; single images of stacked ones."""


def cache_folder() -> Path:
    """``$GAN_LIGHTNING_CACHE``, or ``gan_lightning`` in the user's cache folder."""
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("GAN_LIGHTNING_CACHE") or user / "gan_lightning")


def cached_path(dataset: str, image_shape: tuple[int, int, int], recipe: Recipe) -> Path:
    """Where a classifier of these images, trained by this recipe, is cached."""
    digest = hashlib.sha256(json.dumps(asdict(recipe)).encode()).hexdigest()[:8]
    channels = "rgb_" if image_shape[0] == 3 else ""
    return cache_folder() / "classifiers" / f"{dataset}_{channels}{image_shape[-1]}_{digest}.safetensors"


def extractor_for(
    data: LabelledData,
    features: str = "classifier",
    inception_weights: str | None = None,
    announce: Callable[[str], None] = print,
) -> FeatureExtractor:
    """The extractor that ``features`` names: a classifier of ``data``, Inception, or a classifier's file.

    The classifier is shipped, cached, or else trained now and cached.

    Args:
        data: The data module.
        features: "classifier", "inception" or a .safetensors file that ``train_classifier`` made.
        inception_weights: A local file with Inception's weights.
        announce: Told what is happening where it takes a while.

    Raises:
        UsageError: There is no such extractor.
    """
    if features == "inception":
        return InceptionFeatures(inception_weights)
    single = data.for_classifier()
    channels = data.image_shape[0] // single.image_shape[0]
    if features == "classifier":
        path = find_or_train(single, announce)
    elif features.endswith(".safetensors"):
        path = Path(features)
    else:
        raise UsageError(f"features are classifier, inception or a .safetensors file, not {features}")
    extractor = load_classifier(path)
    return extractor if channels == 1 else PerChannel(extractor, channels)


def find_or_train(data: LabelledData, announce: Callable[[str], None]) -> Path:
    """Where the classifier of ``data`` is; it is trained now if it is nowhere.

    Raises:
        UsageError: The data have one class, so there is nothing to learn.
    """
    if data.num_classes < 2:
        raise UsageError(
            f"{data.dataset} has one class, from which no classifier learns features: give --features inception"
        )
    path = classifier_path(data)
    if not path.is_file():
        announce(f"training a classifier of {data.dataset} for the figures, once: it is kept in {path.parent}")
        train, test = data.images(train=True), data.images(train=False)
        with Work(f"training a classifier of {data.dataset}") as work:
            train_and_save(path, data.dataset, train, test, data.num_classes, Recipe(), work)
    return path


def classifier_path(data: LabelledData) -> Path:
    """Where the classifier of these images is: shipped with the package, or else cached, or to be cached."""
    shipped = SHIPPED / f"{PART_OF.get(data.dataset, data.dataset)}_{data.image_shape[-1]}.safetensors"
    grey = data.image_shape[0] == 1
    return shipped if grey and shipped.is_file() else cached_path(data.dataset, data.image_shape, Recipe())
