"""Dropout and the first weights."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gan_lightning.networks.layers import Dropout, initialize_he


@pytest.mark.parametrize("p", [0.0, 0.3, 0.9, 1.0])
def test_dropout_keeps_its_share_and_the_mean(p):
    torch.manual_seed(0)
    x = torch.ones(400, 500, requires_grad=True)
    dropped = Dropout(p)(x)
    assert (dropped == 0).float().mean().item() == pytest.approx(p, abs=0.005)
    assert dropped.unique().tolist() == pytest.approx(([0.0] if p else []) + ([1 / (1 - p)] if p < 1 else []))
    dropped.sum().backward()
    assert torch.equal(x.grad, dropped.detach()), "the gradient passes where the value did"
    assert torch.equal(Dropout(p).eval()(x), x)


def test_a_probability_that_rounds_to_one_drops_everything():
    """Where p goes to the nearest multiple of 2^-16. torch's own would keep each of these units with 1e-9."""
    torch.manual_seed(0)
    assert not Dropout(1 - 1e-9)(torch.ones(400, 500)).any()


def test_units_are_dropped_independently_of_their_neighbours():
    """Four of them share a random number. The bound is five standard errors."""
    torch.manual_seed(0)
    dropped = (Dropout(0.5)(torch.ones(1_000_003)) == 0).double() - 0.5
    for distance in range(1, 9):
        assert (dropped[distance:] * dropped[:-distance]).mean().abs() < 5 * 0.25 / 1000


def test_a_compiled_network_drops_units_without_leaving_its_graph():
    torch.manual_seed(0)
    compiled = torch.compile(nn.Sequential(nn.Identity(), Dropout(0.3)), fullgraph=True, backend="eager")
    dropped = compiled(torch.ones(400, 500))
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.005)
    assert dropped.max().item() == pytest.approx(1 / 0.7)


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize(
    "layer",
    [
        nn.Linear(64, 512),
        nn.Conv2d(32, 256, kernel_size=3, stride=2),
        nn.Conv2d(64, 256, kernel_size=3, groups=4),
        nn.ConvTranspose2d(64, 256, kernel_size=4, stride=2, padding=1),
    ],
)
def test_what_leaves_a_layer_has_the_variance_of_what_entered_the_nonlinearity(layer, slope):
    torch.manual_seed(0)
    initialize_he(layer, slope)
    shape = (64, 64) if isinstance(layer, nn.Linear) else (8, layer.in_channels, 12, 12)
    outputs = layer(F.leaky_relu(torch.randn(shape), slope))
    inner = outputs if outputs.ndim == 2 else outputs[..., 2:-2, 2:-2]
    assert inner.square().mean().item() == pytest.approx(1, rel=0.1)
    assert not layer.bias.any()
