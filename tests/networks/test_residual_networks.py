import math

import pytest
import torch
from network_cases import build, draw
from torch import nn
from torch.nn import functional as F

from gan_lightning.networks import ResidualDiscriminator, ResidualGenerator
from gan_lightning.networks.residual import Resample, ResidualBlock

NETWORKS = [ResidualGenerator, ResidualDiscriminator]


def blocks_of(network):
    return [module for module in network.modules() if isinstance(module, ResidualBlock)]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("blocks", [1, 2])
def test_every_block_starts_as_the_identity(network, blocks):
    found = blocks_of(build(network, blocks=blocks))
    assert len(found) == 4 * blocks
    for block in found:
        x = torch.randn(2, block.expand.in_channels, 5, 5)
        assert torch.equal(block(x), x)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("blocks", [1, 4])
def test_the_other_convolutions_start_scaled_by_the_number_of_blocks(network, blocks):
    torch.manual_seed(0)
    built = network(blocks=blocks)
    scale = (4 * blocks) ** -0.25
    for block in blocks_of(built):
        channels = block.expand.in_channels
        expand, spread = block.expand.weight.std().item(), block.spread.weight.std().item()
        assert expand == pytest.approx(scale * math.sqrt(2 / 1.04 / channels), rel=0.05)
        assert spread == pytest.approx(scale * math.sqrt(2 / 1.04 / (16 * 9)), rel=0.05)


def test_a_block_adds_three_convolutions_of_the_map():
    torch.manual_seed(0)
    block = ResidualBlock(16)
    x = torch.randn(2, 16, 5, 5)
    expand, spread, contract = block.expand, block.spread, block.contract
    assert (expand.weight.shape, contract.weight.shape) == ((32, 16, 1, 1), (16, 32, 1, 1))
    assert (spread.weight.shape, spread.groups) == ((32, 16, 3, 3), 2)
    inner = F.leaky_relu(F.conv2d(x, expand.weight, expand.bias), 0.2)
    inner = F.leaky_relu(F.conv2d(inner, spread.weight, spread.bias, padding=1, groups=2), 0.2)
    torch.testing.assert_close(block(x), x + F.conv2d(inner, contract.weight))


@pytest.mark.parametrize("network", NETWORKS)
def test_nothing_is_normalised_and_nothing_bounded(network):
    for module in build(network).modules():
        assert not isinstance(module, (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm, nn.Tanh))


def test_the_generator_without_blocks_is_linear_in_the_latent():
    """All blocks start as the identity, so only the scaled basis, the resampling and 1×1 convolutions are left."""
    generator = build(ResidualGenerator, 5, (1, 8, 8))
    z = draw(generator, 2)
    torch.testing.assert_close(generator(z).sum(0), generator(z.sum(0, keepdim=True))[0])
    basis, modulate = generator.basis, generator.modulate.weight
    maps = torch.einsum("hwc,nc->nchw", basis, z @ modulate.T)
    torch.testing.assert_close(generator(z), generator.layers(maps))


def test_the_discriminator_begins_with_the_image_and_ends_with_a_vector():
    discriminator = build(ResidualDiscriminator, (3, 28, 28))
    depthwise = discriminator.layers[-1]
    assert (depthwise.kernel_size, depthwise.groups) == ((4, 4), 64)
    assert discriminator.features(torch.randn(2, 3, 28, 28)).shape == (2, 64)


@pytest.mark.parametrize(("smaller", "larger"), [(7, 14), (4, 8)])
def test_halving_averages_four_pixels_and_keeps_constants(smaller, larger):
    x = torch.randn(1, 3, larger, larger)
    torch.testing.assert_close(Resample(3, 3, smaller, enlarge=False)(x), F.avg_pool2d(x, 2))
    constant = torch.full((1, 3, smaller, smaller), 0.7)
    torch.testing.assert_close(Resample(3, 3, larger, enlarge=True)(constant), torch.full((1, 3, larger, larger), 0.7))


@pytest.mark.parametrize("enlarge", [True, False])
def test_a_map_of_other_channels_passes_through_one_convolution_on_the_smaller_map(enlarge):
    resample = Resample(4, 2, 7 if enlarge else 4, enlarge)
    sides = []
    resample.convolve.register_forward_hook(lambda _, __, maps: sides.append(maps.shape[-1]))
    side = 4 if enlarge else 7
    assert resample(torch.randn(1, 4, side, side)).shape == (1, 2, resample.side, resample.side)
    assert sides == [4]


def test_spectral_norm_has_no_zero_to_divide_by():
    discriminator = build(ResidualDiscriminator, spectral_norm=True)
    assert all(block.contract.weight.abs().max() > 0 for block in blocks_of(discriminator))
    assert discriminator(draw(discriminator, 2)).isfinite().all()


@pytest.mark.parametrize("network", NETWORKS)
def test_feature_maps_have_the_channels_last(network):
    built = build(network, image_shape=(3, 28, 28))
    found = []
    for layer in built.layers:
        layer.register_forward_hook(
            lambda layer, _, maps: found.append(maps.is_contiguous(memory_format=torch.channels_last))
        )
    built(draw(built, 2))
    assert found == [True] * len(built.layers)
