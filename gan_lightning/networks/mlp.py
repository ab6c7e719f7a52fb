"""Fully connected networks (arXiv:1406.2661), conditional by a one-hot label (arXiv:1411.1784)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from gan_lightning.networks.base import Discriminator, Generator, ImageShape
from gan_lightning.networks.layers import Dropout, append_one_hot


class MLPGenerator(Generator):
    """Linear layers with batch norm and LeakyReLU(0.2), then tanh; conditional by a one-hot label beside the latent.

    Args:
        latent_dim: Length of a latent vector.
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes; 0 for an unconditional generator.
        hidden_dims: Width of each hidden layer.
        batch_norm: Whether hidden layers are normalised, without which digits take several times as long to appear.
    """

    def __init__(
        self,
        latent_dim: int,
        image_shape: ImageShape,
        num_classes: int = 0,
        hidden_dims: Sequence[int] = (256, 512, 1024),
        batch_norm: bool = True,
    ) -> None:
        super().__init__(latent_dim, image_shape, num_classes)
        self.hidden_dims = hidden_dims
        self.batch_norm = batch_norm
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((latent_dim + num_classes, *hidden_dims)):
            norm = [nn.BatchNorm1d(outputs)] if batch_norm else []
            layers += [nn.Linear(inputs, outputs), *norm, nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(hidden_dims[-1], math.prod(image_shape)), nn.Tanh())

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(append_one_hot(z, labels, self.num_classes)).unflatten(1, self.image_shape)


class MLPDiscriminator(Discriminator):
    """Linear layers with LeakyReLU(0.2) and dropout; conditional by a one-hot label beside the pixels.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes; 0 for an unconditional discriminator.
        hidden_dims: Width of each hidden layer.
        dropout: Probability with which a hidden unit is dropped.
    """

    mixes_batch = False

    def __init__(
        self,
        image_shape: ImageShape,
        num_classes: int = 0,
        hidden_dims: Sequence[int] = (1024, 512, 256),
        dropout: float = 0.3,
    ) -> None:
        super().__init__(image_shape, num_classes)
        self.hidden_dims = hidden_dims
        self.dropout = dropout
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((math.prod(image_shape) + num_classes, *hidden_dims)):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2), Dropout(dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(hidden_dims[-1], 1))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(append_one_hot(images.flatten(1), labels, self.num_classes)).squeeze(1)
