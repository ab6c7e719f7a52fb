"""What the runs of all digits come to: a grid, curves, figures and a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gan_lightning.callbacks.history import Row, read_history
from gan_lightning.callbacks.pixels import PANELS, PREFIX, real_name
from gan_lightning.errors import UsageError
from gan_lightning.metrics.ratings import final_rating
from gan_lightning.metrics.report import as_text
from gan_lightning.models.digitwise import digit_checkpoints, load_digits
from gan_lightning.pictures.images import Picture, image_grid, write_png
from gan_lightning.pictures.plots import Curve, curves
from gan_lightning.storage.writing import write_text

COLUMNS = {
    "generator_loss": "G loss",
    "discriminator_loss": "D loss",
    "fid": "`fid`",
    "label_accuracy": "`label_accuracy`",
    "pixel_diversity": "`pixel_diversity`",
    "sharpness": "`sharpness`",
    "contrast": "`contrast`",
}
LOSSES = {"generator_loss": "Generator's loss", "discriminator_loss": "Discriminator's loss"}


def summarize(folder: Path, expected: list[int]) -> str:
    """Writes ``digits.png``, ``losses.png``, ``figures.png`` and ``summary.md``, ``.txt`` and ``.json`` to ``folder``.

    Args:
        folder: Where the digits were trained.
        expected: Digits that ought to be there; those that are not are named.

    Raises:
        UsageError: No digit was trained.
    """
    trained = list(digit_checkpoints(folder))
    if not trained:
        raise UsageError(f"no digit was trained in {folder}")
    missing = sorted(set(expected) - set(trained))
    histories = {digit: read_history(folder / f"digit_{digit}" / "history.csv") for digit in trained}
    pictures = {
        "digits.png": all_digits(folder),
        "losses.png": by_epoch(histories, LOSSES),
        "figures.png": by_epoch(histories, {f"{PREFIX}{name}": title for title, name in PANELS.items()}),
    }
    for name, picture in pictures.items():
        write_png(folder / name, picture)
    results = {digit: result(folder / f"digit_{digit}" / "metrics.json", histories[digit]) for digit in trained}
    lines = markdown(results)
    note = [f"Missing: {', '.join(f'digit {digit}' for digit in missing)}."] if missing else []
    write_text(folder / "summary.md", "\n".join([*lines, "", *note]).strip() + "\n")
    text = "\n".join([*aligned(lines), *note])
    write_text(folder / "summary.txt", text + "\n")
    write_text(folder / "summary.json", json.dumps({"digits": results, "missing": missing}, indent=2) + "\n")
    return f"\n{text}\n\n{', '.join(pictures)} and summary.md, .txt and .json in {folder}"


def all_digits(folder: Path, columns: int = 10) -> Picture:
    """Samples of every digit that was trained, a row for each."""
    model = load_digits(folder)
    labels = [digit for digit in model.classes for _ in range(columns)]
    return image_grid(model.sample(len(labels), labels), columns)


def by_epoch(histories: Mapping[int, list[Row]], panels: Mapping[str, str]) -> Picture:
    """A panel for each quantity, with a curve for each digit over the epochs, and dashed lines for real images."""
    found: dict[str, dict[str, Curve]] = {title: {} for title in panels.values()}
    real: dict[str, dict[str, float]] = {title: {} for title in panels.values()}
    for digit, rows in histories.items():
        for name, title in panels.items():
            found[title][f"digit {digit}"] = [(row["epoch"] + 1, row[name]) for row in rows if name in row]
            if (own := real_name(name)) in rows[-1]:
                real[title][f"digit {digit}"] = rows[-1][own]
    return curves(found, x_label="Epochs", real=real)


def result(metrics: Path, history: list[Row]) -> dict[str, Any]:
    """A digit's final losses, its figures, those of real images and its rating."""
    losses = {name: history[-1][name] for name in LOSSES if name in history[-1]}
    if not metrics.is_file():
        return {**losses, "rating": "not measured"}
    content = json.loads(metrics.read_text())
    rating = final_rating(content["figures"], content["real"])
    return {**losses, **content["figures"], "real": content["real"], "rating": rating}


def markdown(results: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """The lines of a Markdown table with a row for each digit."""
    lines = [f"| digit | {' | '.join(COLUMNS.values())} | rating |", f"| --- |{' ---: |' * len(COLUMNS)} --- |"]
    for digit, values in results.items():
        cells = [as_text(name, values[name]) if name in values else "" for name in COLUMNS]
        lines.append(f"| {digit} | {' | '.join(cells)} | {values['rating']} |")
    return lines


def aligned(lines: list[str]) -> list[str]:
    """A Markdown table's lines as plain text with columns of even width."""
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines if "---" not in line]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pad: Callable[[str, int], str] = str.rjust
    return ["  ".join(pad(cell, width) for cell, width in zip(row, widths, strict=True)) for row in rows]
