"""How a GAN trains: the only training step of the project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from lightning.pytorch.cli import OptimizerCallable
from torch import Tensor
from torch.optim import Optimizer

from gan_lightning.checkpoints.description import keep_hyperparameters
from gan_lightning.errors import UsageError
from gan_lightning.networks import Discriminator, Generator
from gan_lightning.objectives.adversarial import AdversarialLoss, NonSaturating
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.training.cpu import relieve_the_cpu
from gan_lightning.training.distributed import allow_two_players, average_buffers
from gan_lightning.training.ema import ema_decay, update_average
from gan_lightning.training.fast import double_backward_explained, fast_step
from gan_lightning.training.graphs import Scalars, Step, make_portable
from gan_lightning.training.modes import frozen
from gan_lightning.training.optim import Adam
from gan_lightning.training.players import DISCRIMINATOR, GENERATOR, Descent, LightningDescent, clip_gradients
from gan_lightning.training.schedulers import Interval, SchedulerCallable, optimization, step_schedulers
from gan_lightning.training.seeding import mix_seed, seed_device

Batch = tuple[Tensor, Tensor]


class GAN(GenerativeModel):
    """Two networks that train against each other, one step each a mini-batch (Goodfellow et al. 2014, arXiv:1406.2661).

    ``trainer.global_step`` counts mini-batches. All randomness of a step follows from (seed, step, rank), so a resumed
    run goes on bit for bit as if it had never stopped, and nothing drawn between steps disturbs it.

    Args:
        generator: Draws images from latents.
        discriminator: Scores images.
        loss: What the players minimise.
        generator_optimizer: From the generator's parameters to their optimiser.
        discriminator_optimizer: From the discriminator's parameters to their optimiser.
        generator_scheduler: From the generator's optimiser to its learning-rate scheduler.
        discriminator_scheduler: From the discriminator's optimiser to its learning-rate scheduler.
        scheduler_interval: Whether the schedulers step after each mini-batch ("step") or each epoch.
        discriminator_steps: Discriminator steps, each on a mini-batch of its own, to one generator step.
        gradient_clip_norm: Largest norm of a player's gradient; longer ones are scaled down to it.
        ema_half_life: Half-life, in images, of the averaged generator that is sampled from; null keeps no average.
        compile: Whether to compile both networks for training, which takes about a minute and pays on GPUs.
        cuda_graph: Whether to record the whole step of both players on the GPU and replay it. Where that is impossible
            training goes on without, or, if "strict", stops. Callbacks' hooks around backward and optimiser steps are
            not called then.
        value_range: What black and white pixels are in the data; the command line takes it from the data module.
        classes: The labels in the data; the command line takes them from the data module.

    Raises:
        UsageError: The generator's output cannot reach ``value_range``, or a number is out of range.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        loss: AdversarialLoss = NonSaturating(),  # noqa: B008  (it holds no state, and --help shows it)
        generator_optimizer: OptimizerCallable = Adam,
        discriminator_optimizer: OptimizerCallable = Adam,
        generator_scheduler: SchedulerCallable | None = None,
        discriminator_scheduler: SchedulerCallable | None = None,
        scheduler_interval: Interval = "epoch",
        discriminator_steps: int = 1,
        gradient_clip_norm: float | None = None,
        ema_half_life: float | None = 10_000.0,
        compile: bool = False,
        cuda_graph: bool | Literal["strict"] = False,
        value_range: tuple[float, float] = (-1.0, 1.0),
        classes: Sequence[int] | None = None,
    ) -> None:
        check_numbers(discriminator_steps, gradient_clip_norm, ema_half_life)
        super().__init__(generator, averaged=ema_half_life is not None, value_range=value_range, classes=classes)
        keep_hyperparameters(self)
        self.automatic_optimization = False
        self.discriminator = discriminator
        self.loss = loss
        self.optimizer_factories = discriminator_optimizer, generator_optimizer
        self.scheduler_factories = discriminator_scheduler, generator_scheduler
        self.scheduler_interval = scheduler_interval
        self.discriminator_steps = discriminator_steps
        self.gradient_clip_norm = gradient_clip_norm
        self.ema_half_life = ema_half_life
        self.compile_networks, self.cuda_graph = compile, cuda_graph
        self.descend: Descent = LightningDescent(self)
        self.step: Step = self.alternate
        self.images_seen = 0
        self.seed: int | None = None
        self.scalars: dict[str, Tensor] = {}

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        real, labels = batch
        generators_turn = (self.global_step + 1) % self.discriminator_steps == 0
        decay = self.ema_decay(len(real))
        with double_backward_explained():
            self.scalars.update(self.step(real, labels, decay, generators_turn))
        self.images_seen += len(real) * self.trainer.world_size
        step_schedulers(self.trainer)
        if self.logs_this_step:  # self.log costs half a millisecond a value
            self.log_dict({f"train/{name}": value for name, value in self.scalars.items()}, sync_dist=True)
            self.log("train/images_seen", float(self.images_seen))

    @property
    def logs_this_step(self) -> bool:
        """Whether the step that was just taken is one of those that are logged."""
        return self.global_step % self.trainer.log_every_n_steps == 0  # type: ignore[attr-defined]

    def alternate(self, real: Tensor, labels: Tensor, decay: float | Tensor, generators_turn: bool) -> Scalars:
        """The discriminator's step on a batch and, at its turn, the generator's. Gives the values to be logged."""
        with torch.set_grad_enabled(generators_turn):
            fake = self.generate(labels)  # one batch of fakes serves both players
        scalars = self.discriminator_step(real, fake.detach(), labels)
        if generators_turn:
            scalars |= self.generator_step(fake, labels)
            self.update_average(decay)
        return scalars

    def generate(self, labels: Tensor) -> Tensor:
        """A batch of fakes (N, C, H, W), one for each label (N,), from fresh latents."""
        z = torch.randn(len(labels), self.generator.latent_dim, device=self.device)
        return self.generator(z, labels)

    def discriminator_step(self, real: Tensor, fake: Tensor, labels: Tensor) -> Scalars:
        """Moves the discriminator, and nothing else, down its loss. ``fake`` carries no gradient."""
        real_logits, fake_logits = self.real_and_fake_logits(real, fake, labels)
        loss = self.loss.discriminator(real_logits, fake_logits)
        self.descend(DISCRIMINATOR, loss)
        return {
            "discriminator_loss": loss.detach(),
            "d_real": self.loss.score(real_logits.detach()).mean(),
            "d_fake": self.loss.score(fake_logits.detach()).mean(),
        }

    def real_and_fake_logits(self, real: Tensor, fake: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The discriminator's logits (N,) of real images and of fakes (N, C, H, W) with the same labels (N,)."""
        if self.discriminator.mixes_batch:
            return self.discriminator(real, labels), self.discriminator(fake, labels)
        real_logits, fake_logits = self.discriminator(torch.cat([real, fake]), labels.repeat(2)).chunk(2)
        return real_logits, fake_logits

    def generator_step(self, fake: Tensor, labels: Tensor) -> Scalars:
        """Moves the generator, and nothing else, down its loss. ``fake`` carries the generator's gradient."""
        with frozen(self.discriminator):
            loss = self.loss.generator(self.discriminator(fake, labels))
            self.descend(GENERATOR, loss)
        return {"generator_loss": loss.detach()}

    def update_average(self, decay: float | Tensor) -> None:
        """Moves the averaged generator, if there is one, towards the generator."""
        if self.averaged_generator is not None:
            update_average(self.averaged_generator, self.generator, decay)

    def ema_decay(self, batch_size: int) -> float:
        """What the averaged generator keeps of itself at the update after a batch of this process."""
        images = batch_size * self.trainer.world_size * self.discriminator_steps
        return ema_decay(images, self.ema_half_life, self.images_seen) if self.ema_half_life else 0.0

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        if self.gradient_clip_norm is not None:
            clip_gradients(optimizer, self.gradient_clip_norm)

    def configure_optimizers(self) -> Any:
        """The discriminator's optimiser, whose steps Lightning counts, then the generator's."""
        players = self.discriminator, self.generator
        factories = zip(players, self.optimizer_factories, self.scheduler_factories, strict=True)
        return [optimization(*factory, self.scheduler_interval) for factory in factories]

    def setup(self, stage: str) -> None:
        allow_two_players(self.trainer.strategy)
        data_shape = getattr(getattr(self.trainer, "datamodule", None), "image_shape", self.generator.image_shape)
        if tuple(data_shape) != tuple(self.generator.image_shape):
            raise UsageError(
                f"the model draws images of (channels, height, width) {tuple(self.generator.image_shape)}, but the "
                f"data have {tuple(data_shape)}: set --data.image_size, or train a model of that size"
            )

    def on_fit_start(self) -> None:
        if self.seed is None:
            self.seed = torch.initial_seed()

    def on_train_start(self) -> None:
        relieve_the_cpu()
        self.step = fast_step(self)

    def on_train_end(self) -> None:
        self.step, self.descend = self.alternate, LightningDescent(self)  # recordings hold memory of the GPU

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        assert self.seed is not None
        seed_device(mix_seed(self.seed, self.global_step, self.global_rank), self.device)

    def on_train_epoch_end(self) -> None:
        average_buffers(self)

    def on_validation_start(self) -> None:
        average_buffers(self)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        average_buffers(self)  # in place, so the state that Lightning has gathered is averaged, too
        checkpoint["images_seen"], checkpoint["seed"] = self.images_seen, self.seed
        make_portable(checkpoint)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.images_seen, self.seed = checkpoint["images_seen"], checkpoint["seed"]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self._log_losses("val", batch, batch_idx)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self._log_losses("test", batch, batch_idx)

    def _log_losses(self, split: str, batch: Batch, batch_idx: int) -> None:
        """Both losses and D's verdicts on unseen images and on fakes from latents that are the same each time."""
        real, labels = batch
        random = torch.Generator(self.device).manual_seed(mix_seed(batch_idx, self.global_rank))
        z = torch.randn(len(real), self.generator.latent_dim, device=self.device, generator=random)
        real_logits = self.discriminator(real, labels)
        fake_logits = self.discriminator(self.sampling_generator(z, labels), labels)
        values = {
            "discriminator_loss": self.loss.discriminator(real_logits, fake_logits),
            "generator_loss": self.loss.generator(fake_logits),
            "d_real": self.loss.score(real_logits).mean(),
            "d_fake": self.loss.score(fake_logits).mean(),
        }
        named = {f"{split}/{name}": value for name, value in values.items()}
        self.log_dict(named, batch_size=len(real), sync_dist=True)

    def predict_step(self, batch: Batch, batch_idx: int) -> Batch:
        """As many samples as the batch has images, uint8, with the batch's labels."""
        _, labels = batch
        seed = mix_seed(batch_idx, self.global_rank)
        return self.sample(len(labels), labels.tolist() if self.generator.num_classes else None, seed), labels


def check_numbers(discriminator_steps: int, gradient_clip_norm: float | None, ema_half_life: float | None) -> None:
    """Raises UsageError for training options out of range."""
    if discriminator_steps < 1:
        raise UsageError(f"--model.discriminator_steps must be at least 1, not {discriminator_steps}")
    if gradient_clip_norm is not None and gradient_clip_norm <= 0:
        raise UsageError(f"--model.gradient_clip_norm must be positive, not {gradient_clip_norm}")
    if ema_half_life is not None and ema_half_life <= 0:
        raise UsageError(f"--model.ema_half_life must be positive, or null for no average, not {ema_half_life}")
