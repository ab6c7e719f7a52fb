"""A page about a run that can be sent to someone: one file, with its pictures in it and nothing to load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, Trainer

from gan_lightning.callbacks.facts import read_facts, write_end, write_facts
from gan_lightning.callbacks.history import balance, history_of, read_history
from gan_lightning.callbacks.metrics import QualityMetrics
from gan_lightning.callbacks.page import KEY_FID, Run, epoch_curves, page
from gan_lightning.pictures.images import write_png
from gan_lightning.storage.folders import run_folder
from gan_lightning.storage.writing import surviving, write_text


class HTMLReport(Callback):
    """Writes ``report.html`` and, for it, the curves by epoch ``epochs.png`` to the run folder when training ends.

    When it starts, what has to be known of the run goes to ``run.json``: data, seed, device, versions and the like;
    and when it ends, that it has.
    """

    def __init__(self) -> None:
        self.folder = Path()
        self.path: Path | None = None
        """The page, once it is written."""

    def setup(self, trainer: Trainer, pl_module: Any, stage: str) -> None:
        self.folder = run_folder(trainer)

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        if trainer.is_global_zero and not trainer.fast_dev_run:  # type: ignore[attr-defined]
            with surviving("run.json", self.folder):
                write_facts(self.folder, trainer, pl_module)

    def on_fit_end(self, trainer: Trainer, pl_module: Any) -> None:
        file = self.folder / "history.csv"  # which has the row of an epoch that the run's end has cut short
        rows = read_history(file) if file.is_file() else history_of(trainer)
        measured = any(KEY_FID in row for row in trainer.strategy.broadcast(rows))
        real = real_figures(trainer) if measured else {}
        if not trainer.is_global_zero or trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        with surviving("run.json", self.folder):
            write_end(self.folder)
        if rows:
            with surviving("the report", self.folder):
                write_png(self.folder / "epochs.png", epoch_curves(rows, real))
                run = Run(
                    model=type(pl_module).__name__,
                    folder=self.folder,
                    rows=rows,
                    real=real,
                    balance=balance(rows, pl_module),
                    conditional=pl_module.generator.num_classes > 0,
                    facts=read_facts(self.folder),
                )
                write_text(self.folder / "report.html", page(run))
                self.path = self.folder / "report.html"


def real_figures(trainer: Trainer) -> dict[str, float]:
    """The figures of training images, measured as the run's are; none where none are."""
    callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
    metrics = next((callback for callback in callbacks if isinstance(callback, QualityMetrics)), None)
    return metrics.real_figures(trainer) if metrics else {}
