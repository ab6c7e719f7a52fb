"""The course of a training, epoch by epoch, in a file that a spreadsheet reads."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.callbacks.pixels import PREFIX
from gan_lightning.metrics.ratings import quick_rating
from gan_lightning.objectives.adversarial import NonSaturating
from gan_lightning.storage.folders import run_folder
from gan_lightning.storage.writing import surviving, write_text

Row = dict[str, float]


class History(Callback):
    """Mean losses of each epoch, and the figures measured in it, as ``history.csv`` in the run folder.

    A row has ``epoch``, counting from 0, ``step``, ``images_seen``, ``seconds`` of training so far, in which measuring
    does not count, the means of both losses and of the discriminator's verdicts over all batches of the epoch, what
    ``PixelMetrics`` logged after it, and after a validation what it logged under ``val/``. Checkpoints keep the rows,
    so a resumed run's file is complete.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.path: Path | None = None
        self._validated: Row = {}
        self._seconds = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds of training so far, without validation."""
        return self._seconds + (0.0 if self._since is None else time.perf_counter() - self._since)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._since = time.perf_counter()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._pause()

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._pause()

    def _pause(self) -> None:
        self._seconds, self._since = self.seconds, None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self.path = run_folder(trainer) / "history.csv"

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._validated = logged(trainer, "val/")
        self._since = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        means = {
            name: float(trainer.strategy.reduce(mean, reduce_op="mean"))
            for name, mean in pl_module.tally.means().items()
        }
        pl_module.tally.reset()
        place = {"epoch": trainer.current_epoch, "step": trainer.global_step, "images_seen": pl_module.images_seen}
        pixels = logged(trainer, PREFIX)
        self.rows.append({**place, "seconds": round(self.seconds, 3), **means, **pixels, **self._validated})
        self._validated = {}
        if trainer.is_global_zero and not trainer.fast_dev_run:  # type: ignore[attr-defined]
            self.write()

    def write(self) -> None:
        """Writes all rows; what an epoch does not have is left empty."""
        assert self.path is not None
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        table = io.StringIO()
        writer = csv.DictWriter(table, columns, restval="")
        writer.writeheader()
        writer.writerows(self.rows)
        with surviving("the history", self.path.parent):
            write_text(self.path, table.getvalue())

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "validated": self._validated, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows, self._validated = state_dict["rows"], state_dict["validated"]
        self._seconds = state_dict["seconds"]


def logged(trainer: Trainer, prefix: str) -> Row:
    """The newest values of what is logged under ``prefix``."""
    return {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith(prefix)}


def history_of(trainer: Trainer) -> list[Row]:
    """The rows of the trainer's ``History``; none if it keeps none."""
    callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
    return next((callback.rows for callback in callbacks if isinstance(callback, History)), [])


def balance(rows: list[Row], model: Any) -> str | None:
    """The quick rating of the epochs so far; None where the generator's loss is not the one that it reads."""
    losses = [row["generator_loss"] for row in rows if "generator_loss" in row]
    return quick_rating(losses) if losses and isinstance(getattr(model, "loss", None), NonSaturating) else None


def read_history(path: Path) -> list[Row]:
    """The rows of a ``history.csv``, each with what it has."""
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
