"""What a run leaves to go on from."""

from __future__ import annotations

from lightning.pytorch.callbacks import ModelCheckpoint


class LastCheckpoint(ModelCheckpoint):
    """Keeps the newest state of the run as ``checkpoints/last.ckpt``, and saves it when the run is interrupted.

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


class EpochCheckpoint(ModelCheckpoint):
    """Keeps the state after every so many epochs as ``checkpoints/epoch=E.ckpt``, E counting from 0.

    Args:
        every_n_epochs: Save after every so many epochs; 0 for never.
    """

    def __init__(self, every_n_epochs: int = 5) -> None:
        super().__init__(filename="{epoch}", every_n_epochs=every_n_epochs, save_top_k=-1)
