"""Heads, spectral norm, minibatch standard deviation, packs and second derivatives of every discriminator."""

import pytest
import torch
from network_cases import DISCRIMINATOR_KINDS, DISCRIMINATORS, build, draw
from torch import nn

from gan_lightning.networks import DCGANDiscriminator, MLPDiscriminator, ResidualDiscriminator, Scores
from gan_lightning.networks.layers import MinibatchStd, spectral_normalize

WEIGHTED = (nn.Conv2d, nn.Linear, nn.Embedding)


@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
@pytest.mark.parametrize("conditioning", ["none", *DISCRIMINATOR_KINDS])
def test_a_head_is_a_linear_layer_on_the_features_and_leaves_the_logits(discriminator, conditioning):
    d = build(discriminator, (1, 8, 8), 4, conditioning=conditioning)
    images, labels = draw(d, 3), torch.tensor([0, 3, 1])
    logits = d(images, labels)
    d.add_head("classes", 4)
    d.add_head("codes", 2)
    scores = d(images, labels)
    assert isinstance(scores, Scores)
    assert torch.equal(scores.logits, logits)
    assert {name: tuple(head.shape) for name, head in scores.heads.items()} == {"classes": (3, 4), "codes": (3, 2)}
    features = d.features(images, labels)
    expected = features @ d.heads["codes"].weight.T + d.heads["codes"].bias
    torch.testing.assert_close(scores.heads["codes"], expected)


@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
def test_the_conditional_logit_is_the_unconditional_one_and_the_projection_on_the_class(discriminator):
    d = build(discriminator, (1, 8, 8), 10, conditioning="projection")
    images, labels = draw(d, 3), torch.tensor([4, 0, 9])
    features = d.features(images, labels)
    weight, bias = d.score.weight, d.score.bias
    expected = features @ weight[0] + bias[0] + (features * weight[1 + labels]).sum(1) + bias[1 + labels]
    torch.testing.assert_close(d(images, labels), expected)


def test_a_head_goes_where_the_discriminator_is():
    d = build(DCGANDiscriminator).double()
    d.add_head("classes", 10)
    assert d(draw(d, 2, torch.float64)).heads["classes"].dtype == torch.float64


@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
@pytest.mark.parametrize("conditioning", ["none", "embedding", "projection"])
def test_spectral_norm_makes_every_largest_singular_value_one(discriminator, conditioning):
    d = build(discriminator, (1, 8, 8), 3, conditioning=conditioning, spectral_norm=True)
    d.add_head("classes", 3)
    images, labels = draw(d, 3), torch.tensor([0, 1, 2])
    d.train()
    with torch.no_grad():
        for _ in range(100):
            d(images, labels)
    d.eval()
    layers = [layer for layer in d.modules() if isinstance(layer, WEIGHTED)]
    norms = [torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item() for layer in layers]
    assert norms == pytest.approx([1.0] * len(norms), rel=1e-2)
    assert {d.score, d.heads["classes"]} <= set(layers)


def test_spectral_norm_is_applied_once():
    layer = nn.Linear(4, 4)
    spectral_normalize(layer)
    spectral_normalize(layer)
    assert len(layer.parametrizations.weight) == 1


@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
def test_weights_are_as_drawn_without_spectral_norm(discriminator):
    d = build(discriminator)
    d.add_head("classes", 3)
    assert not any(nn.utils.parametrize.is_parametrized(module) for module in d.modules())


def test_the_minibatch_channel_is_the_mean_deviation_over_the_group():
    """Features 0 and 2 deviate by 1, the equal ones by 0: the mean of the four values is 1/4."""
    x = torch.zeros(2, 1, 2, 2)
    x[1, 0, 1, 0] = 2
    appended = MinibatchStd()(x)
    assert torch.equal(appended[:, :1], x)
    torch.testing.assert_close(appended[:, 1], torch.full((2, 2, 2), 0.25), rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("count", "size"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 4), (10, 5), (12, 4), (15, 5)]
)
def test_a_group_has_the_smallest_size_from_four_up_that_divides_the_batch(count, size):
    torch.manual_seed(0)
    x = torch.randn(count, 3, 2, 2, dtype=torch.float64)
    apart = [part.var(0, correction=0).add(1e-8).sqrt().mean() for part in x.split(size)]
    expected = torch.stack(apart).repeat_interleave(size)[:, None, None].expand(-1, 2, 2)
    torch.testing.assert_close(MinibatchStd()(x)[:, 3], expected)


def test_the_minibatch_channel_passes_first_and_second_derivatives():
    torch.manual_seed(0)
    x = torch.randn(8, 2, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(MinibatchStd(), x, fast_mode=True)
    assert torch.autograd.gradgradcheck(MinibatchStd(), x, fast_mode=True)


@pytest.mark.parametrize("discriminator", [DCGANDiscriminator, ResidualDiscriminator])
def test_the_minibatch_channel_comes_before_the_last_map_is_scored(discriminator):
    d = build(discriminator, minibatch_std=True)
    assert [type(layer) for layer in d.modules()].count(MinibatchStd) == 1
    images = draw(d, 4)
    repeated = images[:1].expand(4, -1, -1, -1)
    assert not torch.allclose(d(images)[0], d(repeated)[0]), "an image among its copies is scored differently"


@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
def test_a_pack_is_scored_as_one_image_of_more_channels(discriminator):
    d = build(discriminator, (3, 8, 8), pack=2)
    assert (d.pack, d.image_shape) == (2, (3, 8, 8))
    images = draw(d, 4)
    assert images.shape == (4, 6, 8, 8)
    logits = d(images)
    assert logits.shape == (4,)
    torch.testing.assert_close(build(discriminator, (6, 8, 8))(images), logits)


OPTIONS = [
    *[(discriminator, {}) for discriminator in DISCRIMINATORS],
    *[(discriminator, {"spectral_norm": True}) for discriminator in DISCRIMINATORS],
    *[(MLPDiscriminator, {"conditioning": kind}) for kind in DISCRIMINATOR_KINDS],
    *[(ResidualDiscriminator, {"conditioning": kind}) for kind in DISCRIMINATOR_KINDS],
    (DCGANDiscriminator, {"norm": "none"}),
    (DCGANDiscriminator, {"norm": "none", "minibatch_std": True}),
    (ResidualDiscriminator, {"minibatch_std": True, "blocks": 2}),
]


def half_squared_gradient(d, images, labels):
    (gradient,) = torch.autograd.grad(d(images, labels).sum(), images, create_graph=True)
    return gradient.square().sum() / 2


@pytest.mark.parametrize(("discriminator", "options"), OPTIONS)
def test_the_gradient_of_r1_is_its_finite_difference(discriminator, options):
    d = build(discriminator, (1, 8, 8), 3, **options).double()
    with torch.no_grad():
        for parameter in d.parameters():  # no longer zero, as the last convolution of a residual block is at first
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
    for layer in d.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.train()
    images, labels = draw(d, 4, torch.float64).requires_grad_(), torch.tensor([0, 1, 2, 1])
    parameters = list(d.parameters())
    directions = [torch.randn_like(parameter) for parameter in parameters]
    gradients = torch.autograd.grad(
        half_squared_gradient(d, images, labels), parameters, allow_unused=True, materialize_grads=True
    )
    slope = sum((gradient * direction).sum() for gradient, direction in zip(gradients, directions, strict=True))

    def moved(step):
        with torch.no_grad():
            for parameter, direction in zip(parameters, directions, strict=True):
                parameter.add_(direction, alpha=step)
        value = half_squared_gradient(d, images, labels).item()
        with torch.no_grad():
            for parameter, direction in zip(parameters, directions, strict=True):
                parameter.sub_(direction, alpha=step)
        return value

    step = 1e-7
    assert slope.item() != 0
    assert slope.item() == pytest.approx((moved(step) - moved(-step)) / (2 * step), rel=1e-4)
