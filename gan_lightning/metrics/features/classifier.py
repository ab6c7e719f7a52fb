"""A small convolutional classifier, whose last hidden layer serves as features, and its files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gan_lightning.checkpoints.budget import Budget
from gan_lightning.errors import UsageError
from gan_lightning.metrics.features.base import FeatureExtractor, Features
from gan_lightning.storage.writing import replacing, write_text


class Classifier(nn.Module):
    """Five convolutions, a mean over positions and a linear layer; for images of any size from 8×8.

    Args:
        channels: Of the images.
        num_classes: How many classes to tell apart.
    """

    num_features = 128

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.channels, self.num_classes = channels, num_classes
        self.body = nn.Sequential(
            convolution(channels, 32, stride=2),
            convolution(32, 64, stride=1),
            convolution(64, 64, stride=2),
            convolution(64, 128, stride=1),
            convolution(128, 128, stride=2),
        )
        self.head = nn.Linear(self.num_features, num_classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Features:
        """Features (N, 128) and logits (N, num_classes) of float images (N, C, H, W) in [-1, 1]."""
        features = self.body(images.contiguous(memory_format=torch.channels_last)).mean(dim=(2, 3))
        return Features(features, self.head(features))


def convolution(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def to_float(images: Tensor) -> Tensor:
    """Bytes as floats in [-1, 1]."""
    return images.float().mul_(2 / 255).sub_(1)


class ClassifierFeatures(FeatureExtractor):
    """The features and logits of a trained ``Classifier``."""

    def __init__(self, classifier: Classifier, name: str) -> None:
        super().__init__(name, classifier.num_features, classifier.num_classes)
        self.classifier = classifier
        self.requires_grad_(False).eval()

    def forward(self, images: Tensor) -> Features:
        return self.classifier(to_float(images))


@dataclass(frozen=True)
class Card:
    """What there is to know of a trained classifier; kept as JSON beside its weights."""

    dataset: str
    image_shape: list[int]
    num_classes: int
    train_images: int
    test_images: int
    recipe: dict[str, Any]
    test_accuracy: float
    parameters: int
    sha256: str
    """Of the file of weights."""


def save_classifier(path: Path, classifier: Classifier, **facts: Any) -> Card:
    """Writes the weights to ``path``, which ends in .safetensors, and a card with ``facts`` beside it."""
    with replacing(path) as partial:
        save_file({name: value.contiguous() for name, value in classifier.state_dict().items()}, partial)
        card = Card(
            **facts,
            num_classes=classifier.num_classes,
            parameters=sum(p.numel() for p in classifier.parameters()),
            sha256=hashlib.sha256(partial.read_bytes()).hexdigest(),
        )
        write_text(path.with_suffix(".json"), json.dumps(asdict(card), indent=2) + "\n")
    return card


def load_classifier(path: Path) -> ClassifierFeatures:
    """The classifier whose weights are at ``path``.

    Raises:
        UsageError: There is no such file with a card beside it, or it is damaged.
    """
    try:
        card = Card(**json.loads(path.with_suffix(".json").read_text()))
        if hashlib.sha256(path.read_bytes()).hexdigest() != card.sha256:
            raise ValueError("the hash is not that of the card")
        with Budget.of_file(path.stat().st_size):
            classifier = Classifier(card.image_shape[0], card.num_classes)
        classifier.load_state_dict(load_file(path))
    except OSError as error:
        raise UsageError(
            f"there is no classifier at {path}: train one with python -m gan_lightning train_classifier"
        ) from error
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} or its card is damaged ({reason}): delete both and train it again") from error
    return ClassifierFeatures(classifier, path.stem)
