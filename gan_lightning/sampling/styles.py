"""The styles of a style-based generator: walks between them, mixes by layer, and directions to move them in.

model = gan_lightning.load("runs/style/version_0/checkpoints/last.ckpt")
styles = model.styles(model.latents(2), model.sample_labels(2))
images = model.render_styles(mix_layers(styles[:1], styles[1:], layers=[0, 1, 2, 3]))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import StyledGenerator
from gan_lightning.networks.style import StyleGenerator
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.latent import lerp, walk, walk_labels

Space = Literal["z", "w"]


def render_walk(
    model: GenerativeModel, z: Tensor, labels: Tensor, frames_between: int, closed: bool, space: Space | None = None
) -> Tensor:
    """The images uint8 (F, C, H, W) of a ``walk`` from each latent (K, latent_dim), with its label (K,), to the next.

    Args:
        model: What draws them.
        z: The latents that it passes through.
        labels: Their labels.
        frames_between: Images between one latent and the next.
        closed: Whether it leads back to just before the first.
        space: "z" follows arcs between the latents, and the label changes halfway; "w" straight lines between their
            styles, which say the label, too. By default "w" where the model has styles.

    Raises:
        UsageError: The space is "w" and the model has no styles, or there are too few latents or frames.
    """
    if space == "w" or (space is None and isinstance(model.sampling_generator, StyledGenerator)):
        return model.render_styles(walk_styles(model.styles(z, labels), frames_between, closed))
    return model.render(walk(z, frames_between, closed), walk_labels(labels, frames_between, closed))


def walk_styles(points: Tensor, frames_between: int, closed: bool) -> Tensor:
    """A ``walk`` (F, num_layers, style_dim) along the straight lines between styles (K, num_layers, style_dim)."""
    return walk(points.flatten(1), frames_between, closed, lerp).unflatten(1, points.shape[1:])


def mix_layers(first: Tensor, second: Tensor, layers: Sequence[int]) -> Tensor:
    """Styles (N, num_layers, style_dim) with those of ``layers`` from ``second`` and the others from ``first``."""
    mixed = first.clone()
    mixed[:, list(layers)] = second[:, list(layers)]
    return mixed


def draw_between(
    model: GenerativeModel, z: Tensor, labels: Tensor, frames: int, layers: Sequence[int] | None
) -> Tensor:
    """The images uint8 (F, C, H, W) from the first of two latents (2, latent_dim) to the second, with labels (2,).

    With ``layers``, from the first to the first with these layers' styles from the second, and then the second.
    """
    if layers is None:
        return render_walk(model, z, labels, frames, closed=False)
    first, second = model.styles(z, labels).split(1)
    path = walk_styles(torch.cat([first, mix_layers(first, second, layers)]), frames, closed=False)
    return model.render_styles(torch.cat([path, second]))


def parse_layers(words: str | None, num_layers: int) -> list[int]:
    """[0, 1, 2, 5] from "0-2,5"; all layers from None.

    Args:
        words: Numbers of layers and ranges of them, both ends included, with commas between them.
        num_layers: How many layers there are.

    Raises:
        UsageError: It is no such list, or there are not so many layers.
    """
    if words is None:
        return list(range(num_layers))
    chosen: set[int] = set()
    for word in str(words).strip("[]").replace(" ", "").split(","):
        ends = [int(end) for end in word.split("-")] if re.fullmatch(r"[0-9]{1,9}(-[0-9]{1,9})?", word) else [1, 0]
        if ends[0] > ends[-1]:
            raise UsageError(f"--layers takes numbers and ranges of layers, such as 0-3 or 0,2,5, not {words}")
        if ends[-1] >= num_layers:
            raise UsageError(
                f"the generator has {num_layers} layers, 0 to {num_layers - 1} from coarse to fine, and none is "
                f"{ends[-1]}: choose --layers among them"
            )
        chosen.update(range(ends[0], ends[-1] + 1))
    return sorted(chosen)


class Directions(NamedTuple):
    """Directions in the space of styles, those that change most first.

    Args:
        vectors: Of length 1 and orthogonal, float32 (style_dim, style_dim), one a row.
        eigenvalues: How much a step along each changes what the layers compute from a style, squared, (style_dim,).
    """

    vectors: Tensor
    eigenvalues: Tensor


def find_directions(generator: StyledGenerator, layers: Sequence[int] | None = None) -> Directions:
    """The eigenvectors of AᵀA, where A stacks the weights with which layers compute scales from a style.

    They are the unit vectors n that make |A n|² largest, each orthogonal to the ones before (SeFa: Shen & Zhou 2021,
    arXiv:2007.06600), and have no sign of their own: here the component with the largest absolute value is positive.

    Args:
        generator: Whose layers.
        layers: Which of them; all by default.

    Raises:
        UsageError: The generator does not say what its layers compute from a style.
    """
    if not isinstance(generator, StyleGenerator):
        raise UsageError(
            f"a {type(generator).__name__} does not say what its layers compute from a style: "
            "give the checkpoint of a StyleGenerator"
        )
    weights = generator.style_weights(layers).detach().cpu().double()
    eigenvalues, columns = torch.linalg.eigh(weights.T @ weights)
    vectors = columns.T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    return Directions((vectors * largest.sign()).float(), eigenvalues.flip(0).clamp_min(0).float())


def move(styles: Tensor, direction: Tensor, amounts: Tensor, layers: Sequence[int]) -> Tensor:
    """Styles (S, num_layers, style_dim): those of one image (num_layers, style_dim), moved along a direction.

    Args:
        styles: Of the image.
        direction: (style_dim,).
        amounts: How far, (S,).
        layers: Which layers' styles are moved.
    """
    moved = styles.expand(len(amounts), -1, -1).clone()
    moved[:, list(layers)] += (amounts[:, None] * direction).to(moved)[:, None]
    return moved
