"""Each layer of the style-based networks is computed again another way."""

import pytest
import torch
from torch.nn import functional as F

from gan_lightning.networks.style_layers import (
    LowPass,
    ModulatedConv2d,
    ResidualDownsampling,
    ScaledLeakyReLU,
    equalize,
)


def assert_close(actual, expected):
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("upsampled", [None, 9, 10])
def test_a_modulated_convolution_is_one_with_weights_of_its_own_for_each_sample(demodulate, upsampled):
    torch.manual_seed(0)
    layer = ModulatedConv2d(3, 4, 3, 6, demodulate, upsampled).double()
    x, w = torch.randn(2, 3, 5, 5, dtype=torch.float64), torch.randn(2, 6, dtype=torch.float64)
    affine, stored = layer.affine.parametrizations.weight.original, layer.convolution.parametrizations.weight.original
    expected = []
    for sample, own in zip(x, w, strict=True):
        style = affine @ own / 6**0.5 + 1
        weight = stored / 27**0.5 * style[:, None, None]
        if demodulate:
            weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if upsampled is None:
            expected.append(F.conv2d(sample[None], weight, padding=1))
        else:
            spread = F.conv_transpose2d(sample[None], weight.transpose(0, 1), stride=2)
            taps = torch.tensor([1, 3, 3, 1], dtype=torch.float64) / 4
            kernel = torch.outer(taps, taps).expand(4, 1, 4, 4)
            expected.append(F.conv2d(spread, kernel, padding=1, groups=4)[:, :, :upsampled, :upsampled])
    assert_close(layer(x, w), torch.cat(expected))


def test_demodulation_keeps_the_variance_of_white_noise_whatever_the_style():
    torch.manual_seed(0)
    layer = ModulatedConv2d(16, 8, 3, 6, demodulate=True)
    x, w = torch.randn(4, 16, 64, 64), torch.tensor([[0.1], [1.0], [10.0], [100.0]]) * torch.randn(6)
    variance = layer(x, w)[:, :, 1:-1, 1:-1].var(dim=(1, 2, 3))
    torch.testing.assert_close(variance, torch.ones(4), rtol=0.05, atol=0)
    free = ModulatedConv2d(16, 8, 3, 6, demodulate=False)(x, w)
    assert free[3].var() > 100 * free[1].var()


def test_resampling_keeps_a_constant_map_and_its_mean():
    ones = torch.ones(1, 2, 10, 10)
    assert torch.equal(LowPass()(ones, padding=1)[:, :, 1:-1, 1:-1], torch.ones(1, 2, 7, 7))
    doubled = LowPass(gain=4).upsample(ones, 19)
    assert doubled.shape == (1, 2, 19, 19)
    assert torch.equal(doubled[:, :, 1:-1, 1:-1], torch.ones(1, 2, 17, 17))
    ramp = torch.arange(6.0).expand(1, 1, 6, 6)
    bilinear = F.interpolate(ramp, scale_factor=2, mode="bilinear")
    torch.testing.assert_close(LowPass(gain=4).upsample(ramp, 12)[..., 1:-1, 1:-1], bilinear[..., 1:-1, 1:-1])


@pytest.mark.parametrize("side", [7, 8])
def test_the_skip_of_a_block_lies_under_its_main_path(side):
    """A bright pixel has the same centre of mass in both."""
    block = ResidualDownsampling(1, 1)
    for kernel in (block.first.weight, block.second.weight, block.skip.weight):
        torch.nn.init.zeros_(kernel)
        kernel.data[..., kernel.shape[2] // 2, kernel.shape[3] // 2] = 1
    torch.nn.init.zeros_(block.first.bias)
    x = torch.zeros(1, 1, side, side)
    x[..., 3, 3] = 1
    odd = side % 2
    main = block.second(block.low_pass(block.first(x), padding=2 + odd)) - block.second.bias
    skip = block.skip(block.low_pass(x, padding=1 + odd))[:, :, ::2, ::2]
    assert main.shape == skip.shape == (1, 1, 4, 4)
    positions = torch.arange(4.0)
    for axis in (2, 3):
        of_main, of_skip = ((m.sum(dim=5 - axis).flatten() * positions).sum() / m.sum() for m in (main, skip))
        torch.testing.assert_close(of_main, of_skip)


@pytest.mark.parametrize("side", [7, 8])
def test_a_block_is_the_mean_of_its_two_paths_times_root_two(side):
    block, x, odd = ResidualDownsampling(3, 5), torch.randn(2, 3, side, side), side % 2
    main = block.low_pass(block.activation(block.first(x)), padding=2 + odd)
    skip = block.skip(block.low_pass(x, padding=1 + odd))[:, :, ::2, ::2]
    torch.testing.assert_close(block(x), (block.activation(block.second(main)) + skip) / 2**0.5)


def test_the_slope_is_a_fifth_and_the_gain_root_two():
    x = torch.tensor([-10.0, -1.0, 0.0, 2.0])
    torch.testing.assert_close(ScaledLeakyReLU()(x), 2**0.5 * torch.tensor([-2.0, -0.2, 0.0, 2.0]))


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_an_equalised_layer_keeps_the_variance_and_moves_by_its_share(multiplier):
    torch.manual_seed(0)
    layer = equalize(torch.nn.Linear(400, 300), bias=1.0, lr_multiplier=multiplier)
    stored = layer.parametrizations.weight.original
    assert stored.std().item() == pytest.approx(1 / multiplier, rel=0.01)
    x = torch.randn(1000, 400)
    y = layer(x)
    assert y.mean().item() == pytest.approx(1, abs=0.02)
    assert y.std().item() == pytest.approx(1, rel=0.02)
    before = layer.weight.detach().clone(), layer.bias.detach().clone()
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    layer(x).square().sum().backward()
    optimizer.step()
    moved = (layer.weight - before[0]).abs(), (layer.bias - before[1]).abs()
    torch.testing.assert_close(moved[0], torch.full_like(moved[0], 0.1 * multiplier / 20), rtol=1e-2, atol=1e-6)
    torch.testing.assert_close(moved[1], torch.full_like(moved[1], 0.1 * multiplier), rtol=1e-2, atol=1e-6)
