import pytest
import torch
from network_cases import build

from gan_lightning.networks import MLPDiscriminator, MLPGenerator


def test_the_width_is_doubled_towards_the_image():
    generator, discriminator = MLPGenerator(width=4), MLPDiscriminator(width=4)
    assert tuple(generator.hidden_dims) == (4, 8, 16)
    assert tuple(discriminator.hidden_dims) == (16, 8, 4)
    layers = [layer for layer in generator.layers if isinstance(layer, torch.nn.Linear)]
    assert [layer.out_features for layer in layers] == [4, 8, 16, 784]


def test_hidden_dims_override_the_width():
    generator = MLPGenerator(hidden_dims=[8, 6], width=4)
    assert generator.hidden_dims == [8, 6]
    assert generator.layers[0].out_features == 8


def test_the_first_layer_sees_the_latent_and_the_label():
    assert MLPGenerator(5, hidden_dims=[8], num_classes=3, conditioning="one_hot").layers[0].in_features == 5 + 3
    assert MLPDiscriminator(hidden_dims=[8], num_classes=3, conditioning="one_hot").layers[0].in_features == 784 + 3


@pytest.mark.parametrize("batch_norm", [True, False])
def test_hidden_layers_of_the_generator_are_normalised_if_asked(batch_norm):
    norms = [layer for layer in MLPGenerator(batch_norm=batch_norm).layers if isinstance(layer, torch.nn.BatchNorm1d)]
    assert len(norms) == (3 if batch_norm else 0)


def test_the_discriminator_drops_units_while_training_only():
    d = build(MLPDiscriminator, dropout=0.5)
    image = torch.randn(1, 1, 28, 28)
    assert torch.equal(d.eval()(image), d(image))
    assert not torch.equal(d.train()(image), d(image))
