import math

import pytest
import torch
from network_cases import build
from torch import nn

from gan_lightning.networks import DCGANDiscriminator, DCGANGenerator


@pytest.mark.parametrize("network", [DCGANGenerator(), DCGANDiscriminator()])
def test_weights_start_as_the_dcgan_paper_says(network):
    weights = torch.cat([p.flatten() for p in network.parameters() if p.ndim > 1])
    assert weights.mean().abs() < 1e-4
    assert weights.std().item() == pytest.approx(0.02, rel=0.01)
    scales = torch.cat([m.weight for m in network.modules() if isinstance(m, nn.BatchNorm2d)])
    assert scales.mean().item() == pytest.approx(1, abs=0.005)
    assert scales.std().item() == pytest.approx(0.02, rel=0.2)


def test_without_batch_norm_weights_start_as_he_says():
    discriminator, generator = DCGANDiscriminator(norm="none"), DCGANGenerator(norm="none")
    gain = math.sqrt(2 / 1.04)
    assert discriminator.layers[2].weight.std().item() == pytest.approx(gain / math.sqrt(64 * 16), rel=0.01)
    assert generator.project.weight.std().item() == pytest.approx(math.sqrt(2 / 100), rel=0.01)
    assert generator.layers[3].weight.std().item() == pytest.approx(math.sqrt(2 / (128 * 4)), rel=0.01)


@pytest.mark.parametrize(("norm", "expected"), [("batch", 0.02), ("none", math.sqrt(2 / 1.04 / 4096))])
def test_a_head_starts_as_the_other_layers_do(norm, expected):
    discriminator = DCGANDiscriminator(norm=norm)
    discriminator.add_head("classes", 10)
    head = discriminator.heads["classes"]
    assert head.weight.std().item() == pytest.approx(expected, rel=0.02)
    assert not head.bias.any()


@pytest.mark.parametrize("network", [DCGANGenerator, DCGANDiscriminator])
def test_a_bias_stands_in_for_the_shift_of_batch_norm(network):
    layers = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    for norm, shifts in (("batch", 2), ("none", 4)):
        biased = [m.bias is not None for m in build(network, norm=norm).modules() if isinstance(m, layers)]
        normed = [m for m in build(network, norm=norm).modules() if isinstance(m, nn.BatchNorm2d)]
        assert (len(normed) > 0) == (norm == "batch")
        assert sum(biased) == (shifts if network is DCGANDiscriminator or norm == "none" else 1)


def test_the_generator_projects_and_upsamples_three_times_with_batch_norm_between():
    generator = DCGANGenerator(100, (1, 28, 28))
    kinds = [type(layer).__name__ for layer in generator.layers]
    assert kinds == ["BatchNorm2d", "ReLU", *["ConvTranspose2d", "BatchNorm2d", "ReLU"] * 2, "ConvTranspose2d", "Tanh"]
    assert generator.project.weight.shape == (4 * 4 * 256, 100)


def test_the_projection_and_the_score_are_convolutions_over_the_whole_map():
    """As the paper's figure has them, with the weights laid out otherwise."""
    generator, discriminator = DCGANGenerator(6, (1, 28, 28), width=2), DCGANDiscriminator((1, 28, 28), width=2)
    z, images = torch.randn(3, 6), torch.randn(3, 1, 28, 28)
    kernel = generator.project.weight.unflatten(0, (4, 4, 8)).permute(3, 2, 0, 1)
    maps = torch.nn.functional.conv_transpose2d(z[:, :, None, None], kernel)
    torch.testing.assert_close(generator(z), generator.layers(maps))
    features = discriminator.layers(images)
    kernel = discriminator.score.weight.unflatten(1, (4, 4, 8)).permute(0, 3, 1, 2)
    logits = torch.nn.functional.conv2d(features, kernel, discriminator.score.bias).flatten()
    torch.testing.assert_close(discriminator(images), logits)


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_feature_maps_have_the_channels_last(norm):
    generator = DCGANGenerator(6, (3, 28, 28), width=2, norm=norm)
    discriminator = DCGANDiscriminator((3, 28, 28), width=2, norm=norm)
    found = []
    for layer in (*generator.layers, *discriminator.layers):
        layer.register_forward_hook(
            lambda layer, _, maps: found.append(maps.is_contiguous(memory_format=torch.channels_last))
        )
    discriminator(generator(torch.randn(2, 6)))
    assert found == [True] * (len(generator.layers) + len(discriminator.layers))
