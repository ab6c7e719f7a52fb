"""The losses of both players as curves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from lightning.pytorch import Trainer

from gan_lightning.callbacks.base import PictureCallback
from gan_lightning.pictures.images import Picture
from gan_lightning.pictures.plots import curves

CURVES = {
    "Loss": {"discriminator": "train/discriminator_loss", "generator": "train/generator_loss"},
    "Discriminator's verdict": {"D(x), real": "train/d_real", "D(G(z)), generated": "train/d_fake"},
}
"""Each panel's curves and the logged values that they show."""

SHARE = 0.1
"""Of the time that the picture may take while training: where an epoch takes a second, not each is worth a new one."""


class LossCurves(PictureCallback):
    """Both losses, D(x) and D(G(z)) over the batches, as ``losses.png``, also when training ends.

    Checkpoints keep them, for resumed runs.

    Args:
        every_n_epochs: Draw after every so many epochs, unless drawing would take a tenth of the time; 0 for never.
        every_n_batches: Draw after every so many batches; 0 for never.
    """

    def __init__(self, every_n_epochs: int = 1, every_n_batches: int = 0) -> None:
        super().__init__(every_n_epochs, every_n_batches)
        self.history: dict[str, list[float]] = {}
        self._next = 0.0

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *_: Any) -> None:
        if pl_module.logs_this_step:
            self._keep(trainer, trainer.callback_metrics)
        super().on_train_batch_end(trainer, pl_module, *_)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        if (start := time.monotonic()) >= self._next:
            super().on_train_epoch_end(trainer, pl_module)
            stop = time.monotonic()
            self._next = stop + (stop - start) / SHARE

    def on_fit_end(self, trainer: Trainer, pl_module: Any) -> None:
        if not self.history and trainer.global_step:  # the run was too short for a logged step
            self._keep(trainer, {f"train/{name}": value for name, value in pl_module.scalars.items()})
        self._draw_once(trainer, pl_module)

    def _keep(self, trainer: Trainer, values: Mapping[str, Any]) -> None:
        row = {key: float(values[key]) for panel in CURVES.values() for key in panel.values() if key in values}
        for key, value in {"step": float(trainer.global_step), **row}.items():
            self.history.setdefault(key, []).append(value)

    def draw(self, trainer: Trainer, model: Any) -> None:
        if self.history:
            self.publish(trainer, "losses", self.plot(), "losses.png")

    def plot(self) -> Picture:
        """The history as a picture."""
        panels = {
            title: {label: list(self._points(key)) for label, key in named.items()} for title, named in CURVES.items()
        }
        return curves(panels, x_label="Batches")

    def _points(self, key: str) -> Iterator[tuple[float, float]]:
        values = self.history.get(key, [])
        return zip(self.history["step"][-len(values) :], values, strict=True) if values else iter(())

    def state_dict(self) -> dict[str, Any]:
        return {"history": self.history}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history = state_dict["history"]
