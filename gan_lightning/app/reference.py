"""What a few generated images are held against: real images, and a classifier, where they are at hand."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_lightning.checkpoints.contents import CLASS_PATH
from gan_lightning.checkpoints.description import known_class
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.data import ImageDataModule, MNISTDataModule
from gan_lightning.errors import UsageError
from gan_lightning.metrics.evaluation import figure
from gan_lightning.metrics.features import FeatureExtractor
from gan_lightning.metrics.features.store import classifier_path, extractor_for
from gan_lightning.metrics.pixels import PixelFigures
from gan_lightning.metrics.report import FIGURES, as_text
from gan_lightning.models.digitwise import digit_checkpoints, is_digitwise
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.weights import generator_file, read_origin
from gan_lightning.storage.folders import checkpoint_in


@dataclass(frozen=True)
class Reference:
    """What generated images are compared with, as far as it is at hand.

    Args:
        real: Training images uint8 (N, C, H, W) and their labels int64 (N,).
        classifier: Knows the classes of a conditional model.
    """

    real: tuple[Tensor, Tensor] | None = None
    classifier: FeatureExtractor | None = None


def find_reference(path: str | Path, model: GenerativeModel) -> Reference:
    """What there is of the data that a model was trained on; nothing is downloaded, and no classifier trained.

    Args:
        path: The model's checkpoint, its .safetensors file, or the folder of a digit-wise run.
        model: The model.

    Raises:
        UsageError: There is no such checkpoint.
    """
    folder, digitwise = Path(path), is_digitwise(Path(path))
    if file := generator_file(folder):
        options = read_origin(file).data
        return reference_of(MNISTDataModule, {**options, "download": False}, model) if options else Reference()
    first = min(digit_checkpoints(folder).items())[1] if digitwise else checkpoint_in(folder, "best", "last")
    saved = read_checkpoint(first).get("datamodule_hyper_parameters") or {}
    options = {name: value for name, value in saved.items() if not name.startswith("_")}
    if digitwise:
        options["digits"] = model.classes  # of which each run saw one
    if "download" in options:
        options["download"] = False
    with contextlib.suppress(KeyError, UsageError):
        return reference_of(known_class(saved[CLASS_PATH], ImageDataModule), options, model)
    return Reference()


def reference_of(kind: type[ImageDataModule], options: dict[str, Any], model: GenerativeModel) -> Reference:
    """What there is of the data of that kind with these options."""
    real = classifier = None
    with contextlib.suppress(Exception):  # data of the user's own may be absent in any way, and the page goes without
        data = kind(**options)
        classifier = find_classifier(data) if model.generator.num_classes else None
        real = data.images(train=True)
    return Reference(real, classifier)


def find_classifier(data: ImageDataModule) -> FeatureExtractor | None:
    """The classifier of the data's classes that is shipped or cached, or None."""
    path = classifier_path(data.for_classifier())
    if not path.is_file():
        return None
    extractor = extractor_for(data, features=str(path))
    return extractor if extractor.num_classes == data.num_classes else None


def real_images(reference: Reference, num: int, labels: Tensor | None) -> tuple[Tensor, Tensor | None] | None:
    """``num`` real images, chosen at random but always the same ones, or as many as there are.

    Args:
        reference: Has them.
        num: How many.
        labels: What they show, int64 (num,); anything if None.
    """
    if reference.real is None:
        return None
    images, known = reference.real
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    if labels is None:
        return images[order[:num]], None
    counts = zip(*labels.unique(return_counts=True), strict=True)
    chosen = torch.cat([order[known[order] == label][:count] for label, count in counts])
    return images[chosen], known[chosen]


def measure(images: Tensor, labels: Tensor | None, classifier: FeatureExtractor | None) -> dict[str, float]:
    """How images uint8 (N, C, H, W) look, and what share of them the classifier labels as ``labels`` (N,) say."""
    pixels = figure(PixelFigures((images.shape[1], images.shape[2], images.shape[3])), images)
    figures = {name: float(value) for name, value in pixels.items()}
    if labels is None or classifier is None:
        return figures
    right = classifier.extract(images).logits.argmax(dim=1) == labels
    return {"label_accuracy": float(right.double().mean()), **figures}


def report(images: Tensor, labels: Tensor | None, reference: Reference) -> str:
    """The figures of generated images beside those of real ones, as Markdown, with a word on what is missing."""
    real = real_images(reference, len(images), labels)
    columns = {"generated": measure(images, labels, reference.classifier)}
    if real is not None:
        columns["real"] = measure(*real, reference.classifier)
    lines = [f"| figure | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    for name in columns["generated"]:
        values = [as_text(name, figures[name]) for figures in columns.values()]
        lines.append(f"| {FIGURES[name].title} | {' | '.join(values)} |")
    return "\n".join([*lines, "", *notes(reference, conditional=labels is not None)])


def notes(reference: Reference, conditional: bool) -> list[str]:
    """What the figures are, and which are missing."""
    if reference.real is None:
        lines = ["The images that the model was trained on are not at hand: there are no figures of real ones."]
    else:
        lines = [f"Real: as many training images{' of the same classes' if conditional else ''}, chosen at random."]
    if conditional and reference.classifier is None:
        lines.append("No classifier of the data is at hand to tell how many of the images show what was asked for.")
    elif conditional:
        lines.append("Label accuracy: the share that a classifier of the data labels as asked.")
    return lines
