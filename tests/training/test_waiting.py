"""No step reads a value back from the device, which would make Python wait for it."""

from functools import partial

import pytest
import torch

from gan_lightning.models import DCGAN, ConditionalDCGAN, ConditionalGAN, VanillaGAN
from gan_lightning.objectives.adversarial import Hinge, LeastSquares, Minimax, NonSaturating
from gan_lightning.training.players import PlainDescent

SGD = partial(torch.optim.SGD, lr=0.1)
SMALL = {VanillaGAN: {"hidden_dims": [8]}, ConditionalGAN: {"hidden_dims": [8]}}


class Waiting(DCGAN):
    def generate(self, labels):
        fake = super().generate(labels)
        assert fake.mean().item() < 1
        return fake


def step(model):
    """Both players' steps on tensors without values, of which none can be read."""
    model = model.to("meta").train()
    model.descend = PlainDescent([parts["optimizer"] for parts in model.configure_optimizers()], clip_norm=1.0)
    images = torch.empty(4, *model.generator.image_shape, device="meta")
    labels, decay = torch.empty(4, dtype=torch.int64, device="meta"), torch.empty((), device="meta")
    return model.alternate(images, labels, decay, True)


@pytest.mark.parametrize("loss", [NonSaturating(label_smoothing=0.1), Minimax(), LeastSquares(), Hinge()])
@pytest.mark.parametrize("model", [VanillaGAN, ConditionalGAN, DCGAN, ConditionalDCGAN])
def test_the_step_of_every_model_and_loss_runs_without_values(model, loss):
    options = SMALL.get(model, {"width": 2})
    scalars = step(model(loss=loss, generator_optimizer=SGD, discriminator_optimizer=SGD, **options))
    assert set(scalars) == {"discriminator_loss", "d_real", "d_fake", "generator_loss"}
    assert all(value.shape == () for value in scalars.values())


def test_a_step_that_reads_a_value_is_found():
    with pytest.raises(RuntimeError, match="meta"):
        step(Waiting(width=2, generator_optimizer=SGD, discriminator_optimizer=SGD))
