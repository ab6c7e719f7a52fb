"""``directions``: what moving a style, or a code, changes in an image."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gan_lightning.commands.options import open_trained, parse_labels
from gan_lightning.errors import UsageError
from gan_lightning.networks import CodedPrior, StyledGenerator
from gan_lightning.pictures.images import Picture, image_grid, write_png
from gan_lightning.sampling.codes import move_codes
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.styles import find_directions, move, parse_layers
from gan_lightning.storage.writing import check_writable

FEW = 6
"""Rows by default, where there are as many."""

STYLE_STRENGTH, CODE_STRENGTH = 6.0, 2.0
"""How far a style or a code is moved by default: styles are about as long as √latent_dim, codes are within ±1."""


class Row(NamedTuple):
    """A sample, moved along a direction.

    Args:
        title: Of the direction.
        images: uint8 (S, C, H, W).
    """

    title: str
    images: Tensor


def directions(
    ckpt_path: str | None = None,
    model: str | None = None,
    num: int | None = None,
    steps: int = 9,
    strength: float | None = None,
    layers: str | None = None,
    labels: str | None = None,
    seed: int = 0,
    output: str = "directions.png",
    device: str = "cpu",
) -> None:
    """Moves a sample along the directions in which a style-based generator's images change most, or by its codes.

    Directions of styles follow from the generator's weights alone, without labels or training (SeFa,
    arXiv:2007.06600): the picture has a row for each, the one that changes most first, with the sample in the middle.
    Of an InfoGAN it has a row for each code: all categories of a categorical one, then the values of a continuous one.

    Args:
        ckpt_path: The checkpoint of a run with a StyleGenerator, or of an InfoGAN.
        model: Instead of it a generator that comes with the package, such as conditional_dcgan, a .safetensors file, or
            user/name of one on the hub.
        num: How many directions or codes; by default 6, or all if there are fewer.
        steps: Images in a row, but for a row of categories.
        strength: How far the style is moved either way, by default 6, since styles are about as long as √latent_dim;
            or the values of a continuous code on either side of 0, by default 2.
        layers: Which layers' styles are moved, from the coarsest to the finest, such as 0-3 or 0,2,5; by default all.
        labels: What a conditional model draws: one label, such as 7; by default the first that it knows.
        seed: Of the sample.
        output: A .png file for the picture.
        device: Where to compute, such as cuda.

    Raises:
        UsageError: There is no such checkpoint, its model has neither styles nor codes, or not these layers, the model
            cannot draw the label, a number is out of range, or the output cannot be written.
    """
    path = Path(output)
    if path.suffix != ".png":
        raise UsageError(f"--output must end in .png, not {output}")
    if steps < 2 or not (strength is None or 0 < strength < inf):
        raise UsageError(f"a row takes --steps from 2 up and a positive --strength, not {steps} and {strength}")
    wanted = parse_labels(labels)
    if wanted and len(wanted) > 1:
        raise UsageError(f"--labels takes the one label of the sample, such as 7, not {labels}")
    trained = open_trained(ckpt_path, model, device)
    codes = trained.prior if isinstance(trained.prior, CodedPrior) and layers is None else None
    z, label = trained.latents(1, seed), trained.sample_labels(1, wanted)
    farthest = strength or (STYLE_STRENGTH if codes is None else CODE_STRENGTH)
    amounts = torch.linspace(-farthest, farthest, steps)
    if codes is None:
        check_styles(trained)
        chosen = parse_layers(layers, trained.styled_generator.num_layers)
        rows = along_styles(trained, z, label, amounts, num, chosen)
        summary = f"{len(rows)} directions in layers {', '.join(map(str, chosen))}, from {-farthest:g} to {farthest:+g}"
    else:
        rows = along_codes(trained, codes, z, label, amounts, num)
        summary = f"{len(rows)} codes"
    check_writable(path.parent, "--output")
    write_png(path, picture(rows))
    for number, row in enumerate(rows, 1):
        print(f"row {number}: {row.title}")
    print(f"{summary}: {path}")


def check_styles(model: GenerativeModel) -> None:
    """Raises UsageError where the model has no styles; the sentence says what has directions."""
    name = type(model.sampling_generator).__name__
    if not isinstance(model.sampling_generator, StyledGenerator):
        if isinstance(model.prior, CodedPrior):
            raise UsageError(f"a {name} has no styles to move in --layers: leave them out, and its codes are moved")
        raise UsageError(
            f"a {name} has no styles, and its latents no codes: give the checkpoint of a StyleGenerator or an InfoGAN"
        )


def along_styles(
    model: GenerativeModel, z: Tensor, label: Tensor, amounts: Tensor, num: int | None, layers: list[int]
) -> list[Row]:
    """The sample of a latent (1, latent_dim) and a label (1,), moved along each of the first directions of styles."""
    vectors, eigenvalues = find_directions(model.styled_generator, layers)
    shown = how_many(num, len(vectors), "the styles have", "directions")
    (styles,) = model.styles(z, label)
    moved = torch.cat([move(styles, vector, amounts, layers) for vector in vectors[:shown].to(styles)])
    shares = (eigenvalues / eigenvalues.sum()).tolist()
    return [
        Row(f"direction {number + 1}, {shares[number]:.1%} of the squared weights", images)
        for number, images in enumerate(model.render_styles(moved).split(len(amounts)))
    ]


def along_codes(
    model: GenerativeModel, prior: CodedPrior, z: Tensor, label: Tensor, amounts: Tensor, num: int | None
) -> list[Row]:
    """The sample of a latent (1, latent_dim) and a label (1,) with other values of each of the first codes."""
    moved = move_codes(prior, z[0], amounts)
    shown = how_many(num, len(moved), "the latents have", "codes")
    return [Row(title, model.render(latents, label.expand(len(latents)))) for title, latents in moved[:shown]]


def how_many(num: int | None, available: int, owner: str, what: str) -> int:
    """``num``, by default ``FEW`` or all. Raises UsageError where there are not so many, or it is none."""
    if num is None:
        return min(FEW, available)
    if not 1 <= num <= available:
        raise UsageError(f"{owner} {available} {what}, and --num is {num}: choose 1 to {available}")
    return num


def picture(rows: list[Row]) -> Picture:
    """The rows one below the other, white where one is shorter than the longest."""
    longest = max(len(row.images) for row in rows)
    filled = [F.pad(row.images, (0, 0) * 3 + (0, longest - len(row.images)), value=255) for row in rows]
    return image_grid(torch.cat(filled), columns=longest)
