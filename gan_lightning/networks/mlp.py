"""Fully connected networks (Goodfellow et al. 2014, arXiv:1406.2661)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from gan_lightning.networks.base import Generator, ImageShape
from gan_lightning.networks.checks import check_dropout, check_hidden_dims, check_sizes
from gan_lightning.networks.conditioning import (
    DiscriminatorConditioning,
    GeneratorConditioning,
    LabelledSequential,
    batch_norm_layer,
    conditioned_classes,
    label_input,
    refuse_batch_norm_conditioning,
)
from gan_lightning.networks.heads import FeatureDiscriminator
from gan_lightning.networks.layers import Dropout


class MLPGenerator(Generator):
    """Linear layers with batch norm and LeakyReLU(0.2), then a linear layer and tanh.

    Args:
        latent_dim: Length of a latent vector.
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes of the data.
        hidden_dims: Width of each hidden layer; by default ``width``, twice and four times as much.
        batch_norm: Whether hidden layers are normalised, without which digits take several times as long to appear.
        conditioning: How the label enters: none, one_hot (beside the latent), embedding (a learned vector of the
            latent's length beside the latent) or batch_norm (scales and shifts of the batch norms by the label).
        width: Width of the first hidden layer.

    Raises:
        UsageError: A size is below 1, or the conditioning does not fit the other arguments.
    """

    def __init__(
        self,
        latent_dim: int = 100,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        hidden_dims: Sequence[int] | None = None,
        batch_norm: bool = True,
        conditioning: GeneratorConditioning = "none",
        width: int = 256,
    ) -> None:
        classes = conditioned_classes(conditioning, num_classes, GeneratorConditioning)
        super().__init__(latent_dim, image_shape, classes)
        if not batch_norm:
            refuse_batch_norm_conditioning(conditioning, "an MLPGenerator with batch_norm false", "set batch_norm true")
        check_sizes(width=width)
        self.hidden_dims = (width, 2 * width, 4 * width) if hidden_dims is None else hidden_dims
        check_hidden_dims(self.hidden_dims)
        self.batch_norm = batch_norm
        self.label_input = label_input(conditioning, classes, (latent_dim,))
        widths = (latent_dim + self.label_input.size, *self.hidden_dims)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            norm = [batch_norm_layer(nn.BatchNorm1d, outputs, conditioning, classes)] if batch_norm else []
            layers += [nn.Linear(inputs, outputs), *norm, nn.LeakyReLU(0.2)]
        self.layers = LabelledSequential(*layers, nn.Linear(widths[-1], math.prod(image_shape)), nn.Tanh())

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(self.label_input(z, labels), labels).unflatten(1, self.image_shape)


class MLPDiscriminator(FeatureDiscriminator):
    """Linear layers with LeakyReLU(0.2) and dropout, then a linear layer.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes of the data.
        hidden_dims: Width of each hidden layer; by default four times ``width``, twice as much and ``width``.
        dropout: Probability with which a hidden unit is dropped.
        conditioning: How the label enters: none, one_hot (beside the pixels), embedding (a learned vector of length
            ``num_classes`` beside the pixels) or projection (Miyato & Koyama 2018, arXiv:1802.05637).
        width: Width of the last hidden layer.
        pack: How many images are scored together.
        spectral_norm: Whether every weight is divided by its largest singular value.

    Raises:
        UsageError: A size is below 1, the dropout is not in [0, 1), or the conditioning does not fit the other
            arguments.
    """

    mixes_batch = False

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        hidden_dims: Sequence[int] | None = None,
        dropout: float = 0.3,
        conditioning: DiscriminatorConditioning = "none",
        width: int = 256,
        pack: int = 1,
        spectral_norm: bool = False,
    ) -> None:
        super().__init__(image_shape, num_classes, conditioning, pack, spectral_norm)
        check_dropout(dropout)
        check_sizes(width=width)
        self.hidden_dims = (4 * width, 2 * width, width) if hidden_dims is None else hidden_dims
        check_hidden_dims(self.hidden_dims)
        self.dropout = dropout
        self.label_input = label_input(conditioning, self.num_classes, (self.num_classes,))
        widths = (pack * math.prod(image_shape) + self.label_input.size, *self.hidden_dims)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2), Dropout(dropout)]
        self.layers = nn.Sequential(*layers)
        self.add_score(widths[-1])

    def features(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(self.label_input(images.flatten(1), labels))
