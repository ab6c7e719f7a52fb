"""How the label enters: closed forms."""

import pytest
import torch
from network_cases import DISCRIMINATORS, GENERATORS, build, draw
from torch import nn
from torch.nn import functional as F

from gan_lightning.networks import DCGANGenerator, MLPGenerator
from gan_lightning.networks.conditioning import ConditionalBatchNorm, EmbeddingInput
from gan_lightning.networks.layers import append_one_hot, gather_logit


def test_one_hot_labels_follow_the_features():
    labels = torch.tensor([1, 0])
    assert append_one_hot(torch.zeros(2, 1), labels, 3).tolist() == [[0, 0, 1, 0], [0, 1, 0, 0]]
    planes = append_one_hot(torch.zeros(2, 1, 2, 2), labels, 3)
    assert planes.shape == (2, 4, 2, 2)
    assert torch.equal(planes[0, 2], torch.ones(2, 2))
    assert planes.sum() == 2 * 4


def test_the_logit_of_the_label_is_gathered():
    by_class = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert gather_logit(by_class, torch.tensor([1, 0])).tolist() == [[2.0], [3.0]]
    assert gather_logit(torch.zeros(2, 0), None).tolist() == [0.0]


@pytest.mark.parametrize("shape", [(3,), (1, 2, 2)])
def test_an_embedding_follows_the_features(shape):
    append = EmbeddingInput(5, shape)
    x, labels = torch.randn(2, 4, *shape[1:]), torch.tensor([4, 1])
    appended = append(x, labels)
    assert torch.equal(appended[:, :4], x)
    assert torch.equal(appended[:, 4:].flatten(1), append.embedding.weight[labels])


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_generators_embedding_is_as_long_as_the_latent(generator):
    assert build(generator, 5, num_classes=10, conditioning="embedding").label_input.size == 5


@pytest.mark.parametrize(("norm", "shape"), [(nn.BatchNorm1d, (6, 4)), (nn.BatchNorm2d, (6, 4, 3, 3))])
def test_conditional_batch_norm_looks_up_scale_and_shift(norm, shape):
    torch.manual_seed(0)
    layer = ConditionalBatchNorm(norm(4, affine=False), num_classes=3)
    nn.init.normal_(layer.shift.weight)
    x, labels = 3 * torch.randn(shape) + 1, torch.tensor([0, 2, 1, 1, 0, 2])
    spread = (6, 4, *[1] * (len(shape) - 2))
    normalized = F.batch_norm(x, None, None, training=True)
    expected = normalized * layer.scale.weight[labels].view(spread) + layer.shift.weight[labels].view(spread)
    torch.testing.assert_close(layer(x, labels), expected)
    mean, variance = x.mean((0, *range(2, x.ndim))), x.var((0, *range(2, x.ndim)))
    torch.testing.assert_close(layer.norm.running_mean, 0.1 * mean)
    torch.testing.assert_close(layer.norm.running_var, 0.9 + 0.1 * variance)


@pytest.mark.parametrize("generator", [MLPGenerator, DCGANGenerator])
def test_with_one_class_conditional_batch_norm_is_batch_norm(generator):
    conditional, plain = build(generator, num_classes=1, conditioning="batch_norm"), build(generator)
    state = {
        name.replace("scale.", "").replace("shift.weight", "bias").replace("norm.", ""): value
        for name, value in conditional.state_dict().items()
    }
    plain.load_state_dict({name: value.view_as(plain.state_dict()[name]) for name, value in state.items()})
    z = draw(plain, 6)
    torch.testing.assert_close(conditional.train()(z, torch.zeros(6, dtype=torch.int64)), plain.train()(z))


@pytest.mark.parametrize("network", [*GENERATORS, *DISCRIMINATORS])
def test_an_unconditional_network_has_no_weights_for_labels(network):
    assert not any(isinstance(module, nn.Embedding) for module in build(network, num_classes=10).modules())
