"""The doors to the two networks."""

import pytest
import torch

from gan_lightning.augment import AdaptiveAugment, Augmentation, DiffAugment
from gan_lightning.models import ACGAN, DCGAN, GAN, ConditionalGAN
from gan_lightning.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    MLPGenerator,
    StyleDiscriminator,
    StyleGenerator,
    in_packs,
)
from gan_lightning.objectives import AuxiliaryClassifier


class Inverted(Augmentation):
    def __call__(self, images, p=1.0):
        return -images


def test_a_draw_has_what_it_was_drawn_from():
    torch.manual_seed(0)
    model = ConditionalGAN(latent_dim=4, hidden_dims=[8]).eval()
    labels, z = torch.tensor([3, 8]), torch.randn(2, 4)
    draw = model.draw(labels, z)
    assert torch.equal(draw.images, model.generator(z, labels))
    assert torch.equal(draw.latents, z)
    assert torch.equal(draw.labels, labels)
    assert draw.styles is None
    fresh = model.draw(labels)
    assert torch.equal(fresh.images, model.generator(fresh.latents, labels))
    assert not torch.equal(fresh.latents, model.draw(labels).latents)


def test_a_styled_draw_has_its_styles():
    torch.manual_seed(0)
    model = GAN(StyleGenerator(8, width=4), StyleDiscriminator(width=4)).eval()
    draw = model.draw(torch.zeros(3, dtype=torch.int64))
    assert draw.styles.shape == (3, model.generator.num_layers, 8)
    assert torch.equal(draw.images, model.generator.synthesize(draw.styles))


@pytest.mark.parametrize("pack", [2, 3])
def test_packs_are_stacked_on_channels_and_the_last_is_filled_up(pack):
    images = torch.arange(5.0)[:, None, None, None].expand(5, 2, 1, 1)
    packs = in_packs(images, pack)
    order = {2: [[0, 1], [2, 3], [4, 0]], 3: [[0, 1, 2], [3, 4, 0]]}[pack]
    assert packs[:, ::2, 0, 0].tolist() == order
    assert torch.equal(packs[:, ::2], packs[:, 1::2])
    assert in_packs(images, 1) is images
    assert in_packs(images[:1], 3)[:, ::2, 0, 0].tolist() == [[0, 0, 0]]


def test_packs_never_mix_real_images_and_fakes():
    torch.manual_seed(0)
    model = GAN(DCGANGenerator(4, width=2), DCGANDiscriminator(width=2, norm="none", pack=2)).eval()
    real, fake, labels = torch.randn(3, 1, 28, 28), torch.randn(3, 1, 28, 28), torch.zeros(3, dtype=torch.int64)
    both = model.score_both(real, fake, labels)
    for scores, images in zip(both, (real, fake), strict=True):
        assert scores.logits.shape == (2,)
        torch.testing.assert_close(scores.logits, model.score(images, labels).logits)


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_scoring_both_at_once_gives_what_scoring_them_apart_gives(norm):
    torch.manual_seed(0)
    networks = (
        DCGANGenerator(4, num_classes=10, width=2, conditioning="one_hot"),
        DCGANDiscriminator(width=2, norm=norm),
    )
    model = GAN(*networks, penalties=AuxiliaryClassifier())
    real, fake, labels = torch.randn(4, 1, 28, 28), torch.randn(4, 1, 28, 28), torch.tensor([1, 2, 3, 4])
    for scores, images in zip(model.score_both(real, fake, labels), (real, fake), strict=True):
        apart = model.score(images, labels)
        torch.testing.assert_close(scores.logits, apart.logits)
        torch.testing.assert_close(scores.heads["classes"], apart.heads["classes"])


def test_images_are_augmented_while_training_only():
    model = GAN(MLPGenerator(4, hidden_dims=[4]), MLPDiscriminator(hidden_dims=[4], dropout=0.0), augment=Inverted())
    images, labels = torch.randn(2, 1, 28, 28), torch.zeros(2, dtype=torch.int64)
    assert torch.equal(model.train().score(images, labels).logits, model.discriminator(-images))
    assert torch.equal(model.eval().score(images, labels).logits, model.discriminator(images))


def test_an_augmentation_knows_what_black_is():
    augment = DiffAugment()
    networks = MLPGenerator(4, hidden_dims=[4]), MLPDiscriminator(hidden_dims=[4])
    GAN(*networks, augment=augment, value_range=(-0.5, 0.5))
    assert augment.value_range == (-0.5, 0.5)


def test_both_players_see_images_through_the_same_augmentation_when_seeded():
    model = GAN(MLPGenerator(4, hidden_dims=[4]), MLPDiscriminator(hidden_dims=[4]), augment=AdaptiveAugment())
    shown, images = [], torch.rand(3, 1, 28, 28)
    model.discriminator.register_forward_pre_hook(lambda _, inputs: shown.append(inputs[0]))
    for _ in range(2):
        torch.manual_seed(1)
        model.score(images, torch.zeros(3, dtype=torch.int64))
    assert torch.equal(*shown)
    assert not torch.equal(shown[0], images)


@pytest.mark.parametrize("build", [ACGAN, DCGAN])
def test_names_choose_networks_and_take_the_options_of_gan(build):
    model = build(width=2, latent_dim=5, penalties=[], discriminator_steps=2)
    assert (model.generator.width, model.generator.latent_dim, model.discriminator_steps) == (2, 5, 2)
    assert model.generator.num_classes == (10 if build is ACGAN else 0)
