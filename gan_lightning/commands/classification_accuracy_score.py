"""``classification_accuracy_score``: what a classifier learns from generated images alone."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning import load
from gan_lightning.commands.options import parse_device
from gan_lightning.data import ImageDataModule
from gan_lightning.errors import UsageError
from gan_lightning.pictures.reading import read_images
from gan_lightning.progress import Work
from gan_lightning.storage.writing import check_writable, write_text


def classification_accuracy_score(
    path: str,
    /,
    data: ImageDataModule,
    num_images: int | None = None,
    seed: int = 0,
    output: str | None = None,
    device: str = "cpu",
) -> None:
    """Trains a classifier on generated images only and prints its accuracy on real ones (Ravuri & Vinyals 2019).

    Beside it stands the same classifier trained on as many real images. It takes minutes on a CPU. The paper is
    arXiv:1905.10887.

    Args:
        path: A conditional model as ``load`` takes it, such as the folder of its run, or an .npz file with ``images``
            and ``labels``.
        data: The real images.
        num_images: How many images to draw from a checkpoint; by default as many as there are training images.
        seed: Of the latents.
        output: A .json file for both accuracies.
        device: Where to compute, such as cuda.

    Raises:
        UsageError: The images have no labels, or labels or a shape that the real ones do not have; or the output
            cannot be written.
    """
    from gan_lightning.metrics.evaluation import check_labels
    from gan_lightning.metrics.features.training import Recipe, accuracy, train_classifier
    from gan_lightning.metrics.pixels import check_images

    where = parse_device(device)
    if output:
        check_writable(Path(output).parent, "--output")
    training, test = data.images(train=True), data.images(train=False)
    generated: tuple[Tensor, Tensor | None]
    if path.endswith(".npz"):
        generated = read_images(Path(path), data.image_shape[0])
    else:
        generated = draw(path, where, num_images or len(training[1]), training[1], seed)
    images, labels = generated
    if labels is None:
        raise UsageError(f"{path} has no labels, from which a classifier could learn: save them as labels")
    check_images(images, data.image_shape)
    check_labels(labels, len(images), data.num_classes)
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(training[0]), generator=generator)[: len(images)]
    test = test[0].to(where), test[1].to(where)
    splits = {"generated": (images, labels), "real": (training[0][chosen], training[1][chosen])}
    found: dict[str, dict[str, float]] = {}
    for name, split in splits.items():
        with Work(f"training on {name} images") as work:
            classifier = train_classifier((split[0].to(where), split[1].to(where)), data.num_classes, Recipe(), work)
        found[name] = {"images": len(split[0]), "accuracy": accuracy(classifier, test)}
        print(
            f"trained on {len(split[0]):,} {name} images: {found[name]['accuracy']:.2%} of {len(test[0]):,} real "
            "test images are labelled rightly",
            flush=True,
        )
    if output:
        content = {"path": path, "seed": seed, "test_images": len(test[0]), **found}
        write_text(Path(output), json.dumps(content, indent=2) + "\n")


def draw(path: str, device: torch.device, num: int, labels: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """``num`` images of the model at ``path`` with their labels, which come in the proportions of ``labels``."""
    from gan_lightning.metrics.evaluation import spread

    model = load(path).to(device)
    if not model.generator.num_classes:
        raise UsageError(
            f"{path} holds a {type(model).__name__}, which draws no labelled images: give a conditional one"
        )
    wanted = spread(labels, num)
    return model.sample(num, wanted.tolist(), seed), wanted
