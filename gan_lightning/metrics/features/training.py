"""How a classifier is trained: one recipe for every data set."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from gan_lightning.metrics.features.classifier import Card, Classifier, save_classifier, to_float

Split = tuple[Tensor, Tensor]
"""Images uint8 (N, C, H, W) and labels int64 (N,)."""


@dataclass(frozen=True)
class Recipe:
    """AdamW with a one-cycle learning rate (Smith & Topin 2018, arXiv:1708.07120) on randomly moved images.

    Args:
        epochs: How often every image is seen.
        min_images: Small data sets are repeated until so many images were seen.
        batch_size: Images in a batch.
        learning_rate: At its height.
        weight_decay: Of AdamW.
        rotation: Largest angle, in radians.
        zoom: Largest change of size, as a share.
        shift: Largest move, as a share of the image.
        seed: Of the weights, the order of the images and their moves.
    """

    epochs: int = 4
    min_images: int = 60_000
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    rotation: float = 0.2
    zoom: float = 0.1
    shift: float = 0.07
    seed: int = 0


def train_classifier(
    train: Split, num_classes: int, recipe: Recipe, report: Callable[[float], None] = lambda done: None
) -> Classifier:
    """Trains a classifier on the images' device; ``report`` is told the share that is done after each batch."""
    images, labels = train
    with torch.random.fork_rng(devices=[images.device] if images.is_cuda else []):
        torch.manual_seed(recipe.seed)
        classifier = Classifier(images.shape[1], num_classes).to(images.device)
        batch_size = min(recipe.batch_size, len(images))
        batches = len(images) // batch_size
        epochs = max(recipe.epochs, math.ceil(recipe.min_images / len(images)))
        optimizer = torch.optim.AdamW(
            classifier.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=recipe.learning_rate, total_steps=epochs * batches, pct_start=0.2
        )
        for epoch in range(epochs):
            order = torch.randperm(len(images), device=images.device).split(batch_size)[:batches]
            for batch, chosen in enumerate(order, start=1):
                moved = move_randomly(to_float(images[chosen]), recipe)
                loss = F.cross_entropy(classifier(moved).logits, labels[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                report((epoch + batch / batches) / epochs)
    return classifier.eval()


def move_randomly(images: Tensor, recipe: Recipe) -> Tensor:
    """Images in [-1, 1], each rotated, zoomed and shifted at random; what comes in from outside is -1."""

    def draw(limit: float) -> Tensor:
        return (torch.rand(len(images), device=images.device) * 2 - 1) * limit

    angle, zoom, x, y = draw(recipe.rotation), 1 + draw(recipe.zoom), draw(2 * recipe.shift), draw(2 * recipe.shift)
    rows = [zoom * angle.cos(), -zoom * angle.sin(), x], [zoom * angle.sin(), zoom * angle.cos(), y]
    transform = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    grid = F.affine_grid(transform, list(images.shape), align_corners=False)
    return F.grid_sample(images + 1, grid, align_corners=False) - 1


@torch.no_grad()
def accuracy(classifier: Classifier, test: Split) -> float:
    """The share of the test images that ``classifier`` labels rightly."""
    right = [
        (classifier(to_float(images)).logits.argmax(dim=1) == labels).sum()
        for images, labels in zip(test[0].split(500), test[1].split(500), strict=True)
    ]
    return float(torch.stack(right).sum() / len(test[0]))


def train_and_save(
    path: Path,
    dataset: str,
    train: Split,
    test: Split,
    num_classes: int,
    recipe: Recipe,
    report: Callable[[float], None] = lambda done: None,
) -> Card:
    """Trains a classifier and writes it, with its card, to ``path``."""
    classifier = train_classifier(train, num_classes, recipe, report)
    return save_classifier(
        path,
        classifier,
        dataset=dataset,
        image_shape=list(train[0].shape[1:]),
        train_images=len(train[0]),
        test_images=len(test[0]),
        recipe=asdict(recipe),
        test_accuracy=round(accuracy(classifier, test), 5),
    )
