"""How fast the training is and how far."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import ProgressBar, RichProgressBar
from rich.progress import BarColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from gan_lightning.callbacks.history import Row, balance, history_of
from gan_lightning.metrics.report import as_text
from gan_lightning.progress import duration

LOSSES = {"D": "discriminator_loss", "G": "generator_loss"}


class Throughput(Callback):
    """Logs ``train/images_per_second`` over all processes, since the last logged step or the epoch's start."""

    def __init__(self) -> None:
        self._start: tuple[float, int] = (0.0, 0)

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        self._begin(pl_module)  # a run that goes on within an epoch does not start the epoch

    def on_train_epoch_start(self, trainer: Trainer, pl_module: Any) -> None:
        self._begin(pl_module)

    def _begin(self, pl_module: Any) -> None:
        self._start = time.perf_counter(), pl_module.images_seen

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *_: Any) -> None:
        if pl_module.logs_this_step:
            now, seen = time.perf_counter(), pl_module.images_seen
            pl_module.log("train/images_per_second", (seen - self._start[1]) / (now - self._start[0]))
            self._start = now, seen


class GANProgressBar(RichProgressBar):
    """A bar with both losses and images per second, read at logged steps only, since reading waits for the device.

    After each epoch it also says whether the players are in balance, by ``ratings.quick_rating``. All of it fits into
    a line of 80 columns.

    Args:
        refresh_rate: Updates a second; 0 hides the bar.
    """

    SHOWN: ClassVar = {
        "train/discriminator_loss": "D {:.2f}",
        "train/generator_loss": "G {:.2f}",
        "train/images_per_second": "{:,.0f}/s",
        "val/fid": "fid {:.3g}",
    }

    def __init__(self, refresh_rate: int = 10) -> None:
        super().__init__(refresh_rate=refresh_rate)
        self.values: list[str] = []
        """What is shown of the logged values."""
        self.balance: str = ""

    def configure_columns(self, trainer: Trainer) -> list[ProgressColumn]:
        bar = BarColumn(bar_width=8, complete_style=self.theme.progress_bar)
        return [TextColumn("{task.description}"), bar, TimeRemainingColumn(), ValuesColumn(self)]

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *args: Any) -> None:
        if pl_module.logs_this_step:
            logged = trainer.callback_metrics
            self.values = [form.format(float(logged[key])) for key, form in self.SHOWN.items() if key in logged]
        super().on_train_batch_end(trainer, pl_module, *args)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        self.balance = balance(history_of(trainer), pl_module) or ""
        super().on_train_epoch_end(trainer, pl_module)

    def get_metrics(self, trainer: Trainer, pl_module: Any) -> dict[str, int | str | float | dict[str, float]]:
        return {}  # they have a column of their own, which is narrower

    def _get_train_description(self, current_epoch: int) -> str:
        epochs = f"/{self.trainer.max_epochs}" if (self.trainer.max_epochs or -1) > 0 else ""
        return f"Epoch {current_epoch + 1}{epochs}"


class ValuesColumn(ProgressColumn):
    """The values of ``bar``, beside the progress of its epoch."""

    def __init__(self, bar: GANProgressBar) -> None:
        super().__init__()
        self.bar = bar

    def render(self, task: Task) -> Text:
        shown = task.id == self.bar.train_progress_bar_id
        return Text(" ".join([*self.bar.values, self.bar.balance]) if shown else "", no_wrap=True)


class EpochLines(ProgressBar):
    """A line for each epoch, where the output is no terminal and a bar could not move, such as a job's log.

    Args:
        seconds: Least time between two lines: epochs that end sooner have none, but for the last one.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.seconds = seconds
        self._enabled, self._next = True, 0.0

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> None:
        """Prints nothing, as in all processes but the first."""
        self._enabled = False

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        rows, epochs = history_of(trainer), trainer.max_epochs or -1
        now, last = time.monotonic(), trainer.current_epoch + 1 == epochs
        if self._enabled and rows and (now >= self._next or last):
            self._next = now + self.seconds
            print(epoch_line(rows, epochs), flush=True)


def epoch_line(rows: list[Row], epochs: int) -> str:
    """How the last of the epochs so far went, and how long the rest of ``epochs`` will take; -1 for no end."""
    before, row = rows[-2] if len(rows) > 1 else {}, rows[-1]
    seconds, images = (row[name] - before.get(name, 0.0) for name in ("seconds", "images_seen"))
    done = int(row["epoch"]) + 1
    parts = [f"{letter} loss {row[key]:.3f}" for letter, key in LOSSES.items() if key in row]
    if seconds > 0:
        parts.append(f"{images / seconds:,.0f} images/s")
    if "val/fid" in row:
        parts.append(f"fid {as_text('fid', row['val/fid'])}")
    if done < epochs:
        parts.append(f"{duration((epochs - done) * seconds)} left")
    return f"epoch {done}{f'/{epochs}' if epochs > 0 else ''}: {', '.join(parts)}"
