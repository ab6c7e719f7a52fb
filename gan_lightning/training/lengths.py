"""Whether learning rates are known for as long as a training lasts."""

from __future__ import annotations

import math
from typing import Any

from lightning.pytorch import Trainer

from gan_lightning.errors import UsageError


def check_lengths(trainer: Trainer, discriminator_steps: int) -> None:
    """Raises UsageError where a scheduler with an end, such as OneCycleLR, would reach it before the training ends.

    Args:
        trainer: Whose schedulers they are; its training is about to start or to go on.
        discriminator_steps: The generator takes a step in the last of so many batches.
    """
    for config in trainer.lr_scheduler_configs:
        scheduler: Any = config.scheduler
        every = 1 if scheduler.optimizer is trainer.optimizers[0] else discriminator_steps
        left = getattr(scheduler, "total_steps", math.inf) - scheduler.last_epoch
        to_come = epochs_to_come(trainer) if config.interval == "epoch" else steps_to_come(trainer, every)
        if to_come > left:
            many = "nothing says how many are to come" if to_come == math.inf else f"{to_come:,.0f} are to come"
            raise UsageError(
                f"{type(scheduler).__name__} ({config.name}) ends after {left:,} {config.interval}s, and {many}: give "
                "it larger total_steps, or choose a scheduler without an end, such as CosineAnnealingLR"
            )


def epochs_to_come(trainer: Trainer) -> float:
    """Epochs until the training ends; infinite where something else ends it."""
    return math.inf if trainer.max_epochs in (None, -1) else float(trainer.max_epochs or 0) - trainer.current_epoch


def steps_to_come(trainer: Trainer, every: int) -> float:
    """Steps of a player that moves in the last of ``every`` batches."""
    batches = trainer.estimated_stepping_batches
    return math.inf if batches == math.inf else int(batches) // every - trainer.global_step // every
