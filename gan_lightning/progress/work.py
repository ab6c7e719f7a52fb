"""One piece of work that takes a while: a bar on a terminal, lines elsewhere, such as in a job's log."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from types import TracebackType

from lightning.pytorch.utilities import rank_zero_only
from rich import get_console
from rich.errors import LiveError
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
from rich.table import Column
from typing_extensions import Self

DELAY = 5.0
"""Seconds of work of which nothing is said."""

INTERVAL = 60.0
"""Seconds between two lines."""

WIDTH = 32
"""Columns of a bar's line that say what is being done."""


class Work:
    """Shows how far a piece of work is, if it takes more than ``DELAY`` seconds.

        with Work("features of 60,000 images") as work:
            work(0.5)  # half of it is done

    The bar is a line of 80 columns, and gone at the end; where the output is no terminal, a line is printed at most
    every ``INTERVAL`` seconds. Processes other than the first show nothing.

    Args:
        what: What is being done.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._bar: Progress | None = None
        self._stack = ExitStack()
        self._began = time.monotonic()
        self._next = self._began + DELAY

    def __call__(self, share: float) -> None:
        """Is told, as often as one likes, what share of the work is done, from 0 to 1."""
        now, share = time.monotonic(), min(share, 1.0)
        if now < self._next or rank_zero_only.rank:  # type: ignore[attr-defined]
            return
        left = time_left(now - self._began, share, 1 - share)
        if sys.stdout.isatty() and self._show(share, left):
            return
        print(", ".join(filter(None, [f"{self.what}: {share:.0%}", left])), flush=True)
        self._next = now + INTERVAL

    def _show(self, share: float, left: str) -> bool:
        """Draws the bar; whether that was possible, which it is not below another bar of rich before 14.1."""
        if self._bar is None:
            bar = Progress(*columns(), transient=True, console=get_console())
            try:
                self._bar = self._stack.enter_context(bar)
            except LiveError:
                return False
            self._bar.add_task(self.what, total=1.0, said="")
        self._bar.update(self._bar.task_ids[0], completed=share, said=f"{share:4.0%} {left}")
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()


def columns() -> list[ProgressColumn]:
    """What a task is, a short bar, and its field ``said``: a line of 80 columns, in which what is too long is cut."""
    what, said = (Column(no_wrap=True, max_width=width) for width in (WIDTH, 38))
    return [
        TextColumn("{task.description}", table_column=what, markup=False),
        BarColumn(8),
        TextColumn("{task.fields[said]}", table_column=said, markup=False),
    ]


def time_left(seconds: float, done: float, rest: float) -> str:
    """How long the ``rest`` takes if what is ``done`` took so many seconds, as "2:03 left"; "" if nothing is."""
    return f"{duration(seconds * max(rest, 0.0) / done)} left" if done > 0 else ""


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
