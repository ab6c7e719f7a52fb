"""Trained generators, whatever holds them: a checkpoint, the folder of a run or of a digit-wise one, or weights."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.models import GAN
from gan_lightning.models.digitwise import is_digitwise, load_digits
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.origin import Origin, origin_of
from gan_lightning.sharing.weights import generator_file, read_generator, read_origin
from gan_lightning.storage.folders import checkpoint_in


def load_trained(path: Path) -> GenerativeModel:
    """The trained model at ``path``, on the CPU; of a run's folder its best checkpoint, or else its last.

    Raises:
        UsageError: There is none.
    """
    if file := generator_file(path):
        return read_generator(file)
    return load_digits(path) if is_digitwise(path) else GAN.load_from_checkpoint(checkpoint_in(path, "best", "last"))


def origin_at(path: Path) -> Origin:
    """What is known of the training of the model at ``path``; nothing of a digit-wise one, which has several.

    Raises:
        UsageError: There is none.
    """
    if file := generator_file(path):
        return read_origin(file)
    return Origin() if is_digitwise(path) else origin_of(checkpoint_in(path, "best", "last"))
