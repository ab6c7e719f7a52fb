"""The model's step by CUDA graphs, where they work."""

from __future__ import annotations

from collections.abc import Callable

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.strategies import ParallelStrategy
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from gan_lightning.errors import UsageError
from gan_lightning.training.graphs import (
    GraphedSteps,
    NotRecordable,
    Step,
    cycles_momentum,
    make_capturable,
    not_capturable,
    undo_capturable,
)
from gan_lightning.training.phases import Phase
from gan_lightning.training.tally import Scalars

BETWEEN = "on_before_backward", "on_after_backward", "on_before_optimizer_step", "on_before_zero_grad"
"""Hooks of a module that a recorded step does not call."""


class RecordedStep:
    """Records the step; where that is impossible, it says why and takes it as usual, or, if strict, stops.

    Args:
        trainer: Whose optimisers the step uses.
        step: What is recorded. It must not use Lightning.
        reason: Why it cannot be recorded, if that is known already.
        fall_back: Called when steps are not recorded; gives the step to take instead.
        strict: Whether to stop instead.

    Raises:
        UsageError: It is strict, and there is a reason.
    """

    def __init__(
        self, trainer: Trainer, step: Step, reason: str | None, fall_back: Callable[[], Step], strict: bool
    ) -> None:
        self.trainer, self.fall_back, self.strict = trainer, fall_back, strict
        self.steps: GraphedSteps | None = None
        self.eager = step
        if reason:
            self._give_up(reason)
            return
        for optimizer in trainer.optimizers:
            make_capturable(optimizer, trainer.strategy.root_device)
        self.steps = GraphedSteps(step)

    def __call__(self, real: Tensor, labels: Tensor, phase: Phase) -> Scalars:
        if self.steps is not None:
            try:
                scalars = self.steps(real, labels, phase)
            except NotRecordable as error:
                for optimizer in self.trainer.optimizers:
                    undo_capturable(optimizer)
                self._give_up(str(error))
            else:
                count_batch(self.trainer)
                return scalars
        return self.eager(real, labels, phase)

    def _give_up(self, reason: str) -> None:
        if self.strict:
            raise UsageError(f"--model.cuda_graph strict is impossible here: {reason}")
        rank_zero_warn(f"training goes on without CUDA graphs: {reason}")
        self.steps, self.eager = None, self.fall_back()


def obstacle(trainer: Trainer, module: LightningModule, base: type) -> str | None:
    """Why the trainer's steps cannot be recorded, as far as that is known beforehand; None if nothing is in the way.

    Args:
        trainer: The trainer.
        module: What it trains.
        base: The class whose own hooks the recorded step makes up for.
    """
    if isinstance(trainer.strategy, ParallelStrategy):
        return "processes exchange gradients in mid-step"
    kind = trainer.strategy.root_device.type
    if kind != "cuda":
        return f"it takes an NVIDIA GPU, and this runs on {kind}"
    if trainer.precision == "16-mixed":
        return "float16's gradient scaling waits for the device: use --trainer.precision bf16-mixed"
    if trainer._detect_anomaly:
        return "--trainer.detect_anomaly reads every gradient"
    if getattr(module, "beta2_schedule", None) is not None:
        return "--model.beta2_schedule changes what a recording keeps"
    for hook in BETWEEN:
        if getattr(type(module), hook) is not getattr(base, hook):
            return f"{type(module).__name__}.{hook} is not called in a recorded step"
    for config in trainer.lr_scheduler_configs:
        if name := cycles_momentum(config.scheduler):
            return f"{name} changes Adam's betas, which a recording keeps: give it cycle_momentum false"
    return not_capturable(trainer.optimizers)


def count_batch(trainer: Trainer) -> None:
    """Ticks ``trainer.global_step``, as an optimiser does that is stepped through Lightning."""
    progress = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
    progress.increment_ready()
    progress.increment_completed()


class FreeRecordings(Callback):
    """Gives the memory of recordings back when training ends, however it ends."""

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        pl_module.forget_recordings()  # type: ignore[operator]

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        pl_module.forget_recordings()  # type: ignore[operator]
