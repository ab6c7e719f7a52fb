"""Operations are counted as the layers have them, and every kind of work is found."""

from contextlib import nullcontext
from functools import partial

import pytest
from helpers import tiny_data, tiny_model

from gan_lightning.benchmark.loops import BareLoop
from gan_lightning.benchmark.operations import REST, kind_of, operations_by_kind, work
from gan_lightning.models import DCGAN


@pytest.mark.parametrize("discriminator_steps", [1, 3])
def test_operations_are_those_of_the_layers(discriminator_steps):
    model, batch = tiny_model(batch_norm=False, discriminator_steps=discriminator_steps), 16
    loop = BareLoop(model, tiny_data(), nullcontext)
    generator = [8 * 16, 16 * 32, 32 * 784]
    discriminator = [784 * 32, 32 * 16, 16 * 1]
    forward = 2 * batch * sum(generator)
    d_step = 2 * 2 * batch * (3 * sum(discriminator) - discriminator[0])  # no gradient goes on to the images
    g_step = 2 * batch * (2 * sum(discriminator) + 2 * sum(generator) - generator[0])
    assert operations_by_kind(loop) == {"matrix products": discriminator_steps * (forward + d_step) + g_step}


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("aten.convolution_backward.default", "convolutions, backward"),
        ("aten.convolution.default", "convolutions, forward"),
        ("aten.addmm.default", "matrix products"),
        ("aten.native_batch_norm_backward.default", "batch norm"),
        ("aten._fused_adam_.default", "optimisers"),
        ("aten._foreach_lerp_.Scalar", "optimisers"),
        ("aten.leaky_relu.default", REST),
    ],
)
def test_kinds_of_work(operation, kind):
    assert kind_of(operation) == kind


def test_speeds_are_operations_by_time():
    build = partial(DCGAN, width=2, latent_dim=4)
    flop = operations_by_kind(BareLoop(build(), tiny_data(), nullcontext))
    assert set(flop) == {"convolutions, backward", "convolutions, forward", "matrix products"}
    found = work(BareLoop(build(), tiny_data(), nullcontext), 2)
    for kind, cost in found.items():
        expected = flop.get(kind, 0) / 1e6 / cost["milliseconds"]
        assert cost["gigaflop_per_second"] == pytest.approx(expected), kind
    assert {*flop, "batch norm", "optimisers", REST} == set(found)
