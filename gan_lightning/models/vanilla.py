"""GANs of two fully connected networks, unconditional and conditional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from gan_lightning.models.gan import GAN
from gan_lightning.networks import MLPDiscriminator, MLPGenerator


class VanillaGAN(GAN):
    """Fully connected generator and discriminator (Goodfellow et al. 2014, arXiv:1406.2661).

    Args:
        image_shape: (channels, height, width) of an image; the command line takes it from the data module.
        num_classes: Number of classes, for a conditional model; the command line takes it from the data module.
        latent_dim: Length of a latent vector.
        hidden_dims: Widths of the generator's hidden layers; the discriminator has them in reverse.
        batch_norm: Whether the generator's hidden layers are normalised.
        dropout: Probability with which a hidden unit of the discriminator is dropped.
        kwargs: The options of GAN.
    """

    conditioning: ClassVar[Any] = "none"

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (1, 28, 28),
        num_classes: int = 10,
        latent_dim: int = 100,
        hidden_dims: Sequence[int] = (256, 512, 1024),
        batch_norm: bool = True,
        dropout: float = 0.3,
        **kwargs: Any,
    ) -> None:
        common: dict[str, Any] = {"num_classes": num_classes, "conditioning": self.conditioning}
        super().__init__(
            generator=MLPGenerator(latent_dim, image_shape, hidden_dims=hidden_dims, batch_norm=batch_norm, **common),
            discriminator=MLPDiscriminator(image_shape, hidden_dims=hidden_dims[::-1], dropout=dropout, **common),
            **kwargs,
        )


class ConditionalGAN(VanillaGAN):
    """A VanillaGAN with a one-hot label at the input of both players (Mirza & Osindero 2014, arXiv:1411.1784)."""

    conditioning = "one_hot"
