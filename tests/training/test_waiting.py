"""No step reads a value back from the device, which would make Python wait for it."""

from functools import partial

import pytest
import torch

from gan_lightning.augment import AdaptiveAugment
from gan_lightning.models import ACGAN, DCGAN, ConditionalDCGAN, ConditionalGAN, InfoGAN, VanillaGAN
from gan_lightning.objectives import (
    DRAGAN,
    R1,
    R2,
    GradientPenalty,
    Hinge,
    LeastSquares,
    LeCam,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from gan_lightning.training.phases import phase_of
from gan_lightning.training.players import plain_players

SGD = partial(torch.optim.SGD, lr=0.1)
SMALL = {VanillaGAN: {"hidden_dims": [8]}, ConditionalGAN: {"hidden_dims": [8]}}
LOSSES = [
    NonSaturating(label_smoothing=0.1),
    Minimax(),
    LeastSquares(),
    Hinge(),
    Wasserstein(),
    Relativistic(),
]
VALUES = {"discriminator_loss", "d_real", "d_fake", "generator_loss"}
STATISTICS = {"real_logit", "fake_logit", "real_sign"}


class Waiting(DCGAN):
    def draw(self, labels, *args):
        drawn = super().draw(labels, *args)
        assert drawn.images.mean().item() < 1
        return drawn


def step(model):
    """Both players' steps on tensors without values, of which none can be read."""
    model = model.to("meta").train()
    optimizers = [parts["optimizer"] for parts in model.configure_optimizers()]
    clipped = {"clip_norm": 1.0}
    players = plain_players(optimizers, discriminator={**clipped, "clip_weights": 0.1}, generator=clipped)
    model.prepare_training(players, torch.device("meta"))
    images = torch.empty(4, *model.generator.image_shape, device="meta")
    labels = torch.empty(4, dtype=torch.int64, device="meta")
    return model.alternate(images, labels, phase_of(0, 1, list(model.terms.values())))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("model", [VanillaGAN, ConditionalGAN, DCGAN, ConditionalDCGAN])
def test_the_step_of_every_model_and_loss_runs_without_values(model, loss):
    options = SMALL.get(model, {"width": 2})
    scalars = step(model(loss=loss, generator_optimizer=SGD, discriminator_optimizer=SGD, **options))
    assert set(scalars) == VALUES | STATISTICS
    assert all(value.shape == () for value in scalars.values())


@pytest.mark.parametrize("term", [R1(), R2(), GradientPenalty(), DRAGAN(), LeCam()], ids=lambda t: type(t).__name__)
def test_the_step_of_every_penalty_runs_without_values(term):
    scalars = step(DCGAN(width=2, penalties=[term], generator_optimizer=SGD, discriminator_optimizer=SGD))
    assert set(scalars) == VALUES | STATISTICS | {type(term).__name__}


@pytest.mark.parametrize(
    ("model", "options", "more"),
    [
        (ACGAN, {}, {"AuxiliaryClassifier", "generator_AuxiliaryClassifier"}),
        (InfoGAN, {}, {"MutualInformation", "generator_MutualInformation"}),
        (DCGAN, {"micro_batches": 2}, set()),
        (DCGAN, {"augment": AdaptiveAugment()}, set()),
    ],
)
def test_further_tasks_parts_of_batches_and_augmentation_run_without_values(model, options, more):
    scalars = step(model(width=2, generator_optimizer=SGD, discriminator_optimizer=SGD, **options))
    assert set(scalars) == VALUES | STATISTICS | more


def test_a_step_that_reads_a_value_is_found():
    with pytest.raises(RuntimeError, match="meta"):
        step(Waiting(width=2, generator_optimizer=SGD, discriminator_optimizer=SGD))
