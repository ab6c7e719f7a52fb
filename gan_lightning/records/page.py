"""Runs beside one another: their figures, options, curves and grids, on one page that can be sent around."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

import imageio.v3 as iio

from gan_lightning.callbacks.page import inline
from gan_lightning.metrics.report import FIGURES, about, as_text
from gan_lightning.pictures.images import data_url
from gan_lightning.pictures.plots import curves
from gan_lightning.records.options import as_word, not_default
from gan_lightning.records.record import Record

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2rem; border-bottom: 1px solid; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
thead th { border-bottom: 1px solid; }
figure { display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top; } img { max-width: 100%; }
figcaption { font-size: .9rem; }
"""

PANELS = {
    "Fréchet distance": "val/fid",
    "Generator's loss": "generator_loss",
    "Discriminator's loss": "discriminator_loss",
}
"""Curves over the images seen; a panel that no run has a value for is left out."""

NO_FIGURES = {"generator_loss", "discriminator_loss", "d_real", "d_fake"}
"""What validation logs besides."""

Table = dict[str, list[str]]
"""Rows by their titles, with a cell for each run."""


def comparison(records: Sequence[Record]) -> str:
    """The page, as HTML without anything to load."""
    title = f"{len(records)} runs"
    shown = [(record, grid) for record in records for grid in last_grid(record)]
    grids = [
        f'<figure><img src="{inline(grid)}" alt="samples of {escape(str(record))}">'
        f"<figcaption>{escape(str(record))}, after {int(grid.stem):,} batches</figcaption></figure>"
        for record, grid in shown
    ]
    parts = [
        f"<h1>{title}</h1>",
        as_html(figures_table(records), records),
        f"<h2>Options that differ</h2>{as_html(options_table(records), records)}",
        *([f'<h2>Training</h2><img src="{picture}" alt="curves">'] if (picture := curves_over_images(records)) else []),
        *(["<h2>Samples</h2>", *grids] if grids else []),
    ]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def figures_table(records: Sequence[Record]) -> Table:
    """What each run has seen and reached; a run that was tested has the figures of its test."""
    found = [figures(record) for record in records]
    rows = {
        "epochs": [str(record.epochs) for record in records],
        "images seen": [f"{record.images_seen:,}" for record in records],
        "minutes": [f"{record.history[-1].get('seconds', 0) / 60:.1f}" if record.history else "" for record in records],
    }
    measured = {name for values in found for name in values}
    names = [name for name in [*FIGURES, *sorted(measured - FIGURES.keys() - NO_FIGURES)] if name in measured]
    for name in names:
        cells = [as_text(name, values[name]) if name in values else "" for values in found]
        rows[f"{name} {about(name).better}".strip()] = cells
    return rows


def figures(record: Record) -> Mapping[str, float]:
    """The figures in a run's ``metrics.json``, or else those of its last validation."""
    try:
        tested: dict[str, float] = json.loads((record.folder / "metrics.json").read_text())["figures"]
        return {name: float(value) for name, value in tested.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        measured = [row for row in record.history if "val/fid" in row]
        last = measured[-1].items() if measured else ()
        return {name.removeprefix("val/"): value for name, value in last if name.startswith("val/")}


def options_table(records: Sequence[Record]) -> Table:
    """The options in which the runs differ; an option that a run's class has by itself, or not at all, is empty."""
    own = [not_default(record.options) for record in records]
    names = dict.fromkeys(name for options in own for name in options)
    rows = {name: [as_word(options[name]) if name in options else "" for options in own] for name in names}
    return {name: cells for name, cells in rows.items() if len(set(cells)) > 1}


def curves_over_images(records: Sequence[Record]) -> str | None:
    """The curves of all runs over each other as a data URL; None where no run has any."""
    panels = {
        title: {
            str(record): [
                (row["images_seen"], row[key]) for row in record.history if {"images_seen", key} <= row.keys()
            ]
            for record in records
        }
        for title, key in PANELS.items()
    }
    drawn = {title: {name: c for name, c in named.items() if c} for title, named in panels.items()}
    drawn = {title: named for title, named in drawn.items() if named}
    if not drawn:
        return None
    return data_url(iio.imwrite("<bytes>", curves(drawn, x_label="Images seen"), extension=".png"), "image/png")


def last_grid(record: Record) -> Iterator[Path]:
    """The newest grid of samples, if there is one."""
    grids = [path for path in (record.folder / "samples").glob("*.png") if path.stem.isdecimal()]
    yield from sorted(grids, key=lambda path: int(path.stem))[-1:]


def as_html(rows: Table, records: Sequence[Record]) -> str:
    """A table with a column for each run."""
    head = "".join(f"<th>{escape(str(record))}</th>" for record in records)
    body = "".join(
        f"<tr><th>{escape(title)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for title, cells in rows.items()
    )
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else "<p>none</p>"


def as_markdown(rows: Table, records: Sequence[Record]) -> list[str]:
    """The lines of the same table."""
    lines = [f"| | {' | '.join(map(str, records))} |", f"| --- |{' ---: |' * len(records)}"]
    return [*lines, *(f"| `{title}` | {' | '.join(cells)} |" for title, cells in rows.items())]
