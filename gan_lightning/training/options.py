"""Options of training that are out of range, or contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_lightning.errors import UsageError
from gan_lightning.objectives import DISCRIMINATOR
from gan_lightning.schedules import value_at

if TYPE_CHECKING:
    from gan_lightning.models.gan import GAN


def check_options(model: GAN) -> None:
    """Raises UsageError where the options of ``model`` cannot be trained with."""
    clipping = model.player_options[DISCRIMINATOR]
    half_life = None if model.ema_half_life is None else value_at(model.ema_half_life, float("inf"))
    for name, count in (("discriminator_steps", model.discriminator_steps), ("micro_batches", model.micro_batches)):
        if count < 1:
            raise UsageError(f"--model.{name} must be at least 1, not {count}")
    for name, value, otherwise in (
        ("gradient_clip_norm", clipping["clip_norm"], "null for none"),
        ("weight_clip", clipping["clip_weights"], "null for none"),
        ("ema_half_life", half_life, "null for no average"),
    ):
        if value is not None and not value > 0:
            raise UsageError(f"--model.{name} must be positive, or {otherwise}, not {value}")
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
