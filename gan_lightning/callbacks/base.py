"""When a picture is drawn, where it is filed and which loggers are shown it."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger

from gan_lightning.callbacks.loggers import forgiving
from gan_lightning.errors import check_number
from gan_lightning.pictures.images import Picture, write_png
from gan_lightning.storage.folders import run_folder
from gan_lightning.storage.writing import surviving


class PictureCallback(Callback):
    """Draws a picture every so many epochs or batches, on the first process only.

    Args:
        every_n_epochs: Draw after every so many epochs; 0 for never.
        every_n_batches: Draw after every so many batches; 0 for never.

    Raises:
        UsageError: A number is negative.
    """

    def __init__(self, every_n_epochs: int = 1, every_n_batches: int = 0) -> None:
        check_number(f"{type(self).__name__}.every_n_epochs", every_n_epochs, 0)
        check_number(f"{type(self).__name__}.every_n_batches", every_n_batches, 0)
        self.every_n_epochs = every_n_epochs
        self.every_n_batches = every_n_batches
        self.path: Path | None = None
        """The file last written."""
        self.folder = Path()
        """The run folder."""
        self._drawn_at = -1

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self.folder = run_folder(trainer)

    @abstractmethod
    def draw(self, trainer: Trainer, model: Any) -> None:
        """Makes the picture and publishes or keeps it."""

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if self.every_n_batches and trainer.global_step % self.every_n_batches == 0:
            self._draw_once(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0:
            self._draw_once(trainer, pl_module)

    def _draw_once(self, trainer: Trainer, model: Any) -> None:
        never = self.every_n_epochs == self.every_n_batches == 0
        if never or trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        if trainer.is_global_zero and trainer.global_step != self._drawn_at:
            self._drawn_at = trainer.global_step
            self.draw(trainer, model)

    def publish(self, trainer: Trainer, name: str, picture: Picture, filename: str) -> None:
        """Writes the picture to ``filename`` in the run folder and shows it to every logger that takes pictures."""
        with surviving("pictures", self.folder):
            write_png(self.folder / filename, picture)
            self.path = self.folder / filename
        for logger in trainer.loggers:
            show(logger, name, picture, trainer.global_step)


def show(logger: Logger, name: str, picture: Picture, step: int) -> None:
    """Shows a picture in TensorBoard, MLflow or a logger with ``log_image``, such as Weights & Biases'; no others."""
    with forgiving(logger):
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_image(name, picture, step, dataformats="HWC")
        elif isinstance(logger, MLFlowLogger):
            logger.experiment.log_image(logger.run_id, picture, f"{name}/{step:07d}.png")
        elif hasattr(logger, "log_image"):
            logger.log_image(name, [picture], step=step)
