"""How far runs are that train side by side, as their histories tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any

import yaml
from rich import get_console
from rich.progress import Progress
from typing_extensions import Self

from gan_lightning.callbacks.history import read_history
from gan_lightning.metrics.report import as_text
from gan_lightning.progress import columns, time_left
from gan_lightning.progress.work import WIDTH

GLANCE = 1.0
"""Seconds between two looks at the runs."""

INTERVAL = 60.0
"""Seconds between two lines, where the output is no terminal."""


class Watched:
    """A run that is being trained.

    Args:
        name: What it is called.
        folder: Its folder, with ``history.csv`` and ``config.yaml``.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.share, self.said = 0.0, "starts"
        self._changed = 0.0
        self._trainer: dict[str, Any] = {}
        self.look()
        self.begun = self.share
        """What share of it was done when watching began."""
        self._since = time.monotonic()

    def look(self) -> None:
        """Reads how far it is, where that has changed."""
        history, config = self.folder / "history.csv", self.folder / "config.yaml"
        if not (history.is_file() and config.is_file()) or history.stat().st_mtime == self._changed:
            return
        self._changed = history.stat().st_mtime
        self._trainer = self._trainer or yaml.safe_load(config.read_text())["trainer"]
        epochs, steps = (self._trainer.get(key) or -1 for key in ("max_epochs", "max_steps"))
        rows = read_history(history)
        done, fids = int(rows[-1]["epoch"]) + 1, [row["val/fid"] for row in rows if "val/fid" in row]
        self.share = min(1.0, max(done / epochs, rows[-1]["step"] / steps, 0.0))
        self.said = f"epoch {done}{f'/{epochs}' if epochs > 0 else ''}"
        if fids:
            self.said += f", fid {as_text('fid', fids[-1])}"

    def __str__(self) -> str:
        left = time_left(time.monotonic() - self._since, self.share - self.begun, 1 - self.share)
        return ", ".join(filter(None, [self.said, left])) if self.share < 1 else "is measured"


class Watch:
    """Shows how far runs are: a bar for each and one for all on a terminal, elsewhere a line a minute.

        with Watch(10) as watch, watch.over("digit 3", folder):
            ...  # the run is trained

    Runs may be trained in several threads.

    Args:
        total: How many runs there will be.
    """

    def __init__(self, total: int) -> None:
        self.total, self.ended, self.running = total, 0, dict[Watched, Any]()
        self._gained = 0.0
        """Runs' worth of training since watching began, in the runs that have ended."""
        self._bars: Progress | None = None
        if sys.stdout.isatty() and total:
            self._bars = Progress(*columns(), transient=True, console=get_console())
            self._all = self._bars.add_task(f"0 of {total} done", total=total, said="")
        self._since = time.monotonic()
        self._over, self._lock = Event(), Lock()
        self._thread = Thread(target=self._look_again_and_again, daemon=True)

    @contextmanager
    def over(self, name: str, folder: Path) -> Iterator[None]:
        """Shows a run, while it is trained."""
        run = Watched(name, folder)
        short = name if len(name) <= WIDTH else f"…{name[1 - WIDTH :]}"
        with self._lock:
            self.running[run] = self._bars.add_task(short, total=1.0, said=str(run)) if self._bars else None
        try:
            yield
        finally:
            with self._lock:
                task = self.running.pop(run)
                self.ended, self._gained = self.ended + 1, self._gained + 1 - run.begun
                if self._bars:
                    self._bars.remove_task(task)

    def look(self) -> None:
        """Reads how far the runs are, and draws it where there are bars."""
        with self._lock:
            for run, task in self.running.items():
                run.look()
                if self._bars:
                    self._bars.update(task, completed=run.share, said=str(run))
            if self._bars:
                told = f"{self.ended} of {self.total} done"
                self._bars.update(self._all, description=told, completed=self.total - self.rest, said=self.left)

    @property
    def rest(self) -> float:
        """How many runs' worth of training is still to be done."""
        return self.total - self.ended - sum(run.share for run in self.running)

    @property
    def left(self) -> str:
        """How long that takes."""
        done = self._gained + sum(run.share - run.begun for run in self.running)
        return time_left(time.monotonic() - self._since, done, self.rest)

    def __str__(self) -> str:
        runs = [f"{run.name} {run.said}" for run in self.running]
        return ", ".join(filter(None, [f"{self.ended} of {self.total} done", *runs, self.left]))

    def _look_again_and_again(self) -> None:
        told = time.monotonic()
        while not self._over.wait(GLANCE):
            self.look()
            if not self._bars and time.monotonic() >= told + INTERVAL:
                told = time.monotonic()
                with self._lock:  # runs must neither come nor go meanwhile
                    say(str(self))

    def __enter__(self) -> Self:
        (self._bars or nullcontext()).__enter__()
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        if self._bars:
            self._bars.stop()


def say(line: str) -> None:
    """Prints a line at one go, since others may be printed from other threads."""
    print(f"{line}\n", end="", flush=True)
