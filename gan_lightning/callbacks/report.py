"""A page about a run that can be sent to someone: one file, with its pictures in it and nothing to load."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.callbacks.history import Row, balance, history_of, read_history
from gan_lightning.metrics.report import FIGURES, as_text
from gan_lightning.pictures.images import write_png
from gan_lightning.pictures.plots import curves
from gan_lightning.storage.folders import run_folder
from gan_lightning.storage.writing import surviving, write_text

PANELS = {
    "Loss": {"discriminator": "discriminator_loss", "generator": "generator_loss"},
    "Discriminator's verdict": {"D(x), real": "d_real", "D(G(z)), generated": "d_fake"},
    "Fréchet distance": {"validation": "val/fid"},
}
"""Curves by epoch; a panel without any value is left out."""

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { margin-bottom: 0; } h2 { margin-top: 2rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; }
figure { display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top; } img { max-width: 100%; }
figcaption { color: #666; font-size: .9rem; } pre { background: #f6f6f6; padding: 1rem; overflow-x: auto; }
"""


class HTMLReport(Callback):
    """Writes ``report.html`` and, for it, the curves by epoch ``epochs.png`` to the run folder when training ends."""

    def __init__(self) -> None:
        self.folder = Path()
        self.path: Path | None = None
        """The page, once it is written."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self.folder = run_folder(trainer)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        file = self.folder / "history.csv"  # which has the row of an epoch that the run's end has cut short
        rows = read_history(file) if file.is_file() else history_of(trainer)
        if trainer.is_global_zero and rows and not trainer.fast_dev_run:  # type: ignore[attr-defined]
            with surviving("the report", self.folder):
                write_png(self.folder / "epochs.png", curves(panels_by_epoch(rows), x_label="Epochs"))
                page = report(type(pl_module).__name__, self.folder, rows, balance(rows, pl_module))
                write_text(self.folder / "report.html", page)
                self.path = self.folder / "report.html"


def panels_by_epoch(rows: list[Row]) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """The curves of ``PANELS`` that have values."""
    found = {
        title: {name: [(row["epoch"] + 1, row[key]) for row in rows if key in row] for name, key in named.items()}
        for title, named in PANELS.items()
    }
    return {title: named for title, named in found.items() if any(named.values())}


def report(title: str, folder: Path, rows: list[Row], rating: str | None) -> str:
    """The page.

    Args:
        title: What was trained.
        folder: The run folder, with the pictures and ``config.yaml``.
        rows: The run's history.
        rating: The quick rating, if there is one.
    """
    last = rows[-1]
    facts = {
        "Epochs": f"{last['epoch'] + 1:,.0f}",
        "Batches": f"{last['step']:,.0f}",
        "Images seen": f"{last['images_seen']:,.0f}",
    }
    for player in ("generator", "discriminator"):
        if (loss := f"{player}_loss") in last:
            facts[f"{player.capitalize()}'s loss"] = as_text(loss, last[loss])
    if rating:
        facts["Balance of the players"] = f"{rating} (from the smoothed generator's loss)"
    measured = next((row for row in reversed(rows) if "val/fid" in row), {})
    figures = {
        f"{figure.title} {figure.better}": as_text(name, measured[f"val/{name}"])
        for name, figure in FIGURES.items()
        if f"val/{name}" in measured
    }
    config = folder / "config.yaml"
    parts = [
        f"<h1>{escape(title)}</h1><p>{escape(str(folder))}</p>",
        table(facts),
        *section("Samples", samples(folder), folder),
        *section("Training", [("losses.png", "by batch"), ("epochs.png", "by epoch")], folder),
        *([f"<h2>Figures after epoch {measured['epoch'] + 1:.0f}</h2>", table(figures)] if figures else []),
    ]
    if config.is_file():
        parts.append(f"<h2>Configuration</h2><details><summary>config.yaml</summary><pre>{escape(config.read_text())}")
        parts.append("</pre></details>")
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def samples(folder: Path) -> Iterator[tuple[str, str]]:
    """The first and the last grid, real images beside generated ones, and the animation, with captions."""
    grids = sorted((folder / "samples").glob("*.png"))
    for path in dict.fromkeys([*grids[:1], *grids[-1:]]):
        yield f"samples/{path.name}", f"after {int(path.stem):,} batches"
    beside = sorted((folder / "real_v_generated").glob("*.png"))
    if beside:
        yield f"real_v_generated/{beside[-1].name}", "real on the left, generated on the right"
    yield "training.gif", "from the first batch to the last"


def section(title: str, pictures: Iterable[tuple[str, str]], folder: Path) -> list[str]:
    """A heading and those of the pictures, files in ``folder`` with captions, that are there."""
    there = [(folder / name, caption) for name, caption in pictures if (folder / name).is_file()]
    shown = [
        f'<figure><img src="{inline(path)}" alt="{escape(caption)}"><figcaption>{escape(caption)}</figcaption></figure>'
        for path, caption in there
    ]
    return [f"<h2>{escape(title)}</h2>", *shown] if shown else []


def inline(path: Path) -> str:
    """A picture as a data URL."""
    return f"data:image/{path.suffix[1:]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def table(facts: dict[str, str]) -> str:
    """Names and values as an HTML table."""
    rows = [f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items()]
    return f"<table>{''.join(rows)}</table>"
