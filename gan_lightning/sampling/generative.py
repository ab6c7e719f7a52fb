"""A LightningModule with a generator in it: how it is sampled, saved and loaded, however it is trained."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from gan_lightning.checkpoints.format import read_checkpoint, saved_class
from gan_lightning.errors import UsageError
from gan_lightning.networks import Generator
from gan_lightning.training.modes import eval_mode

if TYPE_CHECKING:
    from typing_extensions import Self

SAMPLE_BATCH = 128
"""Images that ``sample`` draws at once. Fixed, because a network's last bits depend on the size of its batch."""


class GenerativeModel(LightningModule):
    """A generator that can be sampled, with an averaged copy of it that samples better, and its checkpoints.

    Args:
        generator: Draws images from latents.
        averaged: Whether to keep an averaged copy, which ``sample`` then prefers.
        value_range: What black and white pixels are in the data.
        classes: The labels in the data; all that the generator knows by default.

    Raises:
        UsageError: The generator's output cannot reach ``value_range``.
    """

    def __init__(
        self,
        generator: Generator,
        averaged: bool,
        value_range: tuple[float, float],
        classes: Sequence[int] | None,
    ) -> None:
        super().__init__()
        check_range(generator, value_range)
        self.generator = generator
        self.averaged_generator = copy.deepcopy(generator).requires_grad_(False) if averaged else None
        self.value_range = value_range
        self.classes = list(range(generator.num_classes) if classes is None else classes)

    @property
    def sampling_generator(self) -> Generator:
        """The averaged generator where there is one, otherwise the generator itself."""
        return self.generator if self.averaged_generator is None else self.averaged_generator

    def sample(
        self,
        num: int,
        labels: int | Sequence[int] | None = None,
        seed: int = 0,
        truncation: float | None = None,
    ) -> Tensor:
        """Draws ``num`` images as uint8 (num, C, H, W), in eval mode and without touching any other random stream.

        The first images are the same however many are asked for.

        Args:
            num: How many images.
            labels: What to draw, with a conditional model: a label, or several that take turns; the classes
                of the training data by default.
            seed: Of the latents.
            truncation: As in ``latents``.

        Raises:
            UsageError: ``num`` or ``truncation`` is not positive, ``labels`` were given to an unconditional model or
                are none of its classes, or the generator's output is not finite.
        """
        return self.draw(self.latents(num, seed, truncation), self.sample_labels(num, labels))

    def sample_share(
        self, num: int, labels: int | Sequence[int] | None, seed: int, rank: int, world_size: int
    ) -> tuple[Tensor, Tensor]:
        """Draws those of ``sample``'s images that process ``rank`` of ``world_size`` has to draw, with their labels.

        The shares of all processes, one after the other, are what ``sample`` gives, to the bit.

        Raises:
            UsageError: As ``sample``.
        """
        batches = -(-num // SAMPLE_BATCH)
        start, stop = (batches * share // world_size * SAMPLE_BATCH for share in (rank, rank + 1))
        z, wanted = self.latents(num, seed)[start:stop], self.sample_labels(num, labels)[start:stop]
        return self.draw(z, wanted), wanted

    def latents(self, num: int, seed: int = 0, truncation: float | None = None) -> Tensor:
        """The latents (num, latent_dim) that ``sample`` draws images from: z ~ N(0, I), float32 on the CPU.

        Args:
            num: How many.
            seed: Of the random numbers.
            truncation: Largest absolute value of a component; the smaller, the more typical and the less varied are
                the images (Brock et al. 2019, arXiv:1809.11096). Each component keeps its rank in the truncated
                distribution, so that an image changes smoothly with the truncation.

        Raises:
            UsageError: ``num`` or ``truncation`` is not positive.
        """
        if num < 1:
            raise UsageError(f"the number of images must be at least 1, not {num}")
        if truncation is not None and truncation <= 0:
            raise UsageError(f"the truncation must be positive, not {truncation}")
        random = torch.Generator().manual_seed(seed)
        size = SAMPLE_BATCH, self.generator.latent_dim
        z = torch.cat([torch.randn(size, generator=random, dtype=torch.float32) for _ in range(0, num, SAMPLE_BATCH)])
        if truncation is not None:
            outside = torch.special.ndtr(torch.tensor(-truncation, dtype=torch.float64))
            z = torch.special.ndtri(outside + (1 - 2 * outside) * torch.special.ndtr(z.double())).float()
        return z[:num]

    @torch.no_grad()
    def draw(self, z: Tensor, labels: Tensor) -> Tensor:
        """The images uint8 (N, C, H, W), on the model's device, of latents (N, latent_dim) and labels int64 (N,).

        An unconditional model ignores the labels.

        Raises:
            UsageError: The generator's output is not finite.
        """
        generator = self.sampling_generator
        weight = next(generator.parameters())
        images = [torch.empty(0, *generator.image_shape, dtype=torch.uint8, device=weight.device)]
        with eval_mode(generator):
            for part, wanted in zip(z.split(SAMPLE_BATCH), labels.split(SAMPLE_BATCH), strict=True):
                missing = SAMPLE_BATCH - len(part)
                full_z, full_labels = (
                    nn.functional.pad(part, (0, 0, 0, missing)),
                    nn.functional.pad(wanted, (0, missing)),
                )
                drawn = generator(full_z.to(weight), full_labels.to(weight.device))
                images.append(self.to_uint8(drawn[: len(part)]))
        return torch.cat(images)

    def sample_labels(self, num: int, labels: int | Sequence[int] | None = None) -> Tensor:
        """The ``num`` labels (num,) that ``sample`` draws for the same arguments; all 0 if the model is unconditional.

        Raises:
            UsageError: As ``sample``.
        """
        if self.generator.num_classes == 0:
            if labels is not None:
                raise UsageError(f"a {type(self).__name__} is unconditional and takes no labels: leave them out")
            return torch.zeros(num, dtype=torch.int64)
        turns = [labels] if isinstance(labels, int) else list(self.classes if labels is None else labels)
        unknown = sorted(set(turns) - set(self.classes))
        if unknown or not turns:
            raise UsageError(
                f"the model knows the labels {', '.join(map(str, self.classes))}, and is asked for "
                f"{', '.join(map(str, unknown)) or 'none'}: ask for some of those"
            )
        return torch.tensor(turns).repeat(-(-num // len(turns)))[:num]

    def to_uint8(self, images: Tensor) -> Tensor:
        """Bytes 0 to 255 from images whose black and white are ``value_range``.

        Raises:
            UsageError: There are NaN or infinities among them.
        """
        if not images.isfinite().all():
            raise UsageError("the generator draws NaN: its training diverged, so try a smaller learning rate")
        low, high = self.value_range
        return ((images.float() - low) * (255 / (high - low))).round().clamp(0, 255).to(torch.uint8)

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls, checkpoint_path: str | Path, map_location: Any = "cpu", **overrides: Any
    ) -> Self:
        """The model saved at ``checkpoint_path``, of the class that it was saved from; ``overrides`` replace arguments.

        Raises:
            UsageError: There is no checkpoint, or it is of a model that is not a ``cls``.
        """
        saved = saved_class(checkpoint_path, read_checkpoint(checkpoint_path), cls)
        load = super(GenerativeModel, saved).load_from_checkpoint  # type: ignore[misc]
        return load(checkpoint_path, map_location=map_location, weights_only=True, **overrides)


def check_range(generator: Generator, value_range: tuple[float, float]) -> None:
    """Raises UsageError where ``generator`` cannot draw what the data hold: D would win on the range alone."""
    if generator.output_range is not None:
        low, high = generator.output_range
        if value_range[0] < low or value_range[1] > high:
            raise UsageError(
                f"the data range from {value_range[0]:.2f} to {value_range[1]:.2f}, which a generator with "
                f"outputs from {low:g} to {high:g} cannot reach: use --data.normalization [0.5,0.5]"
            )
