"""LightningModules: how each GAN trains."""

from gan_lightning.models.conditional import ConditionalGAN
from gan_lightning.models.dcgan import DCGAN, ConditionalDCGAN
from gan_lightning.models.gan import GAN
from gan_lightning.models.vanilla import VanillaGAN

__all__ = ["DCGAN", "GAN", "ConditionalDCGAN", "ConditionalGAN", "VanillaGAN"]
