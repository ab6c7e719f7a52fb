"""A line for each run: what it was, how far it got and how good it became."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES, as_text
from gan_lightning.records.options import ClassPath, Options, as_word, changes, flatten
from gan_lightning.records.record import Record
from gan_lightning.storage.shipped import shipped_configs

Complete = Callable[[Sequence[str]], dict[str, Any]]
"""From options of fit to the whole configuration that they make."""

HASH = re.compile(r"(-[0-9a-f]{8})+$")
"""How the names of a table's runs end."""


@dataclass(frozen=True)
class Line:
    """What the table says of a run.

    Args:
        run: Its name and version.
        configuration: What its options are compared with: a file, or a model and its defaults.
        changes: Its options that are otherwise there, as they are typed.
        epochs: How many are complete.
        images_seen: In them.
        best: The best figure; None where it was never measured.
        best_epoch: When that was, counting from 1.
        best_images_seen: The same in images.
        size: Bytes of its files.
        changed: When one of them was last written, in seconds since 1970.
    """

    run: str
    configuration: str
    changes: dict[str, str]
    epochs: int
    images_seen: int
    best: float | None
    best_epoch: int | None
    best_images_seen: int | None
    size: int
    changed: float

    def matches(self, text: str) -> bool:
        """Whether ``text`` is in its name, its configuration's or one of its changes."""
        words = [self.run, self.configuration, *(f"{name}={value}" for name, value in self.changes.items())]
        return any(text in word for word in words)


class Lines:
    """Makes the lines of runs.

    Args:
        configs: The folder of the configurations that runs may be of.
        complete: How an option's default is known.
        figure: The figure whose best value is shown.
    """

    def __init__(self, configs: Path, complete: Complete, figure: str) -> None:
        self.configs, self.complete, self.figure = configs, complete, figure
        self.highest = FIGURES[figure].better == "↑"
        self._known: dict[tuple[str, ...], Options | None] = {}

    def line(self, record: Record) -> Line:
        title, words = self.base(record)
        options = self.options(words)
        changed = {} if options is None else changes(record.options, options)
        best = record.best(self.figure, self.highest)
        return Line(
            run=str(record),
            configuration=title,
            changes={name: as_word(value) for name, value in changed.items()},
            epochs=record.epochs,
            images_seen=record.images_seen,
            best=best[f"val/{self.figure}"] if best else None,
            best_epoch=int(best["epoch"]) + 1 if best else None,
            best_images_seen=int(best["images_seen"]) if best else None,
            size=record.size,
            changed=record.changed,
        )

    def base(self, record: Record) -> tuple[str, tuple[str, ...]]:
        """What a run is compared with, in words and as options: the configuration of its name, or its model's own."""
        name = HASH.sub("", record.folder.absolute().parent.name)
        path = self.configs / f"{name}.yaml"
        path = path if path.is_file() else shipped_configs().get(name, path)
        if path.is_file():
            return str(path), (f"--config={path}",)
        model = record.options.get("model")
        named = {
            key: record.options[key] for key in ("model", "data") if isinstance(record.options.get(key), ClassPath)
        }
        return as_word(model), tuple(f"--{key}={value}" for key, value in named.items())

    def options(self, words: tuple[str, ...]) -> Options | None:
        """All options that ``words`` make; None where they make none, such as those of a class that is not here."""
        if words not in self._known:
            try:
                self._known[words] = flatten(self.complete(words))
            except UsageError:
                self._known[words] = None
        return self._known[words]

    def markdown(self, lines: Sequence[Line]) -> list[str]:
        """The lines of a Markdown table."""
        figure = f"best `{self.figure}` {FIGURES[self.figure].better}"
        titles = [
            "run",
            "configuration",
            "epochs",
            "images seen",
            figure,
            "after epoch",
            "size",
            "age",
            "changed options",
        ]
        right = {"epochs", "images seen", figure, "after epoch", "size", "age"}
        rule = " | ".join("---:" if title in right else "---" for title in titles)
        return [f"| {' | '.join(titles)} |", f"| {rule} |", *(f"| {' | '.join(self.cells(line))} |" for line in lines)]

    def cells(self, line: Line) -> list[str]:
        best = "" if line.best is None else as_text(self.figure, line.best)
        changed = ", ".join(f"`{name}={value}`" for name, value in line.changes.items())
        place = [f"{line.epochs:,}", f"{line.images_seen:,}", best, str(line.best_epoch or "")]
        return [line.run, line.configuration, *place, bytes_text(line.size), age_text(line.changed), changed]


def as_json(line: Line) -> dict[str, Any]:
    """A line as plain data, with its age in seconds."""
    return {**asdict(line), "age_seconds": round(time.time() - line.changed)}


def bytes_text(size: float) -> str:
    """Bytes in a unit that leaves few digits."""
    units = ["B", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.3g} {units[0]}"


def age_text(since: float) -> str:
    """How long ago it was, in a unit that leaves few digits."""
    seconds = max(0.0, time.time() - since)
    for unit, length in {"d": 86400, "h": 3600, "min": 60}.items():
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
