"""Where a walk begins or ends: a sample, kept by its seed and its number, or the latent that was found for an image."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.styles import draw_between

MAX_NUMBER = 9_999
"""The last image of a seed that can be asked for, since all before it are drawn with it."""


class End(NamedTuple):
    """A point of the latent space.

    Args:
        latent: float32 (1, latent_dim).
        label: int64 (1,); 0 if the model is unconditional.
    """

    latent: Tensor
    label: Tensor


class Kept(NamedTuple):
    """A sample that somebody wants to keep.

    Args:
        seed: Of the samples that it is one of.
        number: Which of them it is: 0 is the first.
        label: What it shows; None if the model is unconditional.
    """

    seed: int
    number: int
    label: int | None

    def __str__(self) -> str:
        return f"seed {self.seed}, image {self.number}" + (f", class {self.label}" if self.label is not None else "")


def sample_end(model: GenerativeModel, kept: Kept) -> End:
    """The latent and the label of a sample."""
    return End(model.latents(kept.number + 1, kept.seed)[kept.number :], model.sample_labels(1, kept.label))


def render_ends(model: GenerativeModel, ends: list[End]) -> Tensor:
    """The images uint8 (N, C, H, W) of the ends."""
    latents, labels = (torch.cat(parts) for parts in zip(*ends, strict=True))
    return model.render(latents, labels).cpu()


def between(model: GenerativeModel, left: End, right: End, frames: int, layers: list[int] | None) -> Tensor:
    """The images uint8 (F, C, H, W) from one end to the other, ``frames`` of them between the two.

    With ``layers``, only the styles of these go over, and the other end stands last.
    """
    latents, labels = torch.cat([left.latent, right.latent]), torch.cat([left.label, right.label])
    return draw_between(model, latents, labels, frames, layers).cpu()
