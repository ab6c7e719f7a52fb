"""Generators and discriminators. They know nothing of training."""

from gan_lightning.networks.base import Discriminator, Draw, Generator, Scores, StyledGenerator, in_packs
from gan_lightning.networks.dcgan import DCGANDiscriminator, DCGANGenerator
from gan_lightning.networks.heads import FeatureDiscriminator
from gan_lightning.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_lightning.networks.priors import CodedPrior, Gaussian, Prior
from gan_lightning.networks.residual import ResidualDiscriminator, ResidualGenerator
from gan_lightning.networks.style import StyleDiscriminator, StyleGenerator

__all__ = [
    "CodedPrior",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "Discriminator",
    "Draw",
    "FeatureDiscriminator",
    "Gaussian",
    "Generator",
    "MLPDiscriminator",
    "MLPGenerator",
    "Prior",
    "ResidualDiscriminator",
    "ResidualGenerator",
    "Scores",
    "StyleDiscriminator",
    "StyleGenerator",
    "StyledGenerator",
    "in_packs",
]
