"""Recordings on a GPU: they compute what eager steps compute, and nothing waits for the device."""

from functools import partial

import pytest
import torch
from lightning.pytorch import Callback
from torch.optim.lr_scheduler import ExponentialLR
from training_runs import Recordings, train

from gan_lightning.augment import AdaptiveAugment
from gan_lightning.errors import UsageError
from gan_lightning.models import DCGAN
from gan_lightning.objectives import R1, LeCam
from gan_lightning.schedules import Cosine, Linear

pytestmark = pytest.mark.gpu
GPU = {"accelerator": "gpu", "devices": 1}
DCGAN_8 = partial(DCGAN, width=8, latent_dim=8)


def assert_recorded_equals_eager(make_trainer, options, means, precision="64-true", steps=100, phases=1):
    """Tightly in float64, where only the learning rate is rounded; in others, roundings grow to what is seen."""
    losses, recordings = [], Recordings()
    for callbacks, given in (([], {}), ([recordings], {"cuda_graph": "strict", **means})):
        torch.manual_seed(0)
        model = DCGAN_8(**options(), **given)  # terms keep means, so each model has its own
        _, found = train(make_trainer, model, *callbacks, **GPU, max_steps=steps, precision=precision)
        losses.append([{name: float(value) for name, value in step.items()} for step in found])
    assert recordings.steps == steps
    assert len(recordings.phases) == phases
    tolerance = 1e-4 if precision == "64-true" and not means else 0.3
    for index, (expected, found) in enumerate(zip(*losses, strict=True)):
        assert found == pytest.approx(expected, rel=tolerance, abs=tolerance), index


@pytest.mark.parametrize("discriminator_steps", [1, 2])
@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("precision", ["64-true", "bf16-mixed"])
def test_a_hundred_recorded_steps_equal_eager_ones(make_trainer, discriminator_steps, compile, precision):
    schedule = {"discriminator_scheduler": partial(ExponentialLR, gamma=0.99), "scheduler_interval": "step"}
    options = partial(dict, discriminator_steps=discriminator_steps, **schedule)
    means = {"compile": True} if compile else {}
    assert_recorded_equals_eager(make_trainer, options, means, precision, phases=discriminator_steps)


@pytest.mark.parametrize(
    ("options", "phases"),
    [
        (lambda: {"penalties": [R1(Linear(1.0, 0.1, 500), every=4)]}, 2),
        (lambda: {"penalties": [LeCam()], "learning_rate_schedule": Cosine(1.0, 0.1, 500)}, 1),
        (lambda: {"gradient_clip_norm": 0.1, "weight_clip": 0.05}, 1),
        (lambda: {"micro_batches": 2, "ema_half_life": Linear(100.0, 1000.0, 500)}, 1),
        (lambda: {"augment": AdaptiveAugment()}, 1),
    ],
)
def test_what_follows_the_images_seen_reaches_a_recording(make_trainer, options, phases):
    assert_recorded_equals_eager(make_trainer, options, {}, steps=40, phases=phases)


class Waiting(DCGAN):
    """Reads a value in mid-step."""

    def draw(self, labels, *args):
        drawn = super().draw(labels, *args)
        assert drawn.images.mean().item() < 1
        return drawn


@pytest.mark.parametrize("strict", [False, "strict"])
def test_a_step_that_waits_for_the_device_goes_on_without_a_graph_or_stops(make_trainer, strict):
    options = {"max_steps": 10, **GPU}
    if strict:
        with pytest.raises(UsageError, match="strict is impossible here: the step waits for the device"):
            train(make_trainer, Waiting(width=8, cuda_graph="strict"), **options)
        return
    with pytest.warns(UserWarning, match="goes on without CUDA graphs: the step waits for the device"):
        trainer, found = train(make_trainer, Waiting(width=8, cuda_graph=True), **options)
    assert trainer.global_step == len(found) == 10


class Strict(Callback):
    """Makes waiting for the device an error in all steps but the first and the logged ones."""

    def on_train_batch_start(self, trainer, model, *_):
        logged = (trainer.global_step + 1) % trainer.log_every_n_steps == 0
        torch.cuda.set_sync_debug_mode("default" if logged or trainer.global_step < 10 else "error")

    def on_train_batch_end(self, *_):
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("graph", [False, "strict"])
@pytest.mark.parametrize(
    "options",
    [dict, lambda: {"penalties": [R1(Linear(1.0, 0.1, 500), every=4), LeCam()], "augment": AdaptiveAugment()}],
)
def test_between_logged_steps_nothing_waits_for_the_device(make_trainer, graph, options):
    train(make_trainer, DCGAN_8(cuda_graph=graph, **options()), Strict(), max_steps=60, log_every_n_steps=20, **GPU)
