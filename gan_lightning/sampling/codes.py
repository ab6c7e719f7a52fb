"""The codes that an InfoGAN's latents begin with, moved one at a time.

model = gan_lightning.load("runs/infogan/version_0/checkpoints/last.ckpt")
for title, latents in move_codes(model.prior, model.latents(1)[0], torch.linspace(-2, 2, 9)):
    images = model.render(latents, model.sample_labels(len(latents)))
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.networks import CodedPrior


class MovedCode(NamedTuple):
    """Latents that differ in one code.

    Args:
        title: Which code, and its values.
        latents: (S, latent_dim).
    """

    title: str
    latents: Tensor


def move_codes(prior: CodedPrior, z: Tensor, amounts: Tensor) -> list[MovedCode]:
    """One latent with each code in turn given other values, and all else as it is; the categorical codes come first.

    Args:
        prior: Says where the codes are.
        z: The latent (latent_dim,).
        amounts: The values of a continuous code, (S,); a categorical one is given each of its categories.
    """
    span = f"from {amounts[0]:+g} to {amounts[-1]:+g}"
    categorical = [
        (f"categorical code {number}, {count} categories", torch.eye(count))
        for number, count in enumerate(prior.categories, 1)
    ]
    continuous = [(f"continuous code {number + 1}, {span}", amounts[:, None]) for number in range(prior.continuous)]
    moved, start = [], 0
    for title, values in [*categorical, *continuous]:
        stop = start + values.shape[1]
        latents = z.repeat(len(values), 1)
        latents[:, start:stop] = values
        moved.append(MovedCode(title, latents))
        start = stop
    return moved
