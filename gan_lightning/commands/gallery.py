"""``gallery``: samples of several trained models in one picture."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from gan_lightning import load
from gan_lightning.callbacks.grids import MOST
from gan_lightning.commands.generate import MOST_IN_GRID
from gan_lightning.commands.options import parse_device
from gan_lightning.errors import UsageError, check_number
from gan_lightning.pictures.images import image_grid, write_png
from gan_lightning.pictures.panels import arrange, with_title
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.storage.folders import run_name
from gan_lightning.storage.writing import check_writable

GAP = 16
"""White pixels between the grids of two models."""


def gallery(
    runs: list[str],
    /,
    rows: int = 3,
    columns: int = 10,
    across: int = 1,
    titles: str | None = None,
    seed: int = 0,
    output: str = "gallery.png",
    device: str = "cpu",
) -> None:
    """Draws a grid of samples of each of several trained models into one picture, below the model's title.

    In a conditional model's grid a column has one class, and the classes that it knows take turns.

    Args:
        runs: Checkpoints, folders of runs, or folders of digit-wise runs.
        rows: Images in a column of a grid.
        columns: Images in a row of a grid.
        across: How many grids stand side by side.
        titles: One for each model, such as GAN,DCGAN; by default the names of the runs.
        seed: Of the latents.
        output: A .png file.
        device: Where to compute, such as cuda.

    Raises:
        UsageError: There is no such run, a number is out of range, there are not as many titles as runs, or the output
            cannot be written.
    """
    path = Path(output)
    if path.suffix != ".png":
        raise UsageError(f"--output must end in .png, not {output}")
    for option, value in {"--rows": rows, "--columns": columns, "--across": across}.items():
        check_number(option, value, 1, MOST)
    check_number("the number of images, of all models together,", len(runs) * rows * columns, 1, MOST_IN_GRID)
    named = [run_name(Path(run)) for run in runs] if titles is None else str(titles).split(",")
    if len(named) != len(runs):
        raise UsageError(f"--titles takes one title for each of the {len(runs)} runs, such as GAN,DCGAN, not {titles}")
    place, grids = parse_device(device), []
    for run, title in zip(runs, named, strict=True):
        model = load(run).to(place)
        grids.append(with_title(image_grid(class_columns(model, rows, columns, seed), columns), title))
    check_writable(path.parent, "--output")
    write_png(path, arrange(grids, across, GAP))
    print(f"{rows * columns} images each of {', '.join(named)}: {path}")


def class_columns(model: GenerativeModel, rows: int, columns: int, seed: int) -> Tensor:
    """Samples uint8 (rows * columns, C, H, W), row by row; of a conditional model one class to a column."""
    labels = model.sample_labels(columns) if model.generator.num_classes else None
    return model.sample(rows * columns, labels, seed)
