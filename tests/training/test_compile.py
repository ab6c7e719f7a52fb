"""Compiled networks: the same training and the same checkpoints, and a sentence where they cannot work."""

from functools import partial

import pytest
import torch
from helpers import tiny_data, tiny_model

from gan_lightning.errors import UsageError
from gan_lightning.objectives import DRAGAN, R1, R2, GradientPenalty, LeCam


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


@pytest.mark.parametrize("penalty", [R1(), R2(), GradientPenalty(), DRAGAN()])
def test_a_penalty_on_gradients_goes_with_eager_networks_only(make_trainer, penalty):
    make_trainer(max_steps=1, limit_val_batches=0).fit(tiny_model(penalties=[penalty]), tiny_data())
    with pytest.raises(UsageError, match=rf"does not go with {type(penalty).__name__}, a penalty on gradients"):
        tiny_model(penalties=[penalty], compile=True)


def test_other_terms_go_with_compiled_networks():
    assert tiny_model(penalties=[LeCam()], compile=True).compile_networks
