"""Compiled networks: the same training and the same checkpoints, and a sentence where they cannot work."""

from functools import partial

import pytest
import torch
from helpers import tiny_data, tiny_model

from gan_lightning.errors import UsageError
from gan_lightning.models import GAN
from gan_lightning.networks import MLPDiscriminator, MLPGenerator
from gan_lightning.training.players import DISCRIMINATOR


class Penalised(GAN):
    """With R1: half the squared gradient of D at real images (Mescheder et al. 2018)."""

    def discriminator_step(self, real, fake, labels):
        real = real.detach().requires_grad_()
        logits = self.discriminator(real, labels)
        (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
        loss = self.loss.discriminator(logits, self.discriminator(fake, labels))
        self.descend(DISCRIMINATOR, loss + gradient.square().sum() / 2)
        return {"discriminator_loss": loss.detach()}


def penalised(**options):
    torch.manual_seed(0)
    shape = (1, 28, 28)
    return Penalised(MLPGenerator(8, shape, hidden_dims=[16]), MLPDiscriminator(shape, hidden_dims=[16]), **options)


def test_compiled_networks_train_as_eager_ones_do_and_keep_their_names(make_trainer):
    sgd = partial(torch.optim.SGD, lr=0.1)  # Adam would turn a rounding into a step
    options = {"dropout": 0.0, "generator_optimizer": sgd, "discriminator_optimizer": sgd}
    eager, compiled = tiny_model(**options), tiny_model(**options, compile=True)
    for model in (eager, compiled):
        torch.manual_seed(0)
        make_trainer(max_steps=4, limit_val_batches=0).fit(model, tiny_data())
    assert compiled.generator._compiled_call_impl is not None
    assert compiled.discriminator._compiled_call_impl is not None
    for (name, value), (other, found) in zip(eager.state_dict().items(), compiled.state_dict().items(), strict=True):
        assert name == other
        torch.testing.assert_close(found, value, rtol=1e-4, atol=1e-5)


def test_a_penalty_on_gradients_goes_with_eager_networks_only(make_trainer):
    make_trainer(max_steps=1, limit_val_batches=0).fit(penalised(), tiny_data())
    with pytest.raises(UsageError, match="does not go with a penalty on gradients"):
        make_trainer(max_steps=1, limit_val_batches=0).fit(penalised(compile=True), tiny_data())
