"""Each player's optimiser and its learning rate over time, which Lightning leaves to modules that step by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from lightning.pytorch import Trainer
from lightning.pytorch.cli import OptimizerCallable
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from gan_lightning.errors import UsageError

SchedulerCallable = Callable[[Optimizer], LRScheduler]
Interval = Literal["step", "epoch"]


def optimization(
    player: nn.Module, optimizer_of: OptimizerCallable, scheduler_of: SchedulerCallable | None, interval: Interval
) -> dict[str, Any]:
    """A player's optimiser and, if it has one, its scheduler, as ``configure_optimizers`` gives them to Lightning.

    Args:
        player: What is trained.
        optimizer_of: From its parameters to their optimiser.
        scheduler_of: From the optimiser to its scheduler.
        interval: When the scheduler steps.

    Raises:
        UsageError: The scheduler waits for a plateau, which a GAN's losses do not have.
    """
    optimizer = optimizer_of(player.parameters())
    if scheduler_of is None:
        return {"optimizer": optimizer}
    scheduler = scheduler_of(optimizer)
    if isinstance(scheduler, ReduceLROnPlateau):
        raise UsageError(
            "ReduceLROnPlateau does not fit a GAN, whose losses have no plateau: "
            "choose a scheduler of the step, such as CosineAnnealingLR"
        )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": interval}}


def step_schedulers(trainer: Trainer) -> None:
    """Steps the schedulers after a batch or after the last one of an epoch.

    It is part of the training step, because a checkpoint may be taken between the last batch and the epoch's end.
    """
    for config in trainer.lr_scheduler_configs:
        if config.interval == "step" or trainer.is_last_batch:
            scheduler: Any = config.scheduler
            scheduler.step()
