"""Residual networks after R3GAN (Huang et al. 2024, arXiv:2501.05441), for small square images.

They have no normalisation and no tanh. A block computes x + f(x), where f is three convolutions: 1×1 to twice as many
channels, 3×3 in groups of 16 channels, 1×1 back. The last one starts at zero, so that every block starts as the
identity. The others start scaled by L^(-1/4) for L blocks, so that the first updates of a network do not grow with L
(Fixup, Zhang et al. 2019, arXiv:1901.09321). Between the blocks the maps are resampled by bilinear interpolation.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import Generator, ImageShape
from gan_lightning.networks.checks import check_sizes
from gan_lightning.networks.conditioning import (
    DiscriminatorConditioning,
    GeneratorConditioning,
    conditioned_classes,
    label_input,
    refuse_batch_norm_conditioning,
)
from gan_lightning.networks.dcgan import feature_map_sizes
from gan_lightning.networks.heads import FeatureDiscriminator
from gan_lightning.networks.layers import MinibatchStd, initialize_he

GROUP_CHANNELS = 16
EXPANSION = 2


class ResidualBlock(nn.Module):
    """x + contract(a(spread(a(expand(x))))) with a = LeakyReLU(0.2).

    ``expand`` is a 1×1 convolution to twice as many channels, ``spread`` a 3×3 convolution in groups of 16 channels,
    and ``contract`` a 1×1 convolution back.

    Args:
        channels: Channels of the map, a multiple of 8.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = EXPANSION * channels
        self.expand = nn.Conv2d(channels, inner, kernel_size=1)
        self.spread = nn.Conv2d(inner, inner, kernel_size=3, padding=1, groups=inner // GROUP_CHANNELS)
        self.contract = nn.Conv2d(inner, channels, kernel_size=1, bias=False)
        self.activation = nn.LeakyReLU(0.2)

    def initialize(self, scale: float) -> None:
        """Draws the first two convolutions as He et al. 2015, times ``scale``, and sets the last to zero."""
        for layer in (self.expand, self.spread):
            initialize_he(layer, slope=0.2)
            with torch.no_grad():
                layer.weight.mul_(scale)
        nn.init.zeros_(self.contract.weight)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.activation(self.spread(self.activation(self.expand(x))))
        return x + self.contract(inner)


class Resample(nn.Module):
    """Bilinear interpolation to another side, with a 1×1 convolution where the channels change.

    The convolution is applied to the smaller of the two maps.

    Args:
        inputs: Channels of the map that is given.
        outputs: Channels of the map that is returned.
        side: Side of the map that is returned.
        enlarge: Whether ``side`` is the larger one.
    """

    def __init__(self, inputs: int, outputs: int, side: int, enlarge: bool) -> None:
        super().__init__()
        self.side = side
        self.enlarge = enlarge
        self.convolve = nn.Conv2d(inputs, outputs, kernel_size=1, bias=False) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        if self.enlarge:
            return self._interpolate(self.convolve(x))
        return self.convolve(self._interpolate(x))

    def _interpolate(self, x: Tensor) -> Tensor:
        return F.interpolate(x, size=(self.side, self.side), mode="bilinear", align_corners=False)


def check_residual(width: int, blocks: int) -> None:
    """Refuses sizes that cannot be built.

    Raises:
        UsageError: ``width`` is not a multiple of 8, or a size is below 1.
    """
    check_sizes(width=width, blocks=blocks)
    if width * EXPANSION % GROUP_CHANNELS:
        multiple = GROUP_CHANNELS // EXPANSION
        raise UsageError(f"width must be a multiple of {multiple} for groups of {GROUP_CHANNELS} channels, not {width}")


def initialize_residual(network: nn.Module) -> None:
    """Draws the weights of a network: those of its L blocks scaled by L^(-1/4), the others to keep a signal's scale."""
    initialize_he(network, slope=1.0)
    blocks = [module for module in network.modules() if isinstance(module, ResidualBlock)]
    for block in blocks:
        block.initialize(scale=len(blocks) ** -0.25)


class ResidualGenerator(Generator):
    """A learned map scaled by a linear function of the latent, then residual blocks on four maps of growing size.

    Its images are unbounded.

    Args:
        latent_dim: Length of a latent vector.
        image_shape: (channels, height, width) of an image: square, with a side that is a multiple of 4 from 8 up.
        num_classes: Number of classes of the data.
        width: Channels of the largest map, a multiple of 8; the smaller ones have 2, 4 and 8 times as many.
        blocks: Number of residual blocks on each map.
        conditioning: How the label enters: none, one_hot (beside the latent) or embedding (a learned vector of the
            latent's length beside the latent).

    Raises:
        UsageError: A size is below 1 or cannot be built, or the conditioning does not fit the other arguments.
    """

    def __init__(
        self,
        latent_dim: int = 64,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        width: int = 32,
        blocks: int = 1,
        conditioning: GeneratorConditioning = "none",
    ) -> None:
        classes = conditioned_classes(conditioning, num_classes, GeneratorConditioning)
        super().__init__(latent_dim, image_shape, classes, output_range=None)
        refuse_batch_norm_conditioning(conditioning, "a ResidualGenerator", "use conditioning embedding or one_hot")
        check_residual(width, blocks)
        self.width = width
        self.label_input = label_input(conditioning, classes, (latent_dim,))
        sides, channels = feature_map_sizes(image_shape), (8 * width, 4 * width, 2 * width, width)
        self.basis = nn.Parameter(torch.randn(sides[0], sides[0], channels[0]))
        self.modulate = nn.Linear(latent_dim + self.label_input.size, channels[0], bias=False)
        layers: list[nn.Module] = [ResidualBlock(channels[0]) for _ in range(blocks)]
        for inputs, outputs, side in zip(channels[:-1], channels[1:], sides[1:], strict=True):
            layers += [Resample(inputs, outputs, side, enlarge=True)]
            layers += [ResidualBlock(outputs) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, image_shape[0], kernel_size=1))
        initialize_residual(self)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        scales = self.modulate(self.label_input(z, labels))
        return self.layers((self.basis * scales[:, None, None, :]).movedim(-1, 1))


class ResidualDiscriminator(FeatureDiscriminator):
    """Residual blocks on four maps of falling size, a depthwise convolution over the last map, and a linear layer.

    Args:
        image_shape: (channels, height, width) of an image: square, with a side that is a multiple of 4 from 8 up.
        num_classes: Number of classes of the data.
        width: Channels of the largest map, a multiple of 8; the smaller ones have 2, 4 and 8 times as many.
        blocks: Number of residual blocks on each map.
        conditioning: How the label enters: none, one_hot (planes beside the image), embedding (a learned plane beside
            the image) or projection (Miyato & Koyama 2018, arXiv:1802.05637).
        pack: How many images are scored together.
        spectral_norm: Whether every weight is divided by its largest singular value. The last convolution of a block
            then starts as the others do, since zero has no direction.
        minibatch_std: Whether the blocks of the last map see how much the images of a batch differ.

    Raises:
        UsageError: A size is below 1 or cannot be built, or the conditioning does not fit the other arguments.
    """

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        width: int = 32,
        blocks: int = 1,
        conditioning: DiscriminatorConditioning = "none",
        pack: int = 1,
        spectral_norm: bool = False,
        minibatch_std: bool = False,
    ) -> None:
        super().__init__(image_shape, num_classes, conditioning, pack, spectral_norm)
        check_residual(width, blocks)
        self.width = width
        self.mixes_batch = minibatch_std
        self.label_input = label_input(conditioning, self.num_classes, (1, *image_shape[1:]))
        sides, channels = feature_map_sizes(image_shape)[::-1], (width, 2 * width, 4 * width, 8 * width)
        layers: list[nn.Module] = [nn.Conv2d(pack * image_shape[0] + self.label_input.size, width, kernel_size=1)]
        layers += [ResidualBlock(width) for _ in range(blocks)]
        for inputs, outputs, side in zip(channels[:-1], channels[1:], sides[1:], strict=True):
            shown = minibatch_std and side == sides[-1]
            layers += [MinibatchStd()] if shown else []
            layers += [Resample(inputs + shown, outputs, side, enlarge=False)]
            layers += [ResidualBlock(outputs) for _ in range(blocks)]
        depthwise = nn.Conv2d(8 * width, 8 * width, kernel_size=sides[-1], groups=8 * width, bias=False)
        self.layers = nn.Sequential(*layers, depthwise)
        self.add_score(8 * width)

    def initialize(self, network: nn.Module) -> None:
        if self.spectral_norm:
            initialize_he(network, slope=1.0)
        else:
            initialize_residual(network)

    def features(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(self.label_input(images, labels)).flatten(1)
