"""``interpolate``: a walk from sample to sample, or from class to class, as an animation or a strip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from gan_lightning.commands.options import open_trained, parse_labels
from gan_lightning.errors import UsageError
from gan_lightning.pictures.images import Picture, gif_bytes, image_grid, single, write_png
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.styles import Space, render_walk
from gan_lightning.storage.writing import check_writable, write_bytes


def interpolate(
    ckpt_path: str | None = None,
    model: str | None = None,
    num: int = 8,
    labels: str | None = None,
    class_walk: bool = False,
    frames: int = 12,
    space: Space | None = None,
    seed: int = 0,
    output: str = "walk.gif",
    device: str = "cpu",
) -> None:
    """Walks from each of a trained generator's samples to the next, along arcs of the latent space, or lines of styles.

    Args:
        ckpt_path: A checkpoint, or the folder of a run or of a digit-wise one.
        model: Instead of it a generator that comes with the package, such as conditional_dcgan, a .safetensors file, or
            user/name of one on the hub.
        num: How many samples to walk through: the first that generate draws.
        labels: What a conditional model draws: one label, such as 7, for the whole walk, or several, such as 0,1,2,
            that the samples have in turn; between two samples the class changes halfway, or, in w, with the styles.
        class_walk: Whether the latents stay as they are and only the class changes: a row for each of the ``num``
            latents and a column for each label, or an animation through the labels.
        frames: How many images lie between one sample and the next.
        space: Where to walk from sample to sample: z, the space of latents, or w, that of a style-based generator's
            styles; by default w where there are styles.
        seed: Of the latents.
        output: An animation that leads back to its beginning if it ends in .gif; if it ends in .png, a strip with a
            row for each pair of samples.
        device: Where to compute, such as cuda.

    Raises:
        UsageError: There is no such checkpoint, its model cannot draw the labels, there are too few samples or frames,
            the space is w and there are no styles, or the output cannot be written.
    """
    path = Path(output)
    if path.suffix not in (".gif", ".png"):
        raise UsageError(f"--output must end in .gif for an animation or in .png for a strip, not {output}")
    trained = open_trained(ckpt_path, model, device)
    wanted = parse_labels(labels)
    animated = path.suffix == ".gif"
    if class_walk:
        pictures = walk_through_classes(trained, num, wanted, seed, animated)
    else:
        points, turns = trained.latents(num, seed), trained.sample_labels(num, wanted)
        images = render_walk(trained, points, turns, frames, animated, space).cpu()
        pictures = [single(image) for image in images] if animated else [strip(images, frames)]
    check_writable(path.parent, "--output")
    if animated:
        speed = 2 if class_walk else 16
        write_bytes(path, gif_bytes(pictures, frames_per_second=speed, rest=1 / speed))
    else:
        write_png(path, pictures[0])
    print(f"{len(pictures)} frames in {path}" if animated else f"a strip in {path}")


def walk_through_classes(
    model: GenerativeModel, num: int, labels: Sequence[int] | None, seed: int, animated: bool
) -> list[Picture]:
    """The same ``num`` latents under each label: a picture with a column for each, or a picture of all for each.

    Raises:
        UsageError: The model is unconditional, or cannot draw the labels.
    """
    if model.generator.num_classes == 0:
        raise UsageError(
            f"a {type(model).__name__} is unconditional and has no classes to walk through: leave --class_walk out"
        )
    classes = len(model.classes if labels is None else labels)
    latents = model.latents(num, seed).repeat_interleave(classes, dim=0)
    images = model.render(latents, model.sample_labels(num * classes, labels)).cpu()
    return (
        [image_grid(images[label::classes]) for label in range(classes)] if animated else [image_grid(images, classes)]
    )


def strip(images: Tensor, frames: int) -> Picture:
    """The images (F, C, H, W) of an open walk: a row for each pair of samples, both of them at its ends."""
    rows = images.unfold(0, frames + 2, frames + 1).movedim(-1, 1)
    return image_grid(rows.flatten(0, 1), columns=frames + 2)
