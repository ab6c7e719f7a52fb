"""Every term, augmentation and kind of network trains in every precision that Lightning offers."""

import pytest
import torch
from helpers import tiny_data
from objectives.test_combinations import TERMS, model_of

from gan_lightning.augment import AdaptiveAugment, DiffAugment
from gan_lightning.models import GAN, VanillaGAN
from gan_lightning.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    ResidualDiscriminator,
    ResidualGenerator,
    StyleDiscriminator,
    StyleGenerator,
)
from gan_lightning.objectives import R1, Hinge, LeCam, NonSaturating, Relativistic

DTYPES = {
    "64-true": torch.float64,
    "bf16-true": torch.bfloat16,
    "bf16-mixed": torch.float32,
    "16-mixed": torch.float32,  # on a CPU Lightning makes bf16-mixed of it
}
"""Precisions beside the usual one, and what weights are kept in."""

MODELS = {
    "fully connected": lambda: VanillaGAN(latent_dim=8, hidden_dims=[16]),
    "convolutional, spectral norm": lambda: GAN(
        DCGANGenerator(8, width=2), DCGANDiscriminator(width=2, norm="none", spectral_norm=True), Hinge()
    ),
    "residual, R1": lambda: GAN(
        ResidualGenerator(8, width=8), ResidualDiscriminator(width=8), Relativistic(), [R1()], gradient_clip_norm=1.0
    ),
    "style-based, DiffAugment": lambda: GAN(
        StyleGenerator(8, width=4), StyleDiscriminator(width=4), penalties=[R1(every=2)], augment=DiffAugment()
    ),
    "adaptive augmentation, parts of a batch": lambda: GAN(
        StyleGenerator(8, width=4),
        StyleDiscriminator(width=4),
        penalties=[LeCam()],
        augment=AdaptiveAugment(),
        micro_batches=2,
    ),
} | {term.__name__: lambda term=term: model_of(NonSaturating, term) for term in TERMS}


@pytest.mark.parametrize("precision", DTYPES)
@pytest.mark.parametrize("name", MODELS)
def test_three_steps_and_a_validation_stay_finite(make_trainer, name, precision):
    model = MODELS[name]()
    make_trainer(max_steps=3, limit_train_batches=3, limit_val_batches=1, log_every_n_steps=1, precision=precision).fit(
        model, tiny_data()
    )
    assert {p.dtype for p in model.parameters()} == {DTYPES[precision]}
    assert all(p.isfinite().all() for p in model.parameters())
    assert all(value.isfinite() for value in model.scalars.values())
    assert model.sample(2).dtype == torch.uint8
