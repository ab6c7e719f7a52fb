"""A module whose random numbers depend on where the training is."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.trainer.states import TrainerFn

from gan_lightning.training.seeding import seed_device, step_seed


class SeededModule(LightningModule):
    """All randomness of a step follows from (seed, images seen, rank).

    So a resumed run goes on bit for bit as if it had never stopped, nothing drawn between steps disturbs it, and a
    second ``fit`` of the same module draws other numbers than the first.
    """

    seed: int | None = None
    """Of the run; by default what torch was last seeded with when training starts."""
    images_seen: int = 0
    """Images that were trained on, of all processes."""

    def on_fit_start(self) -> None:
        if self.seed is None:
            self.seed = torch.initial_seed()

    def seed_for(self, use: str) -> None:
        """Seeds the device's random numbers for the step that comes next."""
        assert self.seed is not None
        seed_device(step_seed(use, self.seed, self.global_rank, self.images_seen), self.device)

    def on_train_start(self) -> None:
        self.seed_for("fetch")  # a batch may be made by random transforms in this process

    def on_train_epoch_start(self) -> None:
        self.seed_for("fetch")

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        self.seed_for("step")

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.seed_for("fetch")

    def on_validation_end(self) -> None:
        if self.trainer.state.fn == TrainerFn.FITTING and not self.trainer.sanity_checking:
            self.seed_for("fetch")
