"""``train_classifier``: the network whose features the figures are computed from."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.data import ImageDataModule
from gan_lightning.errors import UsageError
from gan_lightning.progress import Work
from gan_lightning.storage.writing import check_writable


def train_classifier(data: ImageDataModule, output: str | None = None, epochs: int = 4, seed: int = 0) -> None:
    """Trains the classifier that figures of generated images are computed with, and keeps it with a card beside it.

    Measuring trains it by itself when there is none; this command does it beforehand. One that was trained with other
    ``epochs`` or another ``seed`` is used where its file is given as ``features``.

    Args:
        data: The images.
        output: A .safetensors file; by default a file in the user's cache.
        epochs: How often every image is seen; small data sets are repeated more often.
        seed: Of the weights, the order of the images and their random moves.

    Raises:
        UsageError: An option is out of range, the data have one class, or the output cannot be written.
    """
    from gan_lightning.metrics.features.store import cached_path
    from gan_lightning.metrics.features.training import Recipe, train_and_save

    if epochs < 1:
        raise UsageError(f"--epochs must be at least 1, not {epochs}")
    if output is not None and not output.endswith(".safetensors"):
        raise UsageError(f"--output must end in .safetensors, not {output}")
    single = data.for_classifier()
    if len(single.classes) < 2:
        raise UsageError(
            f"{single.dataset} has one class, from which no classifier learns: give data with several, such as a "
            "folder with a sub-folder for each"
        )
    recipe = Recipe(epochs=epochs, seed=seed)
    path = Path(output) if output else cached_path(single.dataset, single.image_shape, recipe)
    check_writable(path.parent, "--output")
    splits = single.images(train=True), single.images(train=False)
    with Work(f"training a classifier of {single.dataset}") as work:
        card = train_and_save(path, single.dataset, *splits, single.num_classes, recipe, work)
    print(f"{card.test_accuracy:.2%} of {card.test_images} test images are labelled rightly: {path}")
