"""What a run leaves to go on from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from gan_lightning.training.divergence import Diverged


class NamedCheckpoint(ModelCheckpoint):
    """A ModelCheckpoint whose state is found again on resuming with another interval."""

    @property
    def state_key(self) -> str:
        return type(self).__qualname__


class LastCheckpoint(NamedCheckpoint):
    """Keeps the newest state as ``checkpoints/last.ckpt``, also when the run ends or is interrupted.

    Args:
        every_n_epochs: Save after every so many epochs.
        every_n_train_steps: Save after every so many batches instead.
    """

    def __init__(self, every_n_epochs: int | None = None, every_n_train_steps: int | None = None) -> None:
        super().__init__(
            filename="last",
            every_n_epochs=every_n_epochs,
            every_n_train_steps=every_n_train_steps,
            save_on_exception=True,
            enable_version_counter=False,
        )

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.dirpath and not self._should_skip_saving_checkpoint(trainer):
            trainer.save_checkpoint(Path(self.dirpath) / "last.ckpt", weights_only=False)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Saves, unless the run diverged. Where that led to another exception, saving says so in its place."""
        if not isinstance(exception, Diverged):
            super().on_exception(trainer, pl_module, exception)


class EpochCheckpoint(NamedCheckpoint):
    """Keeps the state after every so many epochs as ``checkpoints/epoch=E.ckpt``, E counting from 0.

    Args:
        every_n_epochs: Save after every so many epochs; 0 for never.
    """

    def __init__(self, every_n_epochs: int = 5) -> None:
        super().__init__(filename="{epoch}", every_n_epochs=every_n_epochs, save_top_k=-1)


class BestCheckpoint(NamedCheckpoint):
    """Keeps the state whose images measured best so far as ``checkpoints/best.ckpt``.

    Args:
        monitor: The logged figure to go by.
        mode: Whether the smallest ("min") or the largest ("max") value is the best.
    """

    def __init__(self, monitor: str = "val/fid", mode: Literal["min", "max"] = "min") -> None:
        super().__init__(
            filename="best",
            monitor=monitor,
            mode=mode,
            save_on_train_epoch_end=False,  # figures change at validation
            enable_version_counter=False,
        )

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.monitor in trainer.callback_metrics:  # where nothing was measured, nothing is best
            super().on_validation_end(trainer, pl_module)
