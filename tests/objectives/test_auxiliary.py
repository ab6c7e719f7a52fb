"""Terms with a head of the discriminator: classes and codes."""

import pytest
import torch
from helpers import tiny_data
from torch.nn import functional as F

from gan_lightning.errors import UsageError
from gan_lightning.models import ACGAN, GAN, InfoGAN
from gan_lightning.networks import (
    CodedPrior,
    DCGANDiscriminator,
    DCGANGenerator,
    Draw,
    MLPDiscriminator,
    MLPGenerator,
    Scores,
)
from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, AuxiliaryClassifier, MutualInformation, Turn


def turn(player, name, real, fake, labels=None, latents=None):
    labels = torch.arange(len(fake)) if labels is None else labels
    scores = [Scores(torch.zeros(len(x)), {name: x}) for x in (real, fake)]
    return Turn(player, None, None, labels, Draw(None, labels, latents), *scores)


def test_the_classifier_is_judged_on_both_sides_by_d_and_on_its_own_by_g():
    real, fake = torch.randn(2, 5, 10)
    labels = torch.tensor([3, 1, 4, 1, 5])
    of_real, of_fake = F.cross_entropy(real, labels), F.cross_entropy(fake, labels)
    term = AuxiliaryClassifier()
    torch.testing.assert_close(term(turn(DISCRIMINATOR, "classes", real, fake, labels)), of_real + of_fake)
    torch.testing.assert_close(term(turn(GENERATOR, "classes", real, fake, labels)), of_fake)


def test_codes_are_predicted_by_cross_entropy_and_squared_error():
    prior, term = CodedPrior([3, 2], continuous=2), MutualInformation(continuous_weight=0.1)
    discriminator = MLPDiscriminator(hidden_dims=[4])
    term.attach(discriminator, MLPGenerator(9, hidden_dims=[4]), prior)
    said = torch.randn(4, 7)
    assert discriminator(torch.randn(4, 1, 28, 28)).heads["codes"].shape == said.shape
    z = prior.sample(4, 9)
    expected = F.cross_entropy(said[:, :3], z[:, :3].argmax(1)) + F.cross_entropy(said[:, 3:5], z[:, 3:5].argmax(1))
    expected = expected + 0.1 * 0.5 * (said[:, 5:] - z[:, 5:7]).square().sum(1).mean()
    for player in (DISCRIMINATOR, GENERATOR):
        torch.testing.assert_close(term(turn(player, "codes", said, said, latents=z)), expected)


def test_latents_begin_with_codes():
    prior = CodedPrior([4], continuous=3)
    z = prior.sample(2000, 20, generator=torch.Generator().manual_seed(0))
    codes = prior.codes(z)
    (chosen,) = codes.categorical
    assert set(chosen.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(chosen.sum(dim=1), torch.ones(2000))
    assert (chosen.mean(dim=0) - 0.25).abs().max() < 0.05
    assert codes.continuous.abs().max() <= 1
    assert codes.continuous.var().item() == pytest.approx(1 / 3, rel=0.05)
    assert z[:, 7:].var().item() == pytest.approx(1, rel=0.05)
    truncated = prior.truncate(z, 0.5)
    assert torch.equal(truncated[:, :7], z[:, :7])
    assert truncated[:, 7:].abs().max() <= 0.5


def test_infogan_moves_both_players_by_its_codes(make_trainer):
    torch.manual_seed(0)
    model = InfoGAN(width=2, latent_dim=16)
    trainer = make_trainer(max_steps=40, log_every_n_steps=1, limit_val_batches=0)
    trainer.fit(model, tiny_data())
    logged = trainer.callback_metrics
    assert logged["train/MutualInformation"] < 2.3, "better than guessing among ten"
    assert "train/generator_MutualInformation" in logged
    images = model.sample(64)
    assert images.shape == (64, 1, 28, 28)
    loaded = type(model)(width=2, latent_dim=16, categories=[10], continuous=2)
    loaded.load_state_dict(model.state_dict())
    assert torch.equal(loaded.sample(4), model.sample(4))


def test_acgan_learns_the_classes_of_real_images(make_trainer):
    torch.manual_seed(0)
    model = ACGAN(width=4)
    make_trainer(max_steps=60, limit_val_batches=0).fit(model, tiny_data())
    data = tiny_data()
    data.setup("fit")
    images, labels = next(iter(data.train_dataloader()))
    with torch.no_grad():
        found = model.discriminator.train()(images).heads["classes"].argmax(dim=1)
    assert (found == labels).float().mean() > 0.5


UNCONDITIONAL = MLPGenerator(20, hidden_dims=[4])


@pytest.mark.parametrize(
    ("networks", "options", "sentence"),
    [
        ((UNCONDITIONAL, MLPDiscriminator()), {"penalties": [AuxiliaryClassifier()]}, "takes a conditional generator"),
        ((UNCONDITIONAL, MLPDiscriminator()), {"penalties": [MutualInformation()]}, "--model.prior CodedPrior"),
        (
            (DCGANGenerator(num_classes=10, conditioning="one_hot"), DCGANDiscriminator(pack=2)),
            {"penalties": [AuxiliaryClassifier()]},
            "packs of 2",
        ),
        ((MLPGenerator(5), MLPDiscriminator()), {"prior": CodedPrior()}, "12 components of a latent are codes"),
    ],
)
def test_networks_that_do_not_fit_are_refused(networks, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        GAN(*networks, **options)
