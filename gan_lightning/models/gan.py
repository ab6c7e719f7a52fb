"""The algorithm: how a GAN takes a step.

Its doors to the two networks, ``draw`` and ``score``, are in ``training/doors.py``, and what moves a network in
``training/players.py``. Losses and terms, in ``objectives/``, are pure values.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Literal, NamedTuple

import torch
from lightning.pytorch.cli import OptimizerCallable
from torch import Tensor

from gan_lightning.augment import Augmentation
from gan_lightning.checkpoints.hyperparameters import keep_hyperparameters
from gan_lightning.networks import (
    Discriminator,
    Draw,
    Gaussian,
    Generator,
    Prior,
)
from gan_lightning.networks.modes import frozen
from gan_lightning.objectives import (
    DISCRIMINATOR,
    GENERATOR,
    AdversarialLoss,
    NonSaturating,
    Penalty,
    PlayerName,
    Turn,
    listed,
    named_terms,
)
from gan_lightning.schedules import Schedule
from gan_lightning.training.ema import update_average
from gan_lightning.training.module import AlternatingModule
from gan_lightning.training.optim import Adam
from gan_lightning.training.options import check_options
from gan_lightning.training.phases import Phase
from gan_lightning.training.schedulers import Interval, SchedulerCallable
from gan_lightning.training.tally import Scalars


class MicroBatch(NamedTuple):
    """A part of a batch whose gradient is computed at once.

    Args:
        share: Its share of the batch.
        real: Real images (N, C, H, W).
        labels: Their labels (N,).
        latents: What the fakes are drawn from, (N, latent_dim).
        fake: The fakes, if they serve both players.
    """

    share: float
    real: Tensor
    labels: Tensor
    latents: Tensor
    fake: Draw | None


class GAN(AlternatingModule):
    """Two networks that train against each other on each mini-batch (Goodfellow et al. 2014, arXiv:1406.2661).

    Args:
        generator: Draws images from latents.
        discriminator: Scores images.
        loss: What the players minimise.
        penalties: Terms that are added to the players' losses.
        augment: What is done to all images before the discriminator sees them, in both players' steps.
        prior: What latents are drawn from.
        generator_optimizer: From the generator's parameters to their optimiser.
        discriminator_optimizer: From the discriminator's parameters to their optimiser.
        generator_scheduler: From the generator's optimiser to its learning-rate scheduler.
        discriminator_scheduler: From the discriminator's optimiser to its learning-rate scheduler.
        scheduler_interval: Whether a scheduler steps after each step of its player ("step") or each epoch.
        learning_rate_schedule: A factor of both learning rates over the images seen, in place of schedulers.
        beta2_schedule: Adam's β₂ of both players over the images seen.
        discriminator_steps: Discriminator steps, each on a mini-batch of its own, to one generator step.
        micro_batches: Parts of a batch whose gradients are accumulated before a step, to save memory.
        gradient_clip_norm: Largest norm of a player's gradient; longer ones are scaled down to it.
        weight_clip: Largest absolute value of the discriminator's weights, as the first Wasserstein GAN has it: 0.01.
        ema_half_life: Half-life, in images, of the averaged generator that is sampled from, perhaps by a schedule; null
            keeps no average.
        compile: Whether to compile both networks for training, which takes about a minute and pays on GPUs.
        cuda_graph: Whether to record the whole step of both players on the GPU and replay it. Where that is impossible
            training goes on without, or, if "strict", stops. Callbacks' hooks around backward and optimiser steps are
            not called then.
        value_range: What black and white pixels are in the data; the command line takes it from the data module.
        classes: The labels in the data; the command line takes them from the data module.

    Raises:
        UsageError: The generator's output cannot reach ``value_range``, options contradict each other, or a number is
            out of range.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        loss: AdversarialLoss = NonSaturating(),  # noqa: B008  (it holds no state, and --help shows it)
        penalties: list[Penalty] | Penalty | None = None,
        augment: Augmentation | None = None,
        prior: Prior = Gaussian(),  # noqa: B008
        generator_optimizer: OptimizerCallable = Adam,
        discriminator_optimizer: OptimizerCallable = Adam,
        generator_scheduler: SchedulerCallable | None = None,
        discriminator_scheduler: SchedulerCallable | None = None,
        scheduler_interval: Interval = "epoch",
        learning_rate_schedule: Schedule | None = None,
        beta2_schedule: Schedule | None = None,
        discriminator_steps: int = 1,
        micro_batches: int = 1,
        gradient_clip_norm: float | None = None,
        weight_clip: float | None = None,
        ema_half_life: float | Schedule | None = 10_000.0,
        compile: bool = False,
        cuda_graph: bool | Literal["strict"] = False,
        value_range: tuple[float, float] = (-1.0, 1.0),
        classes: Sequence[int] | None = None,
    ) -> None:
        averaged = ema_half_life is not None
        super().__init__(generator, averaged=averaged, value_range=value_range, classes=classes, prior=prior)
        self.left_out = keep_hyperparameters(self)
        self.discriminator = discriminator
        self.loss = loss
        self.terms = named_terms(listed(penalties))
        for term in self.terms.values():
            term.attach(discriminator, generator, prior)
        self.augment = augment
        if augment is not None:
            augment.set_value_range(value_range)
        self.optimizer_factories = {DISCRIMINATOR: discriminator_optimizer, GENERATOR: generator_optimizer}
        self.scheduler_factories = {DISCRIMINATOR: discriminator_scheduler, GENERATOR: generator_scheduler}
        self.scheduler_interval = scheduler_interval
        self.learning_rate_schedule, self.beta2_schedule = learning_rate_schedule, beta2_schedule
        self.discriminator_steps, self.micro_batches = discriminator_steps, micro_batches
        self.player_options = {
            DISCRIMINATOR: {"clip_norm": gradient_clip_norm, "clip_weights": weight_clip},
            GENERATOR: {"clip_norm": gradient_clip_norm},
        }
        self.ema_half_life = ema_half_life
        self.compile_networks, self.cuda_graph = compile, cuda_graph
        check_options(self)

    def alternate(self, real: Tensor, labels: Tensor, phase: Phase) -> Scalars:
        """One step: each player whose turn it is moves down its loss and the terms that are due."""
        batches = self.deal(real, labels, phase)
        scalars: Scalars = {}
        losses: dict[PlayerName, Tensor] = {}
        for name in phase.players:
            player = self.players[name]
            player.zero_grad()
            for batch in batches:
                loss, values = self.objective(name, batch, phase)
                player.backward(batch.share * loss)
                for key, value in {**values, name: loss.detach()}.items():
                    scalars[key] = scalars.get(key, 0) + batch.share * value
            player.step()
            losses[name] = scalars.pop(name)
        if GENERATOR in phase.players:
            self.update_average()
        self.divergence.look(losses)
        self.tally.add(scalars)
        return scalars

    def deal(self, real: Tensor, labels: Tensor, phase: Phase) -> list[MicroBatch]:
        """The batch in parts, with latents. A single part has its fakes as well, which then serve both players."""
        latents = self.draw_latents(len(labels))
        if self.micro_batches == 1:
            with torch.set_grad_enabled(GENERATOR in phase.players):
                return [MicroBatch(1.0, real, labels, latents, self.draw(labels, latents))]
        parts = zip(*(whole.chunk(self.micro_batches) for whole in (real, labels, latents)), strict=True)
        return [MicroBatch(len(x) / len(real), x, y, z, None) for x, y, z in parts]

    def objective(self, name: PlayerName, batch: MicroBatch, phase: Phase) -> tuple[Tensor, Scalars]:
        """A player's loss with its terms, and the values to be logged."""
        with frozen(self.discriminator) if name == GENERATOR else nullcontext():
            turn = self.take_turn(name, batch, phase)
            total = self.adversarial_loss(turn)
            values = {f"{name}_loss": total.detach()}
            for term_name, term in self.due(name, phase):
                value = term(turn)
                total = total + term.every * self.knobs[f"{term_name}_weight"].to(value.dtype) * value
                values[term_name if name == term.players[0] else f"{name}_{term_name}"] = value.detach()
        return total, values | self.statistics(turn)

    def adversarial_loss(self, turn: Turn) -> Tensor:
        """The player's loss without terms."""
        real, fake = turn.real_scores, turn.fake_scores
        if turn.player == GENERATOR:
            return self.loss.generator(fake.logits, real.logits if real else None)
        assert real is not None
        return self.loss.discriminator(real.logits, fake.logits)

    def take_turn(self, name: PlayerName, batch: MicroBatch, phase: Phase) -> Turn:
        """The scores that a player's loss is computed from."""
        real, labels = batch.real, batch.labels
        if name == GENERATOR:
            fake = batch.fake or self.draw(labels, batch.latents)
            with torch.no_grad():
                real_scores = self.score(real, labels) if self.loss.pairs else None
            return Turn(name, self.score, real, labels, fake, real_scores, self.score(fake.images, labels))
        with torch.no_grad():
            fake = batch.fake or self.draw(labels, batch.latents)
        asked = {side for _, term in self.due(name, phase) for side in term.differentiates}
        real = real.detach().requires_grad_("real" in asked)
        fake = fake._replace(images=fake.images.detach().requires_grad_("fake" in asked))
        return Turn(name, self.score, real, labels, fake, *self.score_both(real, fake.images, labels))

    def update_average(self) -> None:
        """Moves the averaged generator, if there is one, towards the generator."""
        if self.averaged_generator is not None:
            update_average(self.averaged_generator, self.generator, self.knobs["ema_weight"])

    def due(self, name: PlayerName, phase: Phase) -> list[tuple[str, Penalty]]:
        """The terms, by name, that are due in a player's turn."""
        terms = list(self.terms.items())
        return [terms[index] for index in phase.terms(name)]

    def statistics(self, turn: Turn) -> Scalars:
        """D's outputs in the discriminator's turn: for the log, and for what follows them."""
        if turn.player == GENERATOR or turn.real_scores is None:
            return {}
        real, fake = turn.real_scores.logits.detach(), turn.fake_scores.logits.detach()
        return {
            "d_real": self.loss.score(real).mean(),
            "d_fake": self.loss.score(fake).mean(),
            "real_logit": real.mean(),
            "fake_logit": fake.mean(),
            "real_sign": real.sign().mean(),
        }
