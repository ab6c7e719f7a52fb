"""Grids of images: samples from fixed latents, real beside generated, and how the samples came to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor

from gan_lightning.callbacks.base import PictureCallback
from gan_lightning.callbacks.loggers import forgiving
from gan_lightning.errors import check_number
from gan_lightning.pictures.images import Picture, gif_bytes, image_grid
from gan_lightning.storage.writing import surviving, write_bytes

FIXED_SEED = 0
"""Of the latents that every grid of a run shares, so that its pictures can be compared."""

MOST = 100
"""Images in a row or a column: a picture of more takes gigabytes, and nobody sees them."""

MOST_FRAMES = 10_000
"""Of an animation, which is kept in memory and in checkpoints."""


def check_sides(owner: Any, **sides: int) -> None:
    """Raises UsageError where a side of a grid of ``owner``, by its name, is not from 1 to ``MOST`` images."""
    for name, side in sides.items():
        check_number(f"{type(owner).__name__}.{name}", side, 1, MOST)


def fixed_samples(model: Any, rows: int, columns: int) -> Tensor:
    """Samples from fixed latents, uint8 (N, C, H, W), row by row; conditional: a row for each class, not ``rows``."""
    if not model.generator.num_classes:
        return model.sample(rows * columns, seed=FIXED_SEED)
    classes = len(model.classes)
    images = model.sample(classes * columns, seed=FIXED_SEED)  # the classes take turns
    return images.unflatten(0, (columns, classes)).transpose(0, 1).flatten(0, 1)


def sample_grid(model: Any, rows: int, columns: int) -> Picture:
    """``fixed_samples`` as a picture."""
    return image_grid(fixed_samples(model, rows, columns), columns)


class SampleGrid(PictureCallback):
    """Samples from fixed latents before training and over time, a row for each class when conditional, to ``samples/``.

    Args:
        every_n_epochs: Draw after every so many epochs; 0 for never.
        every_n_batches: Draw after every so many batches; 0 for never.
        rows: Images in a column, when unconditional.
        columns: Images in a row.

    Raises:
        UsageError: A number is out of range.
    """

    def __init__(self, every_n_epochs: int = 1, every_n_batches: int = 0, rows: int = 8, columns: int = 8) -> None:
        super().__init__(every_n_epochs, every_n_batches)
        check_sides(self, rows=rows, columns=columns)
        self.rows, self.columns = rows, columns

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.global_step == 0:
            self._draw_once(trainer, pl_module)

    def draw(self, trainer: Trainer, model: Any) -> None:
        picture = sample_grid(model, self.rows, self.columns)
        self.publish(trainer, "samples", picture, f"samples/{trainer.global_step:07d}.png")


class RealVersusGenerated(PictureCallback):
    """Real images of the last batch on the left, generated ones on the right, to ``real_v_generated/``.

    When conditional, the generated images have the labels of the real ones.

    Args:
        every_n_epochs: Draw after every so many epochs; 0 for never.
        every_n_batches: Draw after every so many batches; 0 for never.
        side: Rows and columns of each half.

    Raises:
        UsageError: A number is out of range.
    """

    def __init__(self, every_n_epochs: int = 1, every_n_batches: int = 0, side: int = 6) -> None:
        super().__init__(every_n_epochs, every_n_batches)
        check_sides(self, side=side)
        self.side = side
        self.batch: Any = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, *_: Any
    ) -> None:
        self.batch = batch
        super().on_train_batch_end(trainer, pl_module, outputs, batch, *_)

    def draw(self, trainer: Trainer, model: Any) -> None:
        if self.batch is None:  # a checkpoint of Lightning's own can lie between an epoch's last batch and its end
            return
        real, labels = (part[: self.side**2] for part in self.batch)
        generated = model.sample(len(real), labels.tolist() if model.generator.num_classes else None, FIXED_SEED)
        halves = [image_grid(images, self.side) for images in (model.to_uint8(real), generated)]
        gap = np.full((halves[0].shape[0], 16, 3), 255, np.uint8)
        picture = np.concatenate([halves[0], gap, halves[1]], axis=1)
        self.publish(trainer, "real_v_generated", picture, f"real_v_generated/{trainer.global_step:07d}.png")


class TrainingGIF(PictureCallback):
    """An animation of the samples from fixed latents, from before the first step to the last, as ``training.gif``.

    The frames are kept in checkpoints, so a resumed run's animation begins where the first run began.

    Args:
        every_n_epochs: Keep a frame after every so many epochs; 0 for never.
        every_n_batches: Keep a frame after every so many batches; 0 for never.
        rows: Images in a column, when unconditional.
        columns: Images in a row.
        max_frames: Beyond so many frames every other one is dropped.

    Raises:
        UsageError: A number is out of range.
    """

    def __init__(
        self,
        every_n_epochs: int = 1,
        every_n_batches: int = 0,
        rows: int = 5,
        columns: int = 8,
        max_frames: int = 120,
    ) -> None:
        super().__init__(every_n_epochs, every_n_batches)
        check_sides(self, rows=rows, columns=columns)
        check_number("TrainingGIF.max_frames", max_frames, 1, MOST_FRAMES)
        self.rows, self.columns, self.max_frames = rows, columns, max_frames
        self.frames: list[Tensor] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self.frames:
            self._draw_once(trainer, pl_module)

    def draw(self, trainer: Trainer, model: Any) -> None:
        self.frames.append(fixed_samples(model, self.rows, self.columns).cpu())
        if len(self.frames) > self.max_frames:
            self.frames = self.frames[::2]

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._draw_once(trainer, pl_module)
        self.write(trainer)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self.write(trainer)

    def write(self, trainer: Trainer) -> None:
        """Files the animation and shows it to the loggers that take one."""
        if not (trainer.is_global_zero and self.frames):
            return
        pictures = [image_grid(frame, self.columns, enlarge=False) for frame in self.frames]  # a GIF packs badly
        animation = gif_bytes(pictures)
        with surviving("pictures", self.folder):
            write_bytes(self.folder / "training.gif", animation)
            self.path = self.folder / "training.gif"
        for logger in trainer.loggers:
            with forgiving(logger):
                if isinstance(logger, TensorBoardLogger):
                    show_animation(logger, "training", animation, pictures[0].shape, trainer.global_step)
                elif hasattr(logger, "log_video") and self.path:  # Weights & Biases
                    logger.log_video("training", [str(self.path)], step=trainer.global_step, format=["gif"])

    def state_dict(self) -> dict[str, Any]:
        frames = torch.stack(self.frames) if self.frames else torch.empty(0)
        return {"frames": frames, "drawn_at": max(self._drawn_at, 0)}  # checkpoints keep counts, and never is none

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.frames, self._drawn_at = list(state_dict["frames"]), state_dict.get("drawn_at", -1)


def show_animation(logger: TensorBoardLogger, tag: str, gif: bytes, shape: tuple[int, ...], step: int) -> None:
    """Puts a GIF of pictures of ``shape`` (H, W, 3) into TensorBoard as it is; ``add_image`` would make it a still."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    image = Summary.Image(height=shape[0], width=shape[1], colorspace=3, encoded_image_string=gif)
    summary = Summary(value=[Summary.Value(tag=tag, image=image)])
    logger.experiment._get_file_writer().add_summary(summary, step)
