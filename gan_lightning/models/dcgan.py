"""The DCGAN, unconditional and conditional."""

from __future__ import annotations

from typing import Any

from gan_lightning.models.gan import GAN
from gan_lightning.networks import DCGANDiscriminator, DCGANGenerator


class DCGAN(GAN):
    """Deep convolutional generator and discriminator (Radford et al. 2016, arXiv:1511.06434).

    Args:
        image_shape: (channels, height, width) of an image; the command line takes it from the data module.
        latent_dim: Length of a latent vector.
        width: Channels of the largest hidden feature map; the smaller maps have 2 and 4 times as many.
        kwargs: The options of GAN.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (1, 28, 28),
        latent_dim: int = 100,
        width: int = 64,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            generator=DCGANGenerator(latent_dim, image_shape, width=width),
            discriminator=DCGANDiscriminator(image_shape, width=width),
            **kwargs,
        )


class ConditionalDCGAN(GAN):
    """DCGAN with a one-hot label beside the latent and a projection discriminator (Miyato & Koyama 2018).

    Args:
        image_shape: (channels, height, width) of an image; the command line takes it from the data module.
        num_classes: Number of classes; the command line takes it from the data module.
        latent_dim: Length of a latent vector.
        width: Channels of the largest hidden feature map; the smaller maps have 2 and 4 times as many.
        kwargs: The options of GAN.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (1, 28, 28),
        num_classes: int = 10,
        latent_dim: int = 100,
        width: int = 64,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            generator=DCGANGenerator(latent_dim, image_shape, num_classes, width),
            discriminator=DCGANDiscriminator(image_shape, num_classes, width),
            **kwargs,
        )
