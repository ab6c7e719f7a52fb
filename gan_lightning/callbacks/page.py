"""A run's files as one page of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from gan_lightning.callbacks.history import Row
from gan_lightning.callbacks.pixels import PANELS as PIXEL_PANELS
from gan_lightning.callbacks.pixels import PREFIX, real_name
from gan_lightning.metrics.ratings import final_rating
from gan_lightning.metrics.report import FIGURES, as_text
from gan_lightning.pictures.images import Picture, data_url
from gan_lightning.pictures.plots import Curve, curves

KEY_FID = "val/fid"

PANELS = {
    "Loss": {"discriminator": "discriminator_loss", "generator": "generator_loss"},
    "Discriminator's verdict": {"D(x), real": "d_real", "D(G(z)), generated": "d_fake"},
    "Fréchet distance": {"generated images": KEY_FID},
    **{title: {"generated images": f"{PREFIX}{name}"} for title, name in PIXEL_PANELS.items()},
}
"""Curves by epoch; a panel without any value is left out."""

MOST_FRAMES = 24
"""Grids on the page, which each takes about 50 kB."""

STILLS = 4
"""Grids that are shown where nothing moves, as on paper."""


@dataclass(frozen=True)
class Run:
    """What a page tells of a run, besides the files in its folder.

    Args:
        model: The name of its class.
        folder: Where the pictures and ``config.yaml`` are.
        rows: The history, at least a row.
        real: The figures of real images, if any were measured.
        balance: The quick rating, if there is one.
        conditional: Whether the grids have a row for each class.
        facts: The contents of ``run.json``.
    """

    model: str
    folder: Path
    rows: list[Row]
    real: Mapping[str, float]
    balance: str | None
    conditional: bool
    facts: Mapping[str, Any]

    @property
    def measured(self) -> Row:
        """The last row with a Fréchet distance, or else the last one."""
        return next((row for row in reversed(self.rows) if KEY_FID in row), self.rows[-1])


def page(run: Run) -> str:
    """The page as HTML; what the run has not is left out."""
    figures = {name.removeprefix("val/"): value for name, value in run.measured.items() if name.startswith("val/")}
    rated = "fid" in figures and "fid" in run.real
    beside = sorted((run.folder / "real_v_generated").glob("*.png"))
    config = run.folder / "config.yaml"
    template = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    return template.get_template("report.html").render(
        title=" on ".join([run.model, *([run.facts["data"]] if "data" in run.facts else [])]),
        folder=run.folder,
        conditional=run.conditional,
        rating=final_rating(figures, run.real) if rated else None,
        fid=as_text("fid", figures["fid"]) if "fid" in figures else None,
        real_fid=as_text("fid", run.real["fid"]) if rated else None,
        progress=progress(run),
        frames=frames(run),
        animation=inline(run.folder / "training.gif"),
        losses=inline(run.folder / "losses.png"),
        epochs=inline(run.folder / "epochs.png"),
        figures=table(run),
        measured=f"{run.measured['epoch'] + 1:.0f}",
        beside=inline(beside[-1]) if beside else None,
        facts=told(run),
        repeat=f"python -m gan_lightning fit --config {config}",
        config=config.read_text() if config.is_file() else None,
    )


def progress(run: Run) -> dict[str, str]:
    """How far the training went, and how its players stand."""
    last = run.rows[-1]
    found = {
        "Epochs": f"{last['epoch'] + 1:,.0f}",
        "Batches": f"{last['step']:,.0f}",
        "Images seen": f"{last['images_seen']:,.0f}",
    }
    for player in ("generator", "discriminator"):
        if (loss := f"{player}_loss") in last:
            found[f"{player.capitalize()}'s loss"] = as_text(loss, last[loss])
    return {**found, **({"Balance of the players": run.balance} if run.balance else {})}


def frames(run: Run) -> list[dict[str, Any]]:
    """The grids of samples from first to last, with the words that follow "samples" and whether each is a still."""
    epochs = {int(row["step"]): int(row["epoch"]) + 1 for row in run.rows}
    found = spaced(sorted((run.folder / "samples").glob("*.png")), MOST_FRAMES)
    stills = spaced(found, STILLS)
    shown = []
    for path in found:
        step = int(path.stem)
        after = f"after epoch {epochs[step]}, {step:,} batches" if step in epochs else f"after {step:,} batches"
        caption = after if step else "before training"
        shown.append({"source": inline(path), "caption": caption, "key": path in stills})
    return shown


def spaced(items: list[Path], most: int) -> list[Path]:
    """At most so many of the items, at even distances, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def table(run: Run) -> list[dict[str, str]]:
    """The figures, those of generated images beside those of real ones."""
    row = run.measured
    rows = []
    for name, figure in FIGURES.items():
        generated = row.get(f"val/{name}", row.get(f"{PREFIX}{name}"))
        real = run.real.get(name, row.get(real_name(name)))
        if generated is not None:
            told = {"generated": generated, "real": real}
            values = {side: "" if value is None else as_text(name, value) for side, value in told.items()}
            rows.append({**figure._asdict(), **values})
    return rows


def told(run: Run) -> dict[str, str]:
    """The facts in words."""
    known = run.facts
    if not known:
        return {}
    shape = "×".join(map(str, known["image_shape"]))
    parameters = [f"{count:,} of the {player}" for player, count in known["parameters"].items()]
    device = [known["device"], f"{known['cores']} cores", known["precision"]]
    device += [f"{known['processes']} processes"] if known["processes"] > 1 else []
    hours, seconds = divmod(round(run.rows[-1].get("seconds", 0)), 3600)
    found = {
        "Data": f"{known['data']}, images {shape}, {len(known['classes'])} classes",
        "Batches": f"{known['batches_per_epoch']:,} of {known['batch_size']} images an epoch",
        "Seed": known["seed"],
        "Parameters": " and ".join(parameters),
        "Device": ", ".join(device),
        "Versions": ", ".join(f"{name} {number}" for name, number in known["versions"].items()),
        "Revision": known.get("revision"),
        "Started": known["started"],
        "Took": f"{hours}:{seconds // 60:02}:{seconds % 60:02} of training, measuring left out",
        "Command": known.get("command"),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def epoch_curves(rows: list[Row], real: Mapping[str, float]) -> Picture:
    """The curves of ``PANELS``, with the values of real images as dashed lines."""
    return curves(panels_by_epoch(rows), x_label="Epochs", real=real_levels(rows, real), across=2)


def panels_by_epoch(rows: list[Row]) -> dict[str, dict[str, Curve]]:
    """The curves of ``PANELS`` that have values."""
    found: dict[str, dict[str, Curve]] = {
        title: {name: [(row["epoch"] + 1, row[key]) for row in rows if key in row] for name, key in named.items()}
        for title, named in PANELS.items()
    }
    return {title: named for title, named in found.items() if any(named.values())}


def real_levels(rows: list[Row], real: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """The values of real images by panel and curve."""
    known = {**rows[-1], **({real_name(KEY_FID): real["fid"]} if "fid" in real else {})}
    return {
        title: {name: known[real_name(key)] for name, key in named.items() if real_name(key) in known}
        for title, named in PANELS.items()
    }


def inline(path: Path) -> str | None:
    """A picture as a data URL; None if it is not there."""
    if not path.is_file():
        return None
    return data_url(path.read_bytes(), f"image/{path.suffix[1:]}")
