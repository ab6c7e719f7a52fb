"""One generator for each digit, gathered from runs that were trained apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.models.gan import GAN
from gan_lightning.networks import Generator
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.storage.folders import CHECKPOINTS


class GeneratorPerClass(Generator):
    """Generators that share nothing, each of which draws one class.

    Args:
        generators: Unconditional generators of images of one shape from latents of one length, by class.
    """

    def __init__(self, generators: Mapping[int, Generator]) -> None:
        generators = {int(label): generator for label, generator in generators.items()}  # a file's keys are texts
        first = next(iter(generators.values()))
        super().__init__(first.latent_dim, first.image_shape, max(generators) + 1, first.output_range)
        self.generators = nn.ModuleDict({str(label): generator for label, generator in generators.items()})

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (N, C, H, W) of latents (N, latent_dim), each by the generator of its label (N,).

        Every generator draws the whole batch, since the last bits of an image depend on the size of its batch.
        """
        if labels is None:
            raise ValueError("there is a generator for each class: pass labels (N,) beside the latents")
        drawn = {label: generator(z) for label, generator in self.generators.items()}
        images = torch.zeros_like(next(iter(drawn.values())))
        for label, own in drawn.items():
            mine = labels == int(label)
            images[mine] = own[mine]
        return images


def is_digitwise(path: Path) -> bool:
    """Whether ``path`` is a folder of runs of single digits; a single run's folder is none."""
    return path.is_dir() and not (path / CHECKPOINTS).is_dir()


def digit_checkpoints(folder: Path) -> dict[int, Path]:
    """The checkpoint of each digit that was trained in ``folder``, in order."""
    paths = {int(path.name.removeprefix("digit_")): path for path in folder.glob("digit_*") if path.is_dir()}
    found = {digit: path / CHECKPOINTS / "last.ckpt" for digit, path in sorted(paths.items())}
    return {digit: path for digit, path in found.items() if path.is_file()}


def load_digits(folder: Path) -> GenerativeModel:
    """A model that draws each digit with the generator that was trained for it in ``folder``.

    Raises:
        UsageError: No digit was trained there, or the digits' generators do not draw images of one shape.
    """
    checkpoints = digit_checkpoints(folder)
    if not checkpoints:
        raise UsageError(f"no digits were trained in {folder}: run python -m gan_lightning digits first")
    models = {digit: GAN.load_from_checkpoint(path) for digit, path in checkpoints.items()}
    kinds = {(model.generator.image_shape, model.generator.latent_dim, model.value_range) for model in models.values()}
    if len(kinds) > 1:
        raise UsageError(f"the digits in {folder} were trained with different options: train them anew together")
    generators = {digit: model.sampling_generator for digit, model in models.items()}
    value_range = next(iter(models.values())).value_range
    return GenerativeModel(GeneratorPerClass(generators), averaged=False, value_range=value_range, classes=list(models))
