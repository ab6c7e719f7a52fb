"""Each player's optimiser and its learning rate over time, which Lightning leaves to modules that step by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from lightning.pytorch import Trainer
from lightning.pytorch.cli import OptimizerCallable
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from gan_lightning.errors import UsageError
from gan_lightning.schedules import Schedule

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
        UsageError: An option is out of range, or the scheduler waits for a plateau, which a GAN's losses do not have.
    """
    try:
        optimizer = optimizer_of(player.parameters())
        if scheduler_of is None:
            return {"optimizer": optimizer}
        scheduler = scheduler_of(optimizer)
    except (TypeError, ValueError, ArithmeticError) as error:  # torch's own words for options out of range
        raise UsageError(f"an optimiser or scheduler refuses its options: {error}") from error
    if isinstance(scheduler, ReduceLROnPlateau):
        raise UsageError(
            "ReduceLROnPlateau does not fit a GAN, whose losses have no plateau: "
            "choose a scheduler of the step, such as CosineAnnealingLR"
        )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": interval}}


def step_schedulers(trainer: Trainer, stepped: Sequence[Optimizer]) -> None:
    """Steps the schedulers after a batch or after the last one of an epoch.

    It is part of the training step, because a checkpoint may be taken between the last batch and the epoch's end.

    Args:
        trainer: Whose schedulers they are.
        stepped: The optimisers that this batch has stepped. A scheduler of the step counts its own player's steps.
    """
    for config in trainer.lr_scheduler_configs:
        scheduler: Any = config.scheduler
        own = any(scheduler.optimizer is optimizer for optimizer in stepped)
        if (config.interval == "step" and own) or (config.interval == "epoch" and trainer.is_last_batch):
            scheduler.step()


class LearningRates:
    """Each optimiser's learning rate and β₂ by schedules of the images seen.

    Args:
        optimizers: Whose they are.
        factor: What the learning rates are multiplied by; None leaves them alone.
        beta2: Adam's β₂; None leaves it alone.

    Raises:
        UsageError: There is a schedule of β₂, and an optimiser is no Adam.
    """

    def __init__(self, optimizers: Sequence[Optimizer], factor: Schedule | None, beta2: Schedule | None) -> None:
        self.groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        if beta2 is not None and not all(len(group.get("betas", ())) == 2 for group in self.groups):
            raise UsageError("--model.beta2_schedule takes optimisers with two betas, such as Adam: leave it out")
        self.factor, self.beta2 = factor, beta2
        for group in self.groups:
            group.setdefault("base_lr", float(group["lr"]))  # kept in checkpoints, as all of a group is

    def fill(self, images_seen: int) -> None:
        """Writes the values of this moment; a learning rate that is a tensor in place."""
        for group in self.groups:
            if self.factor is not None:
                set_learning_rate(group, group["base_lr"] * self.factor(images_seen))
            if self.beta2 is not None:
                group["betas"] = (group["betas"][0], self.beta2(images_seen))


def set_learning_rate(group: dict[str, Any], value: float) -> None:
    """Sets the learning rate of a parameter group, in place where it is a tensor."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(value)
    else:
        group["lr"] = value
