"""A LightningModule with a generator in it: how it is sampled, saved and loaded, however it is trained."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from gan_lightning.checkpoints.budget import Budget
from gan_lightning.checkpoints.contents import check_contents
from gan_lightning.checkpoints.format import read_checkpoint, saved_class
from gan_lightning.checkpoints.hyperparameters import rebuild
from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError, check_number
from gan_lightning.networks import Gaussian, Generator, Prior, StyledGenerator
from gan_lightning.networks.modes import eval_mode
from gan_lightning.sampling.checks import Labels, as_list, check_range, check_truncation

if TYPE_CHECKING:
    from typing_extensions import Self

SAMPLE_BATCH = 128
"""Images that ``sample`` draws at once. Fixed, because a network's last bits depend on the size of its batch."""


class GenerativeModel(Rebuildable, LightningModule):
    """A generator that can be sampled, with an averaged copy of it that samples better, and its checkpoints.

    Args:
        generator: Draws images from latents.
        averaged: Whether to keep an averaged copy, which ``sample`` then prefers.
        value_range: What black and white pixels are in the data.
        classes: The labels in the data; all that the generator knows by default.
        prior: What latents are drawn from.

    Raises:
        UsageError: The generator's output cannot reach ``value_range``, or its latents do not fit the prior.
    """

    def __init__(
        self,
        generator: Generator,
        averaged: bool,
        value_range: tuple[float, float],
        classes: Sequence[int] | None,
        prior: Prior = Gaussian(),  # noqa: B008  (it holds no state)
    ) -> None:
        super().__init__()
        check_range(generator, value_range)
        prior.check(generator.latent_dim)
        self.prior = prior
        self.generator = generator
        self.averaged_generator = copy.deepcopy(generator).requires_grad_(False) if averaged else None
        self.value_range: tuple[float, float] = tuple(value_range)  # type: ignore[assignment]  # a checkpoint has a list
        self.classes = list(range(generator.num_classes) if classes is None else classes)

    @property
    def sampling_generator(self) -> Generator:
        """The averaged generator where there is one, otherwise the generator itself."""
        return self.generator if self.averaged_generator is None else self.averaged_generator

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (N, C, H, W) in ``value_range`` of latents (N, latent_dim) and, if conditional, labels int64 (N,).

        They are drawn by ``sampling_generator``, the averaged one where there is one, in the mode that it is in.
        """
        return self.sampling_generator(z, labels)

    def sample(
        self,
        num: int,
        labels: Labels = None,
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
            truncation: Less varied and more typical images. Of a style-based generator the share of the way from the
                mean style to each style (Karras et al. 2019, arXiv:1812.04948), otherwise as in ``latents``.

        Raises:
            UsageError: ``num`` or ``truncation`` is not positive, ``labels`` were given to an unconditional model or
                are none of its classes, or the generator's output is not finite.
        """
        generator, wanted = self.sampling_generator, self.sample_labels(num, labels)
        if truncation is None or not isinstance(generator, StyledGenerator):
            return self.render(self.latents(num, seed, truncation), wanted)
        check_truncation(truncation)
        return self.render_styles(generator.truncate(self.styles(self.latents(num, seed), wanted), truncation))

    def sample_share(self, num: int, labels: Labels, seed: int, rank: int, world_size: int) -> tuple[Tensor, Tensor]:
        """Draws those of ``sample``'s images that process ``rank`` of ``world_size`` has to draw, with their labels.

        The shares of all processes, one after the other, are what ``sample`` gives, to the bit.

        Raises:
            UsageError: As ``sample``.
        """
        batches = -(-num // SAMPLE_BATCH)
        start, stop = (batches * share // world_size * SAMPLE_BATCH for share in (rank, rank + 1))
        z, wanted = self.latents(num, seed)[start:stop], self.sample_labels(num, labels)[start:stop]
        return self.render(z, wanted), wanted

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
        check_truncation(truncation)
        random, dim = torch.Generator().manual_seed(seed), self.generator.latent_dim
        options = {"generator": random, "dtype": torch.float32}
        z = torch.cat([self.prior.sample(SAMPLE_BATCH, dim, **options) for _ in range(0, num, SAMPLE_BATCH)])[:num]
        return z if truncation is None else self.prior.truncate(z, truncation)

    def render(self, z: Tensor, labels: Tensor) -> Tensor:
        """The images uint8 (N, C, H, W), on the model's device, of latents (N, latent_dim) and labels int64 (N,).

        An unconditional model ignores the labels.

        Raises:
            UsageError: The generator's output is not finite.
        """
        return self._in_batches(lambda *inputs: self.to_uint8(self.sampling_generator(*inputs)), z, labels)

    def styles(self, z: Tensor, labels: Tensor) -> Tensor:
        """The styles (N, num_layers, style_dim) of latents (N, latent_dim) and labels (N,), on the model's device.

        Raises:
            UsageError: The generator has no styles.
        """
        return self._in_batches(self.styled_generator.styles, z, labels)

    def render_styles(self, styles: Tensor) -> Tensor:
        """The images uint8 (N, C, H, W), on the model's device, of styles (N, num_layers, style_dim).

        Raises:
            UsageError: The generator has no styles, or its output is not finite.
        """
        return self._in_batches(lambda part: self.to_uint8(self.styled_generator.synthesize(part)), styles)

    @property
    def styled_generator(self) -> StyledGenerator:
        """The generator that is sampled from, if it draws from styles.

        Raises:
            UsageError: It does not.
        """
        generator = self.sampling_generator
        if not isinstance(generator, StyledGenerator):
            raise UsageError(
                f"a {type(generator).__name__} has no styles: give the checkpoint of a style-based generator, such as "
                "StyleGenerator"
            )
        return generator

    @torch.no_grad()
    def _in_batches(self, function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
        """``function`` of inputs (N, ...), in eval mode and in batches of one size, whatever N is."""
        weight = next(self.sampling_generator.parameters())
        inputs = tuple(x.to(weight if x.is_floating_point() else weight.device) for x in inputs)
        parts, count = zip(*(x.split(SAMPLE_BATCH) for x in inputs), strict=True), len(inputs[0])
        with eval_mode(self.sampling_generator):
            found = [function(*(filled_up(x) for x in part)) for part in parts]
        return torch.cat(found)[:count]

    def sample_labels(self, num: int, labels: Labels = None) -> Tensor:
        """The ``num`` labels (num,) that ``sample`` draws for the same arguments; all 0 if the model is unconditional.

        Raises:
            UsageError: As ``sample``.
        """
        check_number("the number of images", num, 1)
        if self.generator.num_classes == 0:
            if labels is not None:
                raise UsageError(f"a {type(self).__name__} is unconditional and takes no labels: leave them out")
            return torch.zeros(num, dtype=torch.int64)
        turns = list(self.classes) if labels is None else as_list(labels)
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

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Raises UsageError where the checkpoint has other weights than the model, or is no sound one."""
        check_contents(checkpoint)
        own, saved = ({name: x.shape for name, x in s.items()} for s in (self.state_dict(), checkpoint["state_dict"]))
        differing = sorted(name for name in own.keys() | saved.keys() if own.get(name) != saved.get(name))
        if differing:
            raise UsageError(
                f"the checkpoint's weights do not fit this {type(self).__name__} ({differing[0]}): leave out the "
                "options that change its networks, or train anew without --ckpt_path"
            )

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls, checkpoint_path: str | Path, map_location: Any = "cpu", **overrides: Any
    ) -> Self:
        """The model saved at ``checkpoint_path``, of the class that it was saved from; ``overrides`` replace arguments.

        Raises:
            UsageError: There is no checkpoint, or it is of a model that is not a ``cls``.
        """
        checkpoint = read_checkpoint(checkpoint_path)
        saved = saved_class(checkpoint_path, checkpoint, cls)
        with Budget.of_file(Path(checkpoint_path).stat().st_size):
            model = rebuild(saved, checkpoint["hyper_parameters"], overrides)
        model.on_load_checkpoint(checkpoint)
        model.load_state_dict(checkpoint["state_dict"])
        return model.to(map_location)


def filled_up(x: Tensor) -> Tensor:
    """``x`` (N, ...) with zeros up to a whole batch."""
    return torch.cat([x, x.new_zeros(SAMPLE_BATCH - len(x), *x.shape[1:])])
