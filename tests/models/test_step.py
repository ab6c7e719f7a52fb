"""The step against textbook loops: who moves, on what, and that it computes what the algorithm says."""

import contextlib
import copy
from functools import partial

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from torch.nn import functional as F

from gan_lightning.augment import Augmentation
from gan_lightning.models import ACGAN, DCGAN, GAN, ConditionalDCGAN, ConditionalGAN
from gan_lightning.networks import DCGANDiscriminator, DCGANGenerator, Discriminator, MLPDiscriminator, MLPGenerator
from gan_lightning.networks.modes import frozen
from gan_lightning.objectives import DRAGAN, R1, R2, GradientPenalty, Hinge, Relativistic

SGD = partial(torch.optim.SGD, lr=0.1)
SMALL = {"latent_dim": 8, "generator_optimizer": SGD, "discriminator_optimizer": SGD}


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()]).clone()


class Turns(Callback):
    """The weights of both networks before the first step and after each player's."""

    def on_train_batch_start(self, trainer, model, *_):
        if trainer.global_step:
            return
        self.seen = [("start", weights(model.discriminator), weights(model.generator))]
        for name, player in model.players.items():
            player.step = partial(self.watched, name, player.step, model)

    def watched(self, name, step, model):
        step()
        self.seen.append((name, weights(model.discriminator), weights(model.generator)))


class Played(Callback):
    """The batches and the latents of each step."""

    def __init__(self, model):
        self.steps, draw_latents = [], model.draw_latents

        def recorded(count, random=None):
            z = draw_latents(count, random)
            self.steps[-1].append(z.clone())
            return z

        model.draw_latents = recorded

    def on_train_batch_start(self, trainer, model, batch, batch_idx):
        self.steps.append(list(batch))


def play(make_trainer, model, steps=3, **data):
    """Trains the model in double precision; gives its networks before and what each step was played with."""
    model.double()
    before = copy.deepcopy(model.generator), copy.deepcopy(model.discriminator)
    played = Played(model)
    options = {"max_steps": steps, "precision": "64-true", "limit_val_batches": 0}
    make_trainer(**options, callbacks=[played]).fit(model, tiny_data(**data))
    return *before, played.steps


def assert_equal_weights(model, generator, discriminator):
    torch.testing.assert_close(weights(model.generator), weights(generator), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(weights(model.discriminator), weights(discriminator), rtol=1e-12, atol=1e-14)


def descend(network, loss):
    optimizer = SGD(network.parameters())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def test_each_player_moves_in_its_turn_only(make_trainer):
    turns = Turns()
    make_trainer(max_steps=3, callbacks=[turns]).fit(tiny_model(), tiny_data())
    assert [name for name, *_ in turns.seen] == ["start", *["discriminator", "generator"] * 3]
    for (_, *before), (player, *after) in zip(turns.seen, turns.seen[1:], strict=False):
        moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
        assert moved == [player == "discriminator", player == "generator"]


def test_several_discriminator_steps_to_one_of_the_generator(make_trainer):
    turns = Turns()
    make_trainer(max_steps=6, callbacks=[turns]).fit(tiny_model(discriminator_steps=3), tiny_data())
    assert [name for name, *_ in turns.seen[1:]] == [*["discriminator"] * 3, "generator"] * 2


@pytest.mark.parametrize(
    "build",
    [
        partial(tiny_model, dropout=0.0),
        partial(DCGAN, width=2),
        partial(ConditionalGAN, hidden_dims=[16], dropout=0.0),
        partial(ConditionalDCGAN, width=2),
    ],
    ids=["vanilla", "dcgan", "one-hot", "projection"],
)
def test_training_equals_a_textbook_loop_that_generates_twice(make_trainer, build):
    """The shared batch of fakes against two generator passes with the same latents and labels."""
    torch.manual_seed(0)
    model = build(**SMALL)
    generator, discriminator, steps = play(make_trainer, model)
    latents = torch.stack([z for *_, z in steps])
    assert len(latents.flatten().unique()) == latents.numel(), "each step has latents of its own"
    for real, labels, z in steps:
        fake = generator(z, labels).detach()
        descend(discriminator, bce(discriminator(real, labels), 1.0) + bce(discriminator(fake, labels), 0.0))
        descend(generator, bce(discriminator(generator(z, labels), labels), 1.0))
    assert len({label for _, labels, _ in steps for label in labels.tolist()}) > 5
    assert_equal_weights(model, generator, discriminator)


def test_an_auxiliary_classifier_equals_its_textbook_loop(make_trainer):
    torch.manual_seed(0)
    model = ACGAN(width=2, **SMALL)
    generator, discriminator, steps = play(make_trainer, model)
    for real, labels, z in steps:
        real_scores, fake_scores = discriminator(real, labels), discriminator(generator(z, labels).detach(), labels)
        classes = [F.cross_entropy(scores.heads["classes"], labels) for scores in (real_scores, fake_scores)]
        descend(discriminator, bce(real_scores.logits, 1.0) + bce(fake_scores.logits, 0.0) + sum(classes))
        scores = discriminator(generator(z, labels), labels)
        descend(generator, bce(scores.logits, 1.0) + F.cross_entropy(scores.heads["classes"], labels))
    assert_equal_weights(model, generator, discriminator)


def pair(**options):
    """Convolutional networks without batch norm."""
    torch.manual_seed(0)
    networks = DCGANGenerator(8, width=2, norm="none"), DCGANDiscriminator(width=2, norm="none", **options)
    return networks


def test_a_relativistic_step_with_lazy_penalties_equals_its_textbook_loop(make_trainer):
    options = {key: value for key, value in SMALL.items() if key != "latent_dim"}
    terms = [R1(weight=0.5, every=2), R2(weight=0.25, every=2)]
    model = GAN(*pair(), Relativistic(), terms, **options)
    generator, discriminator, steps = play(make_trainer, model, steps=4)
    for step, (real, labels, z) in enumerate(steps):
        real, fake = real.clone().requires_grad_(), generator(z, labels).detach().requires_grad_()
        logits = discriminator(real, labels), discriminator(fake, labels)
        loss = F.softplus(logits[1] - logits[0]).mean()
        if step % 2 == 0:
            for weight, images, scores in ((0.5, real, logits[0]), (0.25, fake, logits[1])):
                (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
                loss = loss + 2 * weight * 0.5 * gradient.square().sum(dim=(1, 2, 3)).mean()
        descend(discriminator, loss)
        logits = discriminator(real.detach(), labels), discriminator(generator(z, labels), labels)
        descend(generator, F.softplus(logits[0] - logits[1]).mean())
    assert_equal_weights(model, generator, discriminator)


def test_the_generator_runs_once_a_step_and_its_step_leaves_no_discriminator_gradient(make_trainer):
    model, passes, gradients = tiny_model(), [], []
    model.generator.register_forward_hook(lambda *_: passes.append(1))
    for p in model.discriminator.parameters():
        p.register_post_accumulate_grad_hook(lambda p: gradients.append(1))
    make_trainer(max_steps=4, limit_val_batches=0).fit(model, tiny_data())
    assert len(passes) == 4
    assert len(gradients) == 4 * len(list(model.discriminator.parameters()))


@pytest.mark.parametrize("loss", [Hinge(), Relativistic()], ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("terms", [[], [R1(0.5), R2(0.5)]], ids=["no terms", "R1 and R2"])
def test_accumulating_over_parts_equals_the_large_batch(make_trainer, loss, terms):
    models = []
    for parts in (1, 3):
        torch.manual_seed(0)
        networks = MLPGenerator(8, hidden_dims=[16], batch_norm=False), MLPDiscriminator(hidden_dims=[16], dropout=0.0)
        options = {"generator_optimizer": SGD, "discriminator_optimizer": SGD, "micro_batches": parts}
        models.append(GAN(*networks, loss, terms, **options))
        play(make_trainer, models[-1])
    assert_equal_weights(models[0], models[1].generator, models[1].discriminator)
    for name, value in models[0].scalars.items():
        torch.testing.assert_close(models[1].scalars[name], value, msg=name)


def test_parts_have_the_gradient_of_the_whole_in_bfloat16_too(make_trainer):
    """The fakes of the discriminator's turn are drawn without gradient, those of the generator's with it."""
    moved = []
    for parts in (1, 2):
        torch.manual_seed(0)
        networks = MLPGenerator(8, hidden_dims=[16], batch_norm=False), MLPDiscriminator(hidden_dims=[16], dropout=0.0)
        model = GAN(*networks, generator_optimizer=SGD, discriminator_optimizer=SGD, micro_batches=parts)
        before = weights(model.generator)
        make_trainer(max_steps=1, precision="bf16-mixed", limit_val_batches=0).fit(model, tiny_data())
        moved.append(weights(model.generator) - before)
    assert moved[0].norm() > 0
    assert (moved[0] - moved[1]).norm() < 0.05 * moved[0].norm()


class Doubled(Augmentation):
    """Images with twice their contrast."""

    def __call__(self, images, p=1.0):
        return 2 * images


class LinearCritic(Discriminator):
    """w·x."""

    mixes_batch = False

    def __init__(self):
        super().__init__((1, 28, 28))
        self.layer = torch.nn.Linear(784, 1, bias=False)

    def forward(self, images, labels=None):
        return self.layer(images.flatten(1)).squeeze(1)


def test_a_penalty_is_at_the_images_before_augmentation(make_trainer):
    """Of a linear critic w·T(x), with T doubling contrasts, the gradient is 2w."""
    terms = [R1(), R2(), GradientPenalty(), DRAGAN()]
    model = GAN(MLPGenerator(8, hidden_dims=[8]), LinearCritic(), penalties=terms, augment=Doubled())
    norm = (2 * model.discriminator.layer.weight.detach()).norm()
    make_trainer(max_steps=1, limit_val_batches=0).fit(model, tiny_data())
    for name in ("R1", "R2"):
        torch.testing.assert_close(model.scalars[name], 0.5 * norm.square())
    for name in ("GradientPenalty", "DRAGAN"):
        torch.testing.assert_close(model.scalars[name], (norm - 1).square())


def test_frozen_restores_what_was_trainable_even_after_an_error():
    network = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Linear(1, 1).requires_grad_(False))
    with contextlib.suppress(ValueError), frozen(network):
        assert not any(p.requires_grad for p in network.parameters())
        raise ValueError
    assert [p.requires_grad for p in network.parameters()] == [True, True, False, False]
