"""``generate``: images from a checkpoint, as a picture or as arrays."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.commands.options import open_trained, parse_labels
from gan_lightning.errors import UsageError
from gan_lightning.pictures.images import columns_for, write_images
from gan_lightning.storage.writing import check_writable

MOST_IN_GRID = 10_000
"""Images in a picture, of which more take gigabytes; arrays may have more."""


def generate(
    ckpt_path: str | None = None,
    model: str | None = None,
    num: int = 64,
    labels: str | None = None,
    seed: int = 0,
    truncation: float | None = None,
    output: str = "samples.png",
    device: str = "cpu",
) -> None:
    """Draws images from a trained generator. The same seed gives the same images, however many are drawn.

    Args:
        ckpt_path: A checkpoint, or the folder of a run or of a digit-wise one.
        model: Instead of it a generator that comes with the package, such as conditional_dcgan, a .safetensors file, or
            user/name of one on the hub.
        num: How many images.
        labels: What a conditional model draws: a label, such as 7, or several that take turns, such as 0,1,2.
        seed: Of the latents.
        truncation: Less varied and more typical images: of a style-based generator the share of the way from the mean
            style to each style, such as 0.7; otherwise the largest component of a latent, such as 1.
        output: A grid if it ends in .png; if it ends in .npz, ``images`` uint8 (N, C, H, W) and, of a
            conditional model, ``labels`` int64 (N,).
        device: Where to compute, such as cuda.

    Raises:
        UsageError: There is no such checkpoint, its model cannot draw the labels, or the output cannot be written.
    """
    path = Path(output)
    if path.suffix not in (".png", ".npz"):
        raise UsageError(f"--output must end in .png for a grid or in .npz for arrays, not {output}")
    if path.suffix == ".png" and num > MOST_IN_GRID:
        raise UsageError(f"--num must be at most {MOST_IN_GRID} for a grid, not {num}: give an --output in .npz")
    trained = open_trained(ckpt_path, model, device)
    wanted = parse_labels(labels)
    images, drawn = trained.sample(num, wanted, seed, truncation), trained.sample_labels(num, wanted)
    check_writable(path.parent, "--output")
    conditional = trained.generator.num_classes > 0
    columns = columns_for(num, classes=len(drawn.unique()) if conditional else 1)
    write_images(path, images, drawn if conditional else None, columns)
    print(f"{num} images in {path}")
