"""Ways to take the same step faster, each one flag away: compiled networks and CUDA graphs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lightning.pytorch import Trainer
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from gan_lightning.errors import UsageError
from gan_lightning.training.graphs import GraphedSteps, NotRecordable, Scalars, Step, make_capturable, obstacle
from gan_lightning.training.players import LightningDescent, PlainDescent

if TYPE_CHECKING:
    from gan_lightning.models.gan import GAN


def fast_step(model: GAN) -> Step:
    """The model's step, by the means that its options ask for. Called when training starts.

    Raises:
        UsageError: ``cuda_graph`` is "strict" and steps cannot be recorded.
    """
    if model.compile_networks:
        model.generator.compile()  # in place, so that checkpoints keep their names
        model.discriminator.compile()
    return RecordedStep(model, strict=model.cuda_graph == "strict") if model.cuda_graph else model.alternate


class RecordedStep:
    """The model's step by CUDA graphs where they work, and otherwise, after a warning that says why, as usual.

    Args:
        model: Attached to its trainer.
        strict: Whether to refuse instead.
    """

    def __init__(self, model: GAN, strict: bool) -> None:
        self.model, self.strict = model, strict
        self.steps: GraphedSteps | None = None
        if reason := obstacle(model.trainer):
            self._give_up(reason)
            return
        for optimizer in model.trainer.optimizers:
            make_capturable(optimizer, model.device)
        model.descend = PlainDescent(model.trainer.optimizers, model.gradient_clip_norm)
        self.steps = GraphedSteps(model.alternate)

    def __call__(self, real: Tensor, labels: Tensor, decay: float | Tensor, generators_turn: bool) -> Scalars:
        if self.steps is not None:
            try:
                scalars = self.steps(real, labels, decay, generators_turn)
            except NotRecordable as error:
                self._give_up(str(error))
            else:
                count_batch(self.model.trainer)
                return scalars
        return self.model.alternate(real, labels, decay, generators_turn)

    def _give_up(self, reason: str) -> None:
        if self.strict:
            raise UsageError(f"--model.cuda_graph strict is impossible here: {reason}")
        rank_zero_warn(f"training goes on without CUDA graphs: {reason}")
        self.steps, self.model.descend = None, LightningDescent(self.model)


def count_batch(trainer: Trainer) -> None:
    """Ticks ``trainer.global_step``, as an optimiser does that is stepped through Lightning."""
    progress = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
    progress.increment_ready()
    progress.increment_completed()


@contextmanager
def double_backward_explained() -> Iterator[None]:
    """Turns torch's refusal to differentiate compiled networks twice into a sentence.

    Raises:
        UsageError: The step did.
    """
    try:
        yield
    except RuntimeError as error:
        if "double backward" in str(error) or "create_graph" in str(error):
            raise UsageError(
                "--model.compile does not go with a penalty on gradients, because compiled networks cannot be "
                "differentiated twice: leave it out"
            ) from error
        raise
