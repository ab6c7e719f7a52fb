"""Every loss with every term trains, and no step reads a value back from the device."""

from functools import partial

import pytest
import torch
from helpers import tiny_data

from gan_lightning.augment import AdaptiveAugment, Cutout
from gan_lightning.models import GAN
from gan_lightning.networks import CodedPrior, DCGANDiscriminator, DCGANGenerator
from gan_lightning.objectives import (
    DRAGAN,
    R1,
    R2,
    AuxiliaryClassifier,
    GradientPenalty,
    Hinge,
    LeastSquares,
    LeCam,
    Minimax,
    MutualInformation,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from gan_lightning.training.phases import phase_of
from gan_lightning.training.players import plain_players

LOSSES = [NonSaturating, Minimax, LeastSquares, Hinge, Wasserstein, Relativistic]
TERMS = [R1, R2, GradientPenalty, DRAGAN, LeCam, AuxiliaryClassifier, MutualInformation]
SGD = partial(torch.optim.SGD, lr=0.01)


def model_of(loss, term, **options):
    torch.manual_seed(0)
    generator = DCGANGenerator(16, num_classes=10, width=2, conditioning="one_hot")
    discriminator = DCGANDiscriminator(num_classes=10, width=2, norm="none", conditioning="projection")
    return GAN(generator, discriminator, loss(), [term()], prior=CodedPrior(), **options)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.__name__)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_ten_steps_stay_finite_and_move_both_players(make_trainer, loss, term):
    model = model_of(loss, term, augment=Cutout())
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    make_trainer(max_steps=10, log_every_n_steps=1, limit_val_batches=0).fit(model, tiny_data())
    assert all(value.isfinite() for value in model.scalars.values())
    for name, p in model.named_parameters():
        assert p.isfinite().all(), name
        if p.ndim > 1:  # a constant that is added to all of D's outputs has no gradient under some losses
            assert not torch.equal(p, before[name]), name


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.__name__)
def test_no_term_reads_a_value_back(term):
    """On tensors without values, of which none can be read."""
    options = {"augment": AdaptiveAugment(), "generator_optimizer": SGD, "discriminator_optimizer": SGD}
    model = model_of(Relativistic, term, **options).to("meta").train()
    model.prepare_training(plain_players([parts["optimizer"] for parts in model.configure_optimizers()]), model.device)
    images, labels = torch.empty(4, 1, 28, 28, device="meta"), torch.empty(4, dtype=torch.int64, device="meta")
    scalars = model.alternate(images, labels, phase_of(0, 1, list(model.terms.values())))
    assert all(value.shape == () for value in scalars.values())
