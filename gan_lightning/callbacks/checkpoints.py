"""What a run leaves to go on from, saved only where going on is exact."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, Literal
from weakref import proxy

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.trainer.states import TrainerFn

from gan_lightning.storage.folders import CHECKPOINTS, run_folder
from gan_lightning.storage.writing import sweep, write_bytes


class SafeCheckpoint(ModelCheckpoint):
    """A checkpoint that a resumed run goes on from bit for bit, as if it had never stopped.

    It is saved between two batches, after a validation within an epoch, or after an epoch with all that belongs to it.
    Lightning's own ModelCheckpoint also saves before an epoch's end and, when interrupted, in the middle of a step.

    Args:
        filename: Without folder and suffix. ``{epoch}`` stands for ``epoch=E``.
    """

    def __init__(self, filename: str, **options: Any) -> None:
        super().__init__(filename=filename, enable_version_counter=False, **options)
        self.saved_at = -1
        """How many batches had been trained on when it last saved."""

    @property
    def state_key(self) -> str:
        return type(self).__qualname__  # so that it is found again on resuming with another interval

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self.dirpath = str(run_folder(trainer) / CHECKPOINTS)

    @abstractmethod
    def due(self, trainer: Trainer, epoch_ended: bool) -> bool:
        """Whether to save now."""

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        if not (trainer.is_last_batch or validation_follows(trainer)):
            self._at_safe_point(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        within = trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking
        if within and not trainer.is_last_batch:
            self._at_safe_point(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_last_batch:  # a run that ends within an epoch was saved after the batch, and may go on with it
            self._at_safe_point(trainer, epoch_ended=True)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Saves nothing: this may be the middle of a step."""

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Saves nothing: other callbacks may have put other weights in place."""

    def _at_safe_point(self, trainer: Trainer, epoch_ended: bool = False) -> None:
        if trainer.global_step != self.saved_at and not trainer.fast_dev_run and self.due(trainer, epoch_ended):  # type: ignore[attr-defined]
            self.saved_at = trainer.global_step
            self.save(trainer)

    def save(self, trainer: Trainer) -> None:
        """Saves now, and tells the loggers."""
        assert self.dirpath is not None
        assert self.filename is not None
        name = self.filename.format(epoch=f"epoch={trainer.current_epoch}")
        path = str(Path(self.dirpath) / f"{name}.ckpt")
        trainer.save_checkpoint(path, weights_only=False)
        self.last_model_path = path
        for logger in trainer.loggers:
            logger.after_save_checkpoint(proxy(self))

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """There is nothing to know: paths in a checkpoint are somebody else's."""


class LastCheckpoint(SafeCheckpoint):
    """Keeps the newest state as ``checkpoints/last.ckpt``, also when the run ends or is told to stop.

    Args:
        every_n_epochs: Save after every so many epochs; 1 by default.
        every_n_train_steps: Save after every so many batches instead.
    """

    def __init__(self, every_n_epochs: int | None = None, every_n_train_steps: int | None = None) -> None:
        super().__init__("last", every_n_epochs=every_n_epochs, every_n_train_steps=every_n_train_steps)
        self.wanted = False
        """Whether somebody asks for a checkpoint as soon as it is safe."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        super().setup(trainer, pl_module, stage)
        if stage == "fit" and trainer.is_global_zero:
            sweep(Path(str(self.dirpath)).parent)

    def due(self, trainer: Trainer, epoch_ended: bool) -> bool:
        if self.wanted or ends_here(trainer, epoch_ended):
            return True
        if self._every_n_train_steps:
            return trainer.global_step % self._every_n_train_steps == 0
        return epoch_ended and is_multiple(trainer.current_epoch + 1, self._every_n_epochs)

    def save(self, trainer: Trainer) -> None:
        self.wanted = False
        super().save(trainer)


class EpochCheckpoint(SafeCheckpoint):
    """Keeps the state after every so many epochs as ``checkpoints/epoch=E.ckpt``, E counting from 0.

    Args:
        every_n_epochs: Save after every so many epochs; 0 for never.
    """

    def __init__(self, every_n_epochs: int = 5) -> None:
        super().__init__("{epoch}", every_n_epochs=every_n_epochs, save_top_k=-1)

    def due(self, trainer: Trainer, epoch_ended: bool) -> bool:
        return epoch_ended and is_multiple(trainer.current_epoch + 1, self._every_n_epochs)


class BestCheckpoint(SafeCheckpoint):
    """Keeps the state whose images measured best so far as ``checkpoints/best.ckpt``.

    A resumed run knows the best figure from before. If it has a folder of its own, it begins with a copy of the file.

    Args:
        monitor: The logged figure to go by.
        mode: Whether the smallest ("min") or the largest ("max") value is the best.
    """

    def __init__(self, monitor: str = "val/fid", mode: Literal["min", "max"] = "min") -> None:
        super().__init__("best", monitor=monitor, mode=mode)
        self.best: float | None = None
        """The best value so far."""
        self.improved = False
        """Whether it is that of the weights that are not saved yet."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert self.dirpath is not None
        if self.best is None or trainer.ckpt_path is None:
            return
        own, before = Path(self.dirpath) / "best.ckpt", Path(trainer.ckpt_path).with_name("best.ckpt")
        if own.resolve() == before.resolve():
            return
        if not self._holds_best(before):
            self.best = None  # so that the run has a best checkpoint of its own
        elif trainer.is_global_zero:
            write_bytes(own, before.read_bytes())

    def _holds_best(self, path: Path) -> bool:
        if not path.is_file():
            return False
        callbacks = torch.load(path, weights_only=True, map_location="cpu", mmap=True).get("callbacks", {})
        return callbacks.get(self.state_key, {}).get("best") == self.best

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        figure = trainer.callback_metrics.get(str(self.monitor))
        if figure is not None and not trainer.sanity_checking:  # where nothing was measured, nothing is best
            value = float(figure)
            if self.best is None or (value < self.best if self.mode == "min" else value > self.best):
                self.best, self.improved = value, True
        super().on_validation_end(trainer, pl_module)

    def due(self, trainer: Trainer, epoch_ended: bool) -> bool:
        return self.improved

    def save(self, trainer: Trainer) -> None:
        self.improved = False
        super().save(trainer)
        self.best_model_path = self.last_model_path
        self.best_model_score = torch.tensor(self.best)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict.get("best")


def is_multiple(number: int, of: int) -> bool:
    """Whether ``number`` is a multiple of ``of``, of which 0 has none."""
    return of > 0 and number % of == 0


def validation_follows(trainer: Trainer) -> bool:
    """Whether the batch that was just trained on is followed by a validation."""
    loop = trainer.fit_loop
    return loop._data_fetcher is not None and loop.epoch_loop._should_check_val_fx(loop._data_fetcher)


def ends_here(trainer: Trainer, epoch_ended: bool) -> bool:
    """Whether the run ends after this batch or this epoch."""
    stopped = trainer.should_stop and trainer.fit_loop._can_stop_early
    steps = 0 <= trainer.max_steps <= trainer.global_step
    epochs = epoch_ended and trainer.max_epochs is not None and 0 <= trainer.max_epochs <= trainer.current_epoch + 1
    return stopped or steps or epochs
