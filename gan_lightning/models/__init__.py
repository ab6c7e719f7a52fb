"""Kinds of GAN: what each is built from."""

from gan_lightning.models.dcgan import ACGAN, DCGAN, ConditionalDCGAN, InfoGAN
from gan_lightning.models.gan import GAN
from gan_lightning.models.vanilla import ConditionalGAN, VanillaGAN

__all__ = ["ACGAN", "DCGAN", "GAN", "ConditionalDCGAN", "ConditionalGAN", "InfoGAN", "VanillaGAN"]
