"""Style-based networks (StyleGAN2: Karras et al. 2020, arXiv:1912.04958) for small square images.

The generator maps a latent z to w, and each of its layers is modulated by a style that it computes from w. Styles that
come from several latents can be mixed, and moved by hand: ``gan_lightning.sampling.styles``. All learning rates are
equalised: Adam with a learning rate of 2e-3 and betas (0, 0.99) is the recipe.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import ImageShape, StyledGenerator
from gan_lightning.networks.checks import check_sizes
from gan_lightning.networks.conditioning import DiscriminatorConditioning, conditioned_classes, label_input
from gan_lightning.networks.heads import FeatureDiscriminator
from gan_lightning.networks.layers import MinibatchStd, require_labels
from gan_lightning.networks.style_layers import (
    ResidualDownsampling,
    ScaledLeakyReLU,
    StyledLayer,
    ToImage,
    equalize,
    normalize_length,
    style_map_channels,
    style_map_sizes,
)

StyleConditioning = Literal["none", "embedding"]

DECAY = 0.995
"""Of the running mean of w, a batch."""

MAPPING_LR = 0.01
"""Learning rate of the mapping network as a share of the other layers'."""


class StyleGenerator(StyledGenerator):
    """StyleGAN2's generator with skip outputs, for images from 8×8 up.

    The mapping network takes z, scaled to length √latent_dim, to w, which is as long. The synthesis network begins with
    a learned constant of the smallest map; a map is followed by the next with an upsampling layer and another layer.
    What each map adds to the image is upsampled with the filter [1, 3, 3, 1] and summed. The image is unbounded.

    There are two styles a map, from the coarsest to the finest: with n maps ``num_layers`` is 2n, layer l < 2n - 1 is
    the l-th convolution (layer 0 the only one at the smallest map, 2k - 1 and 2k the two at map k > 0), and map k's
    contribution to the image takes the style of layer 2k + 1, which is the next map's first layer or the last style.

    In training mode ``styles`` mixes and moves ``mean_style``, and ``synthesize`` draws noise; in eval mode the noise
    is fixed, so an image depends on its latent and label alone.

    Args:
        latent_dim: Length of z and of w.
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes in the data, which only a conditional generator uses.
        conditioning: "none" ignores the labels; "embedding" concatenates a learned vector for the label to z, scaled to
            the same length (Karras et al. 2020, arXiv:2006.06676).
        width: Channels of the largest map; the smaller ones have 2 and 4 times as many.
        mapping_layers: Linear layers from z to w.
        mixing: Probability, in training, that the styles of an image come from two latents, the first up to a layer
            drawn at random and the second from there on.

    Raises:
        UsageError: The image is not square or too small, a number is out of range, or there are no classes for the
            conditioning.
    """

    mean_style: Tensor
    """w̄ (latent_dim,): the running mean of w over the batches of the training."""

    def __init__(
        self,
        latent_dim: int = 64,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        conditioning: StyleConditioning = "none",
        width: int = 32,
        mapping_layers: int = 4,
        mixing: float = 0.9,
    ) -> None:
        classes = conditioned_classes(conditioning, num_classes, StyleConditioning)
        super().__init__(latent_dim, image_shape, classes, output_range=None)
        check_sizes(width=width, mapping_layers=mapping_layers)
        if not 0 <= mixing <= 1:
            raise UsageError(f"mixing is a probability, from 0 to 1, not {mixing}")
        sizes = style_map_sizes(image_shape)
        channels = style_map_channels(len(sizes), width)
        self.mixing = mixing
        self.num_layers = 2 * len(sizes)
        self.embedding = nn.Embedding(classes, latent_dim) if classes else None
        inputs = latent_dim * (2 if classes else 1)
        self.mapping = nn.Sequential()
        for size in [inputs, *[latent_dim] * (mapping_layers - 1)]:
            self.mapping.append(equalize(nn.Linear(size, latent_dim), lr_multiplier=MAPPING_LR))
            self.mapping.append(ScaledLeakyReLU())
        self.constant = nn.Parameter(torch.randn(channels[0], sizes[0], sizes[0]))
        self.layers = nn.ModuleList([StyledLayer(channels[0], channels[0], sizes[0], latent_dim, upsample=False)])
        for coarse, fine, size in zip(channels, channels[1:], sizes[1:], strict=False):
            self.layers.append(StyledLayer(coarse, fine, size, latent_dim, upsample=True))
            self.layers.append(StyledLayer(fine, fine, size, latent_dim, upsample=False))
        self.to_image = nn.ModuleList(
            [ToImage(count, image_shape[0], size, latent_dim) for count, size in zip(channels, sizes, strict=True)]
        )
        self.register_buffer("mean_style", torch.zeros(latent_dim))
        self.to(memory_format=torch.channels_last)

    def map(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """w (N, latent_dim) of latents (N, latent_dim) and, if conditional, labels (N,)."""
        x = normalize_length(z)
        if self.embedding is not None:
            x = torch.cat([x, normalize_length(self.embedding(require_labels(labels)))], dim=1)
        return self.mapping(x)

    def styles(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The styles (N, num_layers, latent_dim) of latents; training mixes them and moves ``mean_style``."""
        w = self.map(z, labels)
        styles = w[:, None].expand(-1, self.num_layers, -1)
        if not self.training:
            return styles
        with torch.no_grad():
            self.mean_style.lerp_(w.mean(dim=0).to(self.mean_style.dtype), 1 - DECAY)
        if self.mixing == 0:
            return styles
        other = self.map(torch.randn_like(z), labels)
        return torch.where(self._crossover(len(z), z.device), other[:, None], styles)

    def _crossover(self, count: int, device: torch.device) -> Tensor:
        """Where styles come from the second latent, (count, num_layers, 1): from a random layer on, or nowhere."""
        start = torch.randint(1, self.num_layers, (count, 1), device=device)
        mixed = torch.rand(count, 1, device=device) < self.mixing
        return (mixed & (torch.arange(self.num_layers, device=device) >= start))[..., None]

    def synthesize(self, styles: Tensor) -> Tensor:
        """Images (N, C, H, W) from styles (N, num_layers, latent_dim)."""
        features = self.constant.expand(len(styles), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        image = None
        for index, layer in enumerate(self.layers):
            features = layer(features, styles[:, index])
            if index % 2 == 0:
                image = self.to_image[index // 2](features, styles[:, index + 1], image)
        return image  # type: ignore[return-value]

    def truncate(self, styles: Tensor, psi: float, layers: Sequence[int] | None = None) -> Tensor:
        """w̄ + ψ (w - w̄): styles (N, num_layers, latent_dim) nearer to the mean, whose images vary less.

        Args:
            styles: What ``styles`` gives.
            psi: 1 changes nothing; 0 gives the mean.
            layers: Which layers' styles are moved; all by default.
        """
        truncated = torch.lerp(self.mean_style.to(styles), styles, psi)
        if layers is None:
            return truncated
        chosen = torch.zeros(self.num_layers, 1, dtype=torch.bool, device=styles.device)
        chosen[list(layers)] = True
        return torch.where(chosen, truncated, styles)

    def style_weights(self, layers: Sequence[int] | None = None) -> Tensor:
        """A (rows, latent_dim): the weights, one below the other, with which these layers compute scales from w."""
        chosen = range(self.num_layers) if layers is None else layers
        modulated: list[Any] = [
            *[self.layers[index] for index in chosen if index < len(self.layers)],
            *[self.to_image[index // 2] for index in chosen if index % 2 == 1],
        ]
        return torch.cat([module.modulated.affine.weight for module in modulated])


class StyleDiscriminator(FeatureDiscriminator):
    """StyleGAN2's residual discriminator, for images from 8×8 up.

    A 1×1 convolution, residual blocks that halve the map down to at most 4×4, a 3×3 convolution and a linear layer,
    with √2·LeakyReLU(0.2), then the linear layer that scores. All learning rates are equalised.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes of the data.
        width: Channels of the largest map; the smaller ones have 2 and 4 times as many.
        minibatch_std: Whether the last map shows how much the images of a batch differ (arXiv:1710.10196).
        conditioning: How the label enters: none, one_hot (planes beside the image), embedding (a learned plane beside
            the image) or projection (Miyato & Koyama 2018, arXiv:1802.05637).
        pack: How many images are scored together.
        spectral_norm: Whether every weight is divided by its largest singular value; learning rates are then not
            equalised, since that divides any factor out.

    Raises:
        UsageError: The image is not square or too small, a size is below 1, or the conditioning does not fit the other
            arguments.
    """

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        width: int = 32,
        minibatch_std: bool = True,
        conditioning: DiscriminatorConditioning = "none",
        pack: int = 1,
        spectral_norm: bool = False,
    ) -> None:
        super().__init__(image_shape, num_classes, conditioning, pack, spectral_norm)
        check_sizes(width=width)
        self.mixes_batch = minibatch_std
        self.label_input = label_input(conditioning, self.num_classes, (1, *image_shape[1:]))
        sizes = style_map_sizes(image_shape)
        channels = style_map_channels(len(sizes), width)[::-1]
        last = channels[-1]
        self.layers = nn.Sequential(
            nn.Conv2d(pack * image_shape[0] + self.label_input.size, width, 1),
            ScaledLeakyReLU(),
            *[ResidualDownsampling(fine, coarse) for fine, coarse in pairwise(channels)],
            *([MinibatchStd()] if minibatch_std else []),
            nn.Conv2d(last + minibatch_std, last, 3, padding=1),
            ScaledLeakyReLU(),
            nn.Flatten(),
            nn.Linear(sizes[0] ** 2 * last, last),
            ScaledLeakyReLU(),
        )
        self.add_score(last)

    def initialize(self, network: nn.Module) -> None:
        network.to(memory_format=torch.channels_last)
        for layer in [layer for layer in network.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]:
            if not self.spectral_norm:
                equalize(layer)
            elif layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def features(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(self.label_input(images, labels))
