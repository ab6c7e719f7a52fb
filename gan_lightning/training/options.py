"""Options of training that are out of range, or contradict each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gan_lightning.errors import UsageError, check_number
from gan_lightning.objectives import DISCRIMINATOR
from gan_lightning.schedules import Ramp, value_at

if TYPE_CHECKING:
    from gan_lightning.models.gan import GAN


def check_options(model: GAN) -> None:
    """Raises UsageError where the options of ``model`` cannot be trained with."""
    clipping = model.player_options[DISCRIMINATOR]
    half_life = None if model.ema_half_life is None else value_at(model.ema_half_life, math.inf)
    for name, count in (("discriminator_steps", model.discriminator_steps), ("micro_batches", model.micro_batches)):
        check_number(f"--model.{name}", count, 1)
    for name, value, otherwise in (
        ("gradient_clip_norm", clipping["clip_norm"], "null for none"),
        ("weight_clip", clipping["clip_weights"], "null for none"),
        ("ema_half_life", half_life, "null for no average"),
    ):
        if value is not None and not value > 0:
            raise UsageError(f"--model.{name} must be positive, or {otherwise}, not {value}")
    if half_life == math.inf:
        raise UsageError("--model.ema_half_life must be finite, or null for no average, not inf: it would never move")
    factor, beta2 = model.learning_rate_schedule, model.beta2_schedule
    if isinstance(factor, Ramp) and min(factor.start, factor.end) < 0:
        raise UsageError("--model.learning_rate_schedule must not go below 0, where training would undo what it learns")
    if isinstance(beta2, Ramp) and not 0 <= min(beta2.start, beta2.end) <= max(beta2.start, beta2.end) < 1:
        raise UsageError(f"--model.beta2_schedule must stay in [0, 1), not go from {beta2.start:g} to {beta2.end:g}")
    if model.learning_rate_schedule and any(model.scheduler_factories.values()):
        raise UsageError(
            "--model.learning_rate_schedule takes the place of the players' schedulers: leave one or the other out"
        )
    second_order = [name for name, term in model.terms.items() if term.second_order]
    if model.compile_networks and second_order:
        raise UsageError(
            f"--model.compile does not go with {second_order[0]}, a penalty on gradients, because compiled networks "
            "cannot be differentiated twice: leave it out"
        )
