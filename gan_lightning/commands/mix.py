"""``mix``: what lies between two samples, or between two images."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.commands.options import open_trained, parse_labels
from gan_lightning.commands.targets import read_target
from gan_lightning.data.loader import to_float
from gan_lightning.errors import UsageError
from gan_lightning.pictures.images import image_grid, write_png
from gan_lightning.progress import Work
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.latent import check_frames, invert
from gan_lightning.sampling.styles import draw_between, parse_layers
from gan_lightning.storage.writing import check_writable

MAX_SAMPLE = 99_999
"""The last sample that can be asked for by its number, since all before it are drawn with it."""


class End(NamedTuple):
    """One of the two that are mixed.

    Args:
        latent: (1, latent_dim).
        label: int64 (1,).
        target: The image that the latent was found for, uint8 (1, C, H, W); (0, C, H, W) of a sample.
    """

    latent: Tensor
    label: Tensor
    target: Tensor


def mix(
    first: str,
    second: str,
    /,
    ckpt_path: str | None = None,
    model: str | None = None,
    labels: str | None = None,
    layers: str | None = None,
    frames: int = 7,
    seed: int = 0,
    output: str = "mix.png",
    device: str = "cpu",
) -> None:
    """Mixes two images, or two samples of a trained generator, at shares that grow along a strip.

    The latents are mixed, or, of a style-based generator, the styles: those of all layers, or with ``layers`` only
    theirs, up to the image with these styles from the second and the others from the first; the second stands last.
    An image stands beside its reconstruction: the nearest that the generator can draw, from which the mixes begin.

    Args:
        first: An image file of any size, or the number of a sample: 0 is the first that generate draws.
        second: Likewise.
        ckpt_path: A checkpoint, or the folder of a run or of a digit-wise one.
        model: Instead of it a generator that comes with the package, such as conditional_dcgan, a .safetensors file, or
            user/name of one on the hub.
        labels: What a conditional model draws: one label, such as 7, or those of the two, such as 3,8, which change
            halfway unless styles are mixed; by default a sample has the label that generate gives it, and an image
            that which suits it best.
        layers: Which layers' styles to take from the second, from the coarsest to the finest, such as 0-3 or 0,2,5.
        frames: How many mixes lie between the two.
        seed: Of the samples, and of where the search for the images' latents starts.
        output: A .png file for the strip.
        device: Where to compute, such as cuda.

    Raises:
        UsageError: There is no such checkpoint, image or sample, the model cannot draw the labels, there are too few
            frames, the generator has no styles or not these layers, or the output cannot be written.
    """
    path = Path(output)
    if path.suffix != ".png":
        raise UsageError(f"--output must end in .png, not {output}")
    check_frames(frames)
    wanted = parse_labels(labels)
    if wanted and len(wanted) > 2:
        raise UsageError(f"--labels takes one label for both or one for each, such as 3,8, not {labels}")
    trained = open_trained(ckpt_path, model, device)
    chosen = None if layers is None else parse_layers(layers, trained.styled_generator.num_layers)
    asked = (wanted[0], wanted[-1]) if wanted else (None, None)
    ends = [find(trained, word, label, seed) for word, label in zip((first, second), asked, strict=True)]
    latents, turns = torch.cat([end.latent for end in ends]), torch.cat([end.label for end in ends])
    between = draw_between(trained, latents, turns, frames, chosen)
    images = torch.cat([ends[0].target, between.cpu(), ends[1].target])
    check_writable(path.parent, "--output")
    write_png(path, image_grid(images, columns=len(images)))
    print(f"{len(images)} images in {path}")


def find(model: GenerativeModel, word: str, label: int | None, seed: int) -> End:
    """The end that ``word`` stands for: a number for a sample, anything else for an image file.

    Raises:
        UsageError: As ``mix``.
    """
    if not word.isdecimal():
        image = read_target(Path(word), model.generator.image_shape)[None]
        with Work(f"searching for the latent of {word}") as work:
            found = invert(model, to_float(image, model.value_range), label, seed=seed, progress=work)
        shown = f", drawn as label {int(found.labels)}" if model.generator.num_classes else ""
        print(f"{word}: reconstruction error {float(found.errors):.3f}{shown}")
        return End(found.latents, found.labels, image)
    number = int(word)
    if number > MAX_SAMPLE:
        raise UsageError(f"samples have the numbers 0 to {MAX_SAMPLE}, not {word}: use --seed for other samples")
    target = torch.empty(0, *model.generator.image_shape, dtype=torch.uint8)
    return End(model.latents(number + 1, seed)[number:], model.sample_labels(number + 1, label)[number:], target)
