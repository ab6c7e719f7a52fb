"""The networks that every contract is tested on, small and seeded."""

import torch

from gan_lightning.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    MLPGenerator,
    ResidualDiscriminator,
    ResidualGenerator,
)

PAIRS = [
    (MLPGenerator, MLPDiscriminator),
    (DCGANGenerator, DCGANDiscriminator),
    (ResidualGenerator, ResidualDiscriminator),
]
GENERATORS = [generator for generator, _ in PAIRS]
DISCRIMINATORS = [discriminator for _, discriminator in PAIRS]
SMALL = {
    MLPGenerator: {"hidden_dims": [8]},
    MLPDiscriminator: {"hidden_dims": [8]},
    DCGANGenerator: {"width": 4},
    DCGANDiscriminator: {"width": 4},
    ResidualGenerator: {"width": 8},
    ResidualDiscriminator: {"width": 8},
}
DISCRIMINATOR_KINDS = "one_hot", "embedding", "projection"
GENERATOR_KINDS = [
    *[(generator, kind) for generator in GENERATORS for kind in ("one_hot", "embedding")],
    (MLPGenerator, "batch_norm"),
    (DCGANGenerator, "batch_norm"),
]
CONDITIONAL = [
    *GENERATOR_KINDS,
    *[(discriminator, kind) for discriminator in DISCRIMINATORS for kind in DISCRIMINATOR_KINDS],
]


def build(cls, *args, **options):
    """A small network in eval mode."""
    torch.manual_seed(0)
    return cls(*args, **SMALL[cls], **options).eval()


def draw(network, num, dtype=torch.float32):
    """Inputs for a network: latents or images, of packs where it scores packs."""
    if hasattr(network, "latent_dim"):
        return torch.randn(num, network.latent_dim, dtype=dtype)
    channels, *sides = network.image_shape
    return torch.randn(num, network.pack * channels, *sides, dtype=dtype)
