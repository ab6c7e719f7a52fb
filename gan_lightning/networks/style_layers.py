"""Layers of the style-based networks (Karras et al. 2020, arXiv:1912.04958).

Learning rates are equalised (Karras et al. 2018, arXiv:1710.10196): weights are stored as N(0, 1) and multiplied by
1/√fan-in in each forward pass, so that Adam moves all layers at the same relative speed.
"""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import register_parametrization

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import ImageShape

GAIN = math.sqrt(2)
"""Gain of the activation, which makes up for the variance that it takes."""


def style_map_sizes(image_shape: ImageShape) -> list[int]:
    """Sides of the feature maps, which halve, rounded up, from the image to at most 4: 28 gives [4, 7, 14, 28].

    Raises:
        UsageError: The image is not square, or its side is below 8.
    """
    _, height, width = image_shape
    if height != width or height < 8:
        raise UsageError(
            f"a style-based network builds square images with a side from 8 up, not {height}x{width}: "
            "choose such a size, for example --data.image_size 28"
        )
    sizes = [height]
    while sizes[0] > 4:
        sizes.insert(0, (sizes[0] + 1) // 2)
    return sizes


def style_map_channels(maps: int, width: int) -> list[int]:
    """Channels of the maps from the smallest to the largest, which has ``width``; the others twice, then four times."""
    return [width * min(4, 2 ** (maps - 1 - index)) for index in range(maps)]


class ScaledLeakyReLU(nn.LeakyReLU):
    """√2·LeakyReLU(x), with slope 0.2."""

    def __init__(self) -> None:
        super().__init__(0.2)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input) * GAIN


def normalize_length(x: Tensor) -> Tensor:
    """Vectors (N, d) scaled to length √d."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class Scaled(nn.Module):
    """The parametrisation of a parameter that is stored divided by ``factor``."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, stored: Tensor) -> Tensor:
        return stored * self.factor


Layer = TypeVar("Layer", bound=nn.Linear | nn.Conv2d)


def equalize(layer: Layer, bias: float = 0.0, lr_multiplier: float = 1.0) -> Layer:
    """Equalises the learning rate of ``layer``: its weight is stored as N(0, 1/λ²) and used times λ/√fan-in.

    Args:
        layer: What is changed and given back.
        bias: What the bias starts at, if there is one. It is stored divided by λ, too.
        lr_multiplier: λ, the learning rate of the layer as a share of the optimiser's.
    """
    nn.init.normal_(layer.weight, std=1 / lr_multiplier)
    fan_in = layer.weight[0].numel()
    register_parametrization(layer, "weight", Scaled(lr_multiplier / math.sqrt(fan_in)))
    if layer.bias is not None:
        nn.init.constant_(layer.bias, bias / lr_multiplier)
        if lr_multiplier != 1:
            register_parametrization(layer, "bias", Scaled(lr_multiplier))
    return layer


class LowPass(nn.Module):
    """The filter [1, 3, 3, 1] along rows and columns, with which maps are resampled; beyond the edges lie zeros.

    Args:
        gain: What the filter's weights add up to: 4 where every other row and column of its input is zero.
    """

    kernel: Tensor

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("kernel", gain * torch.outer(taps, taps)[None, None], persistent=False)

    def forward(self, x: Tensor, padding: int) -> Tensor:
        """Maps (N, C, s, s), padded and filtered."""
        return F.conv2d(x, self._kernel(x), padding=padding, groups=x.shape[1])

    def upsample(self, x: Tensor, size: int) -> Tensor:
        """Maps (N, C, size, size) from maps of half that side, rounded up: doubled, and cropped to it."""
        return F.conv_transpose2d(x, self._kernel(x), stride=2, padding=1, groups=x.shape[1])[:, :, :size, :size]

    def _kernel(self, x: Tensor) -> Tensor:
        return self.kernel.expand(x.shape[1], -1, -1, -1)


class ModulatedConv2d(nn.Module):
    """A convolution whose weights are scaled by a style.

    With the style s = A(w) (N, inputs), the kernel of a sample is w'ᵢⱼₖ = sᵢ wᵢⱼₖ, and, demodulated,
    w'ᵢⱼₖ / √(Σᵢₖ w'ᵢⱼₖ² + 1e-8) for each output j. The same comes from a convolution of s·x with the weights that all
    samples share, times the factors of the demodulation, which is faster.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        kernel: Side of the kernel.
        style_dim: Length of w.
        demodulate: Whether each output's weights are scaled to length 1.
        upsampled: Side of the output where the input's is half of it, rounded up: a transposed convolution with stride
            2, the filter [1, 3, 3, 1], and a crop to this side. None keeps the side.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, style_dim: int, demodulate: bool, upsampled: int | None = None
    ) -> None:
        super().__init__()
        self.affine = equalize(nn.Linear(style_dim, inputs), bias=1.0)
        self.convolution = equalize(nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False))
        self.low_pass = LowPass(gain=4)
        self.demodulate, self.upsampled = demodulate, upsampled

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Maps (N, outputs, t, t) from maps (N, inputs, s, s) and a w for each (N, style_dim)."""
        style, weight = self.affine(w), self.convolution.weight
        x = x * style[:, :, None, None]
        if self.upsampled is None:
            x = F.conv2d(x, weight, padding=self.convolution.padding)
        else:
            x = self.low_pass(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), padding=1)
            x = x[:, :, : self.upsampled, : self.upsampled]
        if self.demodulate:
            squares = style.square() @ weight.square().sum(dim=(2, 3)).T
            x = x * torch.rsqrt(squares + 1e-8)[:, :, None, None]
        return x


class StyledLayer(nn.Module):
    """A demodulated 3×3 convolution, noise, bias and √2·LeakyReLU(0.2).

    In training mode the noise is drawn anew for each image, from the default random stream; in eval mode it is the same
    for all, so that an image follows from its styles. Its strength is learned from 0.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        size: Side of the output.
        style_dim: Length of w.
        upsample: Whether the side of the input is half of that, rounded up.
    """

    noise: Tensor

    def __init__(self, inputs: int, outputs: int, size: int, style_dim: int, upsample: bool) -> None:
        super().__init__()
        self.modulated = ModulatedConv2d(inputs, outputs, 3, style_dim, True, size if upsample else None)
        self.register_buffer("noise", torch.randn(1, 1, size, size))
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))
        self.activation = ScaledLeakyReLU()

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Maps (N, outputs, size, size) from maps (N, inputs, s, s) and a w for each (N, style_dim)."""
        x = self.modulated(x, w)
        noise = torch.randn_like(x[:, :1]) if self.training else self.noise
        return self.activation(x + self.strength * noise + self.bias)


class ToImage(nn.Module):
    """A modulated 1×1 convolution without demodulation, with a bias, added to the upsampled image so far.

    Args:
        inputs: Channels of the map.
        channels: Channels of the image.
        size: Side of both.
        style_dim: Length of w.
    """

    def __init__(self, inputs: int, channels: int, size: int, style_dim: int) -> None:
        super().__init__()
        self.size = size
        self.modulated = ModulatedConv2d(inputs, channels, 1, style_dim, demodulate=False)
        self.low_pass = LowPass(gain=4)
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor, w: Tensor, image: Tensor | None) -> Tensor:
        """(N, channels, size, size) from maps (N, inputs, size, size), a w for each, and the image so far."""
        own = self.modulated(x, w) + self.bias
        return own if image is None else own + self.low_pass.upsample(image, self.size)


class ResidualDownsampling(nn.Module):
    """(main(x) + skip(x)) / √2, at half the side, rounded up.

    main: a 3×3 convolution, √2·LeakyReLU(0.2), [1, 3, 3, 1], a 3×3 convolution with stride 2, √2·LeakyReLU(0.2).
    skip: [1, 3, 3, 1] with stride 2, a 1×1 convolution without bias; computed as one convolution, since depthwise ones
    with a stride are slow on CPUs.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, inputs, 3, padding=1)
        self.second = nn.Conv2d(inputs, outputs, 3, stride=2)
        self.skip = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.activation = ScaledLeakyReLU()
        self.low_pass = LowPass()

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, outputs, ⌈s/2⌉, ⌈s/2⌉) from maps (N, inputs, s, s)."""
        odd = x.shape[2] % 2
        main = self.low_pass(self.activation(self.first(x)), padding=2 + odd)
        main = self.activation(self.second(main))
        skip = F.conv2d(x, self.skip.weight * self.low_pass.kernel, stride=2, padding=1 + odd)
        return (main + skip) / GAIN
