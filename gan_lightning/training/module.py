"""What Lightning asks of a model whose players take turns: seeds, schedules, logs, checkpoints and validation.

The algorithm itself is in ``models/gan.py``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import torch
from lightning.pytorch import Callback
from lightning.pytorch.cli import OptimizerCallable
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_lightning.augment import AdaptiveAugment
from gan_lightning.checkpoints.hyperparameters import check_rebuildable
from gan_lightning.errors import UsageError
from gan_lightning.networks import Generator
from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, Penalty, PlayerName
from gan_lightning.schedules import Schedule, Value, value_at
from gan_lightning.storage.checkpoint_io import write_whole_checkpoints
from gan_lightning.training.adaptation import Adaptation
from gan_lightning.training.distributed import average, average_buffers
from gan_lightning.training.divergence import DivergenceWatch, check_weights
from gan_lightning.training.ema import ema_weight
from gan_lightning.training.first_batch import check_batch, check_batch_norm
from gan_lightning.training.graphs import Step, make_portable
from gan_lightning.training.knobs import Knobs
from gan_lightning.training.lengths import check_lengths
from gan_lightning.training.optim import use_fast_cuda_check
from gan_lightning.training.phases import Phase, phase_of
from gan_lightning.training.players import LightningPlayer, Player, lightning_players, plain_players
from gan_lightning.training.recorded import FreeRecordings, RecordedStep, obstacle
from gan_lightning.training.resuming import carry_over, leave_finished_epoch, restore, training_state
from gan_lightning.training.schedulers import Interval, LearningRates, SchedulerCallable, optimization, step_schedulers
from gan_lightning.training.seeded import SeededModule
from gan_lightning.training.sound import check_optimizers, check_resumable
from gan_lightning.training.tally import STATISTICS, Scalars, Tally
from gan_lightning.training.unseen import Batch, UnseenImages


class AlternatingModule(SeededModule, UnseenImages):
    """A LightningModule whose discriminator and generator take turns on each mini-batch, by manual optimisation.

    ``trainer.global_step`` counts mini-batches.
    """

    terms: dict[str, Penalty]
    optimizer_factories: dict[PlayerName, OptimizerCallable]
    scheduler_factories: dict[PlayerName, SchedulerCallable | None]
    scheduler_interval: Interval
    learning_rate_schedule: Schedule | None
    beta2_schedule: Schedule | None
    discriminator_steps: int
    micro_batches: int
    player_options: dict[str, dict[str, Any]]
    ema_half_life: Value | None
    compile_networks: bool
    cuda_graph: bool | Literal["strict"]
    left_out: list[str]

    def __init__(self, generator: Generator, **options: Any) -> None:
        super().__init__(generator, **options)
        self.automatic_optimization = False
        self.players: dict[PlayerName, Player] = {}
        self.step: Step = self.alternate
        self.batch_images = 0
        """Images of all processes between two updates of the average."""
        self.scalars: Scalars = {}
        """The newest value of everything that is logged."""
        self.tally = Tally()
        self.divergence = DivergenceWatch(torch.device("cpu"))
        self.knobs = Knobs({})
        self.learning_rates: LearningRates | None = None
        self.batch_was_checked = False

    @abstractmethod
    def alternate(self, real: Tensor, labels: Tensor, phase: Phase) -> Scalars:
        """One step of the algorithm. Gives the values to be logged."""

    # ---- the step, and what surrounds it

    def prepare_training(self, players: dict[PlayerName, Player], device: torch.device, step: int = 0) -> None:
        """Everything that a step uses, on the device; called before the first one, by Lightning's hook or a bare loop.

        Args:
            players: What moves the networks.
            device: Where they are.
            step: How many steps were taken before.
        """
        self.players = players
        weights = {f"{name}_weight": partial(value_at, term.weight) for name, term in self.terms.items()}
        half_life = {"ema_half_life": self.ema_half_life} if isinstance(self.ema_half_life, Schedule) else {}
        self.knobs = Knobs({**weights, **half_life, "ema_weight": self._ema_weight})
        self.knobs.to(device)
        optimizers = [player.optimizer for player in players.values()]
        self.learning_rates = LearningRates(optimizers, self.learning_rate_schedule, self.beta2_schedule)
        self.tally.to(device)
        self.scalars = {name: value.to(device) for name, value in self.scalars.items()}
        self.divergence = DivergenceWatch(device)
        self.divergence.begin(step)
        if isinstance(self.augment, AdaptiveAugment):
            self.adaptation = self.adaptation or Adaptation(self.augment)
            self.adaptation.to(device)

    def take_step(self, batch: Batch, step: int, world_size: int = 1) -> Phase:
        """Fills in what depends on the images seen, takes the step, and counts it. Gives what was done."""
        real, labels = batch
        assert self.learning_rates is not None
        self.batch_images = len(real) * world_size * self.discriminator_steps
        phase = phase_of(step, self.discriminator_steps, list(self.terms.values()))
        self.knobs.fill(self.images_seen)
        self.learning_rates.fill(self.images_seen)
        scalars = self.step(real, labels, phase)
        self.tally.count(scalars)
        self.scalars.update(scalars)
        self.images_seen += len(real) * world_size
        observers = [term for term in self.terms.values() if type(term).observe is not Penalty.observe]
        if observers:
            average([scalars["real_logit"], scalars["fake_logit"]])
        for term in observers:
            term.observe(scalars["real_logit"], scalars["fake_logit"])
        if self.adaptation is not None:
            self.adaptation.observe(scalars["real_sign"], len(real) * world_size)
        return phase

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        if not self.batch_was_checked:
            check_batch(batch, self.generator.image_shape, self.generator.num_classes, self.value_range)
            check_batch_norm(self, min(len(part) for part in batch[0].chunk(self.micro_batches)))
            self.batch_was_checked = True
        phase = self.take_step(batch, self.global_step, self.trainer.world_size)
        step_schedulers(self.trainer, [self.players[name].optimizer for name in phase.players])
        if self.logs_this_step:  # self.log costs half a millisecond a value
            self.divergence.check()
            self.log_dict({f"train/{name}": value for name, value in self.logged().items()}, sync_dist=True)
            self.log("train/images_seen", float(self.images_seen))

    def logged(self) -> dict[str, Tensor | float]:
        """What a logged step logs: its values, both learning rates and whatever else is scheduled."""
        values: dict[str, Tensor | float] = {
            name: value.clone() for name, value in self.scalars.items() if name not in STATISTICS
        }
        for player_name, player in self.players.items():
            values[f"{player_name}_lr"] = float(player.optimizer.param_groups[0]["lr"])
            if self.beta2_schedule is not None:
                values[f"{player_name}_beta2"] = player.optimizer.param_groups[0]["betas"][1]
        scheduled = [name for name, term in self.terms.items() if isinstance(term.weight, Schedule)]
        values |= {f"{name}_weight": self.knobs[f"{name}_weight"].clone() for name in scheduled}
        if isinstance(self.ema_half_life, Schedule):
            values["ema_half_life"] = self.knobs["ema_half_life"].clone()
        if self.adaptation is not None:
            values["augment_p"] = self.adaptation.p.clone()
        return values

    @property
    def logs_this_step(self) -> bool:
        """Whether the step that was just taken is one of those that are logged."""
        return self.global_step % self.trainer.log_every_n_steps == 0  # type: ignore[attr-defined]

    def _ema_weight(self, images_seen: int) -> float:
        if self.ema_half_life is None:
            return 1.0
        return ema_weight(self.batch_images, value_at(self.ema_half_life, images_seen), images_seen)

    def to_uint8(self, images: Tensor) -> Tensor:
        """As ``GenerativeModel`` has it. A run that diverges says so by its first step that did.

        Raises:
            Diverged: A loss was not finite.
        """
        self.divergence.check()
        return super().to_uint8(images)

    # ---- Lightning's hooks

    def configure_optimizers(self) -> Any:
        """The discriminator's optimiser, whose steps Lightning counts, then the generator's."""
        networks: dict[PlayerName, nn.Module] = {DISCRIMINATOR: self.discriminator, GENERATOR: self.generator}
        makers, schedulers, interval = self.optimizer_factories, self.scheduler_factories, self.scheduler_interval
        return [optimization(net, makers[name], schedulers[name], interval, name) for name, net in networks.items()]

    def configure_callbacks(self) -> Sequence[Callback]:
        return [FreeRecordings()]

    def setup(self, stage: str) -> None:
        write_whole_checkpoints(self.trainer.strategy)
        data_shape = getattr(getattr(self.trainer, "datamodule", None), "image_shape", self.generator.image_shape)
        if tuple(data_shape) != tuple(self.generator.image_shape):
            raise UsageError(
                f"the model draws images of (channels, height, width) {tuple(self.generator.image_shape)}, but the "
                f"data have {tuple(data_shape)}: set --data.image_size, or train a model of that size"
            )

    def on_fit_start(self) -> None:
        super().on_fit_start()
        check_rebuildable(self, self.left_out)

    def on_train_start(self) -> None:
        leave_finished_epoch(self.trainer.fit_loop)
        check_lengths(self.trainer, self.discriminator_steps)
        self.batch_was_checked = False
        use_fast_cuda_check()
        players = lightning_players(self, **self.player_options)
        self.prepare_training(players, self.device, self.global_step)
        if self.compile_networks:
            self.generator.compile()  # in place, so that checkpoints keep their names
            self.discriminator.compile()
        self.step = self.alternate
        if self.cuda_graph:
            self.step = self._recorded_step(players)
        super().on_train_start()

    def _recorded_step(self, lightning: dict[PlayerName, Player]) -> Step:
        """The step by CUDA graphs, which needs players without Lightning in between."""

        def fall_back() -> Step:
            self.players = lightning
            return self.alternate

        self.players = plain_players(self.trainer.optimizers, **self.player_options)
        reason = obstacle(self.trainer, self, AlternatingModule)
        return RecordedStep(self.trainer, self.alternate, reason, fall_back, strict=self.cuda_graph == "strict")

    def forget_recordings(self) -> None:
        """Gives the memory of recorded steps back."""
        self.step = self.alternate

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        for player in self.players.values():
            if isinstance(player, LightningPlayer) and player.optimizer is optimizer:
                player.before_step()

    # ---- checkpoints

    def on_train_epoch_end(self) -> None:
        average_buffers(self)

    def on_validation_start(self) -> None:
        average_buffers(self)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.divergence.check()
        check_weights([(DISCRIMINATOR, self.discriminator), (GENERATOR, self.generator)], self.global_step)
        average_buffers(self)  # in place, so the state that Lightning has gathered is averaged, too
        checkpoint["training"] = training_state(self)
        make_portable(checkpoint)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        check_resumable(self, checkpoint)
        restore(self, checkpoint["training"])
        configured = self.configure_optimizers()
        carry_over(checkpoint, configured, dict(self.hparams))
        check_optimizers(self, checkpoint, configured)
