"""What ``predict`` leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import BasePredictionWriter

from gan_lightning.pictures.images import write_images
from gan_lightning.storage.folders import run_folder


class PredictionWriter(BasePredictionWriter):
    """Writes what a process predicted to ``predictions_<rank>.npz``.

    It has ``images``, uint8 (N, C, H, W), and, of a conditional model, ``labels``, int64 (N,).
    """

    def __init__(self) -> None:
        super().__init__(write_interval="epoch")
        self.path: Path | None = None

    def write_on_epoch_end(
        self, trainer: Trainer, pl_module: Any, predictions: Sequence[Any], batch_indices: Sequence[Any]
    ) -> None:
        folder = run_folder(trainer)
        images, labels = (torch.cat(parts) for parts in zip(*predictions, strict=True))
        self.path = folder / f"predictions_{trainer.global_rank}.npz"
        write_images(self.path, images, labels if pl_module.generator.num_classes else None)
