"""How samples look, after every epoch."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Callback, Trainer
from torch import Tensor

from gan_lightning.callbacks.grids import FIXED_SEED
from gan_lightning.data import ImageDataModule
from gan_lightning.metrics.pixels import PixelFigures

PREFIX = "pixels/"
"""Of the names of what is logged."""

PANELS = {
    "Pixel diversity": "pixel_diversity",
    "Sharpness": "sharpness",
    "Contrast": "contrast",
}
"""Titles of the figures, for curves."""


class PixelMetrics(Callback):
    """Logs pixel diversity, sharpness and contrast of samples after every epoch, which takes a fraction of a second.

    They are ``pixels/pixel_diversity``, ``pixels/sharpness`` and ``pixels/contrast`` of samples from fixed latents.
    ``pixels/real_pixel_diversity`` and so on are those of as many training images, the first of the first epoch.

    Args:
        num_images: How many images of either kind.
    """

    def __init__(self, num_images: int = 128) -> None:
        self.num_images = num_images
        self._real: dict[str, Tensor] | None = None

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        found = pixel_figures(pl_module.sample(self.num_images, seed=FIXED_SEED))
        if self._real is None:
            self._real = self._real_figures(trainer, pl_module)
        pl_module.log_dict({f"{PREFIX}{name}": value for name, value in found.items()})
        pl_module.log_dict({real_name(f"{PREFIX}{name}"): value for name, value in self._real.items()})

    def _real_figures(self, trainer: Trainer, model: Any) -> dict[str, Tensor]:
        """Those of training images; none of data that could not be read without moving on the training stream."""
        data = trainer.datamodule  # type: ignore[attr-defined]
        if not isinstance(data, ImageDataModule):
            return {}
        return pixel_figures(model.to_uint8(data.first_images(self.num_images)))


def pixel_figures(images: Tensor) -> dict[str, Tensor]:
    """The figures of images uint8 (N, C, H, W), of which each process has the same."""
    metric = PixelFigures((images.shape[1], images.shape[2], images.shape[3]), sync_on_compute=False)
    metric.update(images.cpu())
    return metric.compute()


def real_name(name: str) -> str:
    """The name of the real images' own value of what is logged as ``name``."""
    return f"{PREFIX}real_{name.removeprefix(PREFIX)}"
