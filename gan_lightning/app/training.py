"""The tab that shows how a model was trained: its grids over time, curves, configuration and report."""

from __future__ import annotations

import bisect
from html import escape
from pathlib import Path

import imageio.v3 as iio
import numpy as np

from gan_lightning.app.controls import gr, live
from gan_lightning.callbacks.history import Row, read_history
from gan_lightning.callbacks.page import epoch_curves
from gan_lightning.pictures.decoding import decode
from gan_lightning.pictures.images import data_url


def training_tab(folder: Path, tab: gr.Tab) -> None:
    """What there is of the run in ``folder``."""
    rows = history(folder)
    grids = grids_of(folder)
    if not rows and not grids:
        gr.Markdown("Nothing of its training is beside this checkpoint.")
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            if grids:
                grids_over_time(grids, rows, tab)
        with gr.Column(scale=2, min_width=320):
            if rows:
                curves_by_epoch(rows, tab)
    for title, name in {"Animation": "training.gif", "Configuration": "config.yaml", "Report": "report.html"}.items():
        if path := inside(folder, name):
            with gr.Accordion(title, open=False) as part:
                part.expand(lambda path=path: shown(path), None, gr.HTML("", elem_classes="report"))


def grids_over_time(grids: list[Path], rows: list[Row], tab: gr.Tab) -> None:
    """A slider over the grids, the last of which is shown at first."""
    picture = gr.HTML("", elem_classes="still")
    last = len(grids) - 1
    place = gr.Slider(0, max(1, last), last, step=1, label="Grid of samples, from first to last", interactive=True)

    def show(index: float) -> str:
        path = grids[min(int(index), last)]
        caption = when(int(path.stem), rows)
        return f'<img src="{data_url(without_gaps(path), "image/png")}" alt="samples {caption}"><p>{caption}</p>'

    live(show, [place], picture, tab)


def curves_by_epoch(rows: list[Row], tab: gr.Tab) -> None:
    """The curves of the run as one picture, drawn when the tab is opened."""
    picture = gr.HTML("", elem_classes="curves")

    def draw() -> str:
        file = iio.imwrite("<bytes>", epoch_curves(rows, {}), extension=".png")
        return f'<img src="{data_url(file, "image/png")}" alt="losses and figures by epoch">'

    tab.select(draw, None, picture, show_progress="hidden")


def history(folder: Path) -> list[Row]:
    """The rows of the run's history; none if it has none, or a damaged one."""
    path = inside(folder, "history.csv")
    try:
        return read_history(path) if path else []
    except (ValueError, KeyError):
        return []


def grids_of(folder: Path) -> list[Path]:
    """The grids of samples of the run in ``folder``, from the first to the last."""
    names = sorted(path.name for path in (folder / "samples").glob("*.png") if path.stem.isdecimal())
    return [path for name in names if (path := inside(folder, f"samples/{name}"))]


def inside(folder: Path, name: str) -> Path | None:
    """The file of that name in ``folder``, unless it is absent or a link to a file elsewhere."""
    path = folder / name
    return path if path.is_file() and path.resolve() == folder.resolve() / name else None


def without_gaps(path: Path) -> bytes:
    """A grid as PNG whose white lines between the images are transparent, since the page may be dark."""
    pixels = np.asarray(decode(path, 3, path.name))
    white = (pixels == 255).all(axis=2)
    gaps = white.all(axis=1)[:, None] | white.all(axis=0)
    return iio.imwrite("<bytes>", np.dstack([pixels, np.where(gaps, 0, 255).astype(np.uint8)]), extension=".png")


def when(step: int, rows: list[Row]) -> str:
    """At what time of the training a grid was drawn, before which so many batches were taken."""
    if step == 0:
        return "before the first batch"
    ends = [row["step"] for row in rows]
    at = bisect.bisect_left(ends, step)
    epoch = f", epoch {rows[at]['epoch'] + 1:.0f}" if at < len(ends) else ""
    return f"after {step:,} batches{epoch}"


def shown(path: Path) -> str:
    """A file of the run as HTML. What a report might run stays shut in a frame without scripts."""
    if path.suffix == ".gif":
        return f'<img src="{data_url(path.read_bytes(), "image/gif")}" alt="the same latents over the training">'
    text = escape(path.read_text(encoding="utf-8", errors="replace"))
    if path.suffix == ".html":
        return f'<iframe sandbox srcdoc="{text}" title="report"></iframe>'
    return f"<pre>{text}</pre>"
