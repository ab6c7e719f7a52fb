"""``invert``: the latents of given images, with the images that a trained generator draws from them."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.commands.options import open_trained, parse_labels
from gan_lightning.commands.targets import read_targets
from gan_lightning.data.loader import to_float
from gan_lightning.errors import UsageError
from gan_lightning.pictures.images import Picture, image_grid, write_arrays, write_png
from gan_lightning.progress import Work
from gan_lightning.sampling import latent
from gan_lightning.storage.writing import check_writable

COLUMNS = 10
"""Images side by side in the picture."""


def invert(
    images: str,
    /,
    ckpt_path: str | None = None,
    model: str | None = None,
    labels: str | None = None,
    steps: int = 200,
    learning_rate: float = 0.2,
    restarts: int = 4,
    seed: int = 0,
    output: str = "inverted.png",
    device: str = "cpu",
) -> None:
    """Searches the latents from which a trained generator draws given images best, and prints how near it comes.

    The error is the root mean squared difference between pixels in [0, 1].

    Args:
        images: An image file of any size, several with commas between them, a folder of them, or an .npz file.
        ckpt_path: A checkpoint, or the folder of a run or of a digit-wise one.
        model: Instead of it a generator that comes with the package, such as conditional_dcgan, a .safetensors file, or
            user/name of one on the hub.
        labels: What the images show, for a conditional model: a label, such as 7, or several that take turns, such as
            0,1,2; by default the ``labels`` of an .npz file, and without those all are tried for each image.
        steps: Of the search.
        learning_rate: Of the search.
        restarts: Random latents that the search starts from, of which the best is kept.
        seed: Of those.
        output: If it ends in .png, the images above their reconstructions; if it ends in .npz, ``latents`` float32
            (N, latent_dim), ``images`` (the reconstructions) and ``targets`` uint8 (N, C, H, W), ``errors`` float32
            (N,) and, of a conditional model, ``labels`` int64 (N,).
        device: Where to compute, such as cuda.

    Raises:
        UsageError: There is no such checkpoint or image, the model cannot draw the labels, there is not one for each
            image of an .npz file, a number is out of range, or the output cannot be written.
    """
    from gan_lightning.metrics.evaluation import check_labels

    path = Path(output)
    if path.suffix not in (".png", ".npz"):
        raise UsageError(f"--output must end in .png for a picture or in .npz for arrays, not {output}")
    trained = open_trained(ckpt_path, model, device)
    conditional = trained.generator.num_classes > 0
    wanted = parse_labels(labels)
    targets, names, known = read_targets(images, trained.generator.image_shape)
    if conditional and wanted is None and known is not None:
        check_labels(known, len(targets), trained.generator.num_classes)
        wanted = known.tolist()
    check_writable(path.parent, "--output")
    floats = to_float(targets, trained.value_range)
    with Work("searching for latents") as work:
        found = latent.invert(trained, floats, wanted, steps, learning_rate, restarts, seed, work)
    for name, error, label in zip(names, found.errors.tolist(), found.labels.tolist(), strict=True):
        print(f"{name}: {error:.3f}" + f", drawn as label {label}" * conditional)
    print(f"mean error {found.errors.mean():.3f}: {path}")
    if path.suffix == ".png":
        write_png(path, comparison(targets, found.images))
    else:
        arrays = found._asdict() | {"targets": targets}
        if not conditional:
            del arrays["labels"]
        write_arrays(path, arrays)


def comparison(targets: Tensor, reconstructions: Tensor) -> Picture:
    """Rows of targets, uint8 (N, C, H, W), each above the row of their reconstructions."""
    columns = min(COLUMNS, len(targets))
    rows = [part for pair in zip(targets.split(columns), reconstructions.split(columns), strict=True) for part in pair]
    white = torch.full_like(targets[:1], 255).expand(columns - len(rows[-1]), -1, -1, -1)
    return image_grid(torch.cat([*rows[:-2], rows[-2], white, rows[-1]]), columns)
