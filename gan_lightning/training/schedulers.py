"""Each player's optimiser and its learning rate over time, which Lightning leaves to modules that step by hand."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

from lightning.pytorch import Trainer
from lightning.pytorch.cli import OptimizerCallable
from torch import Tensor, nn
from torch.optim import Optimizer, SparseAdam
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from gan_lightning.errors import UsageError, check_number
from gan_lightning.objectives import PlayerName
from gan_lightning.schedules import Schedule

SchedulerCallable = Callable[[Optimizer], LRScheduler]
Interval = Literal["step", "epoch"]

REFUSALS = TypeError, ValueError, RuntimeError, ArithmeticError, LookupError, AttributeError
"""How torch's optimisers and schedulers say that an option is out of range."""

COUNTS = "step_size", "T_max", "T_0", "total_iters"
"""Options of schedulers that are numbers of steps or epochs."""


def optimization(
    player: nn.Module,
    optimizer_of: OptimizerCallable,
    scheduler_of: SchedulerCallable | None,
    interval: Interval,
    name: PlayerName,
) -> dict[str, Any]:
    """A player's optimiser and, if it has one, its scheduler, as ``configure_optimizers`` gives them to Lightning.

    Args:
        player: What is trained.
        optimizer_of: From its parameters to their optimiser.
        scheduler_of: From the optimiser to its scheduler.
        interval: When the scheduler steps.
        name: The player's.

    Raises:
        UsageError: An option is out of range, or they do not fit a GAN.
    """
    try:
        optimizer = optimizer_of(player.parameters())
    except REFUSALS as error:
        raise UsageError(f"--model.{name}_optimizer: {refused(error)}") from error
    check_optimizer(optimizer, f"--model.{name}_optimizer")
    if scheduler_of is None:
        for group in optimizer.param_groups:
            group.setdefault("name", name)  # by which LearningRateMonitor tells the players' curves apart
        return {"optimizer": optimizer}
    try:
        scheduler = scheduler_of(optimizer)
    except REFUSALS as error:
        raise UsageError(f"--model.{name}_scheduler: {refused(error)}") from error
    check_scheduler(scheduler, f"--model.{name}_scheduler")
    named = {"scheduler": scheduler, "interval": interval, "name": f"lr-{name}"}
    return {"optimizer": optimizer, "lr_scheduler": named}


def refused(error: Exception) -> str:
    """torch's own reason, on one line, for refusing an option."""
    return " ".join(str(error).split()) or type(error).__name__


def check_optimizer(optimizer: Optimizer, option: str) -> None:
    """Raises UsageError where ``optimizer`` takes other gradients than a GAN's, or a number of its is not finite."""
    closure = inspect.signature(type(optimizer).step).parameters.get("closure")
    if isinstance(optimizer, SparseAdam) or (closure is not None and closure.default is closure.empty):
        needs = "sparse gradients" if isinstance(optimizer, SparseAdam) else "a closure"
        raise UsageError(
            f"{option}: {type(optimizer).__name__} takes {needs}, which a GAN has not: choose another, such as Adam"
        )
    check_finite(optimizer.defaults, option)


def check_scheduler(scheduler: LRScheduler, option: str) -> None:
    """Raises UsageError where ``scheduler`` does not fit a GAN, or a number of its is out of range."""
    if isinstance(scheduler, ReduceLROnPlateau):
        raise UsageError(
            "ReduceLROnPlateau does not fit a GAN, whose losses have no plateau: "
            "choose a scheduler of the step, such as CosineAnnealingLR, or EarlyStopping on val/fid"
        )
    for name in COUNTS:
        check_number(f"{option}.{name}", getattr(scheduler, name, None), 1)
    check_finite(vars(scheduler), option)


def check_finite(numbers: dict[str, Any], option: str) -> None:
    """Raises UsageError where one of ``numbers`` is NaN or infinite."""
    for name, value in numbers.items():
        for number in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(number, float) and not math.isfinite(number):
                raise UsageError(f"{option}.{name} must be finite, not {number}")


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
