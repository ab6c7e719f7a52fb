"""The training step: who moves, what is counted, and that it computes what the textbook says."""

import contextlib
import copy
import csv
from functools import partial
from pathlib import Path

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger

from gan_lightning.errors import UsageError
from gan_lightning.models import DCGAN, GAN
from gan_lightning.networks import MLPDiscriminator, MLPGenerator
from gan_lightning.objectives.adversarial import LeastSquares
from gan_lightning.training.modes import frozen
from gan_lightning.training.seeding import seed_device


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()]).clone()


class Watch(Callback):
    """Calls ``look(model)`` before the first step and after each player's."""

    def __init__(self, look):
        self.look = look
        self.seen = []

    def on_train_start(self, trainer, model):
        self.seen.append(("start", self.look(model)))
        for player in ("discriminator_step", "generator_step"):
            self.wrap(model, player)

    def wrap(self, model, player):
        step = getattr(model, player)

        def watched(*args):
            scalars = step(*args)
            self.seen.append((player, self.look(model)))
            return scalars

        setattr(model, player, watched)


def test_each_step_moves_its_own_player_only(make_trainer):
    watch = Watch(lambda m: (weights(m.discriminator), weights(m.generator)))
    make_trainer(max_steps=3, callbacks=[watch]).fit(tiny_model(), tiny_data())
    assert [name for name, _ in watch.seen] == ["start", *["discriminator_step", "generator_step"] * 3]
    for (_, before), (player, after) in zip(watch.seen, watch.seen[1:], strict=False):
        moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
        assert moved == [player == "discriminator_step", player == "generator_step"]


@pytest.mark.parametrize("tiny", [partial(tiny_model, dropout=0.0), partial(DCGAN, latent_dim=8, width=2)])
def test_gradients_equal_a_textbook_loop_that_generates_twice(make_trainer, tiny):
    """The shared batch of fakes against two generator passes with the same z, for three steps of plain SGD."""

    sgd = partial(torch.optim.SGD, lr=0.1)
    model = tiny(generator_optimizer=sgd, discriminator_optimizer=sgd).double()
    generator, discriminator = copy.deepcopy(model.generator), copy.deepcopy(model.discriminator)
    latents, batches = [], []
    generate = model.generate

    def recorded(labels):
        state = torch.get_rng_state()
        latents.append(torch.randn(len(labels), 8, dtype=torch.float64))
        torch.set_rng_state(state)
        return generate(labels)

    model.generate = recorded

    class Record(Callback):
        def on_train_batch_start(self, trainer, module, batch, batch_idx):
            batches.append(batch[0])

    make_trainer(max_steps=3, precision="64-true", callbacks=[Record()]).fit(model, tiny_data())

    bce = torch.nn.BCEWithLogitsLoss()
    for z, real in zip(latents, batches, strict=True):
        d_optimizer, g_optimizer = sgd(discriminator.parameters()), sgd(generator.parameters())
        ones, zeros = torch.ones(16, dtype=torch.float64), torch.zeros(16, dtype=torch.float64)
        d_optimizer.zero_grad()
        (bce(discriminator(real), ones) + bce(discriminator(generator(z).detach()), zeros)).backward()
        d_optimizer.step()
        g_optimizer.zero_grad()
        bce(discriminator(generator(z)), ones).backward()
        g_optimizer.step()
    torch.testing.assert_close(weights(model.generator), weights(generator), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(weights(model.discriminator), weights(discriminator), rtol=1e-12, atol=1e-14)


def test_the_generator_runs_once_a_step_and_its_step_leaves_no_discriminator_gradient(make_trainer):
    model, passes, gradients = tiny_model(), [], []
    model.generator.register_forward_hook(lambda *_: passes.append(1))
    for p in model.discriminator.parameters():
        p.register_post_accumulate_grad_hook(lambda p: gradients.append(1))
    make_trainer(max_steps=4, limit_val_batches=0).fit(model, tiny_data())
    assert len(passes) == 4
    assert len(gradients) == 4 * len(list(model.discriminator.parameters()))


def test_frozen_restores_what_was_trainable_even_after_an_error():
    network = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Linear(1, 1).requires_grad_(False))
    with contextlib.suppress(ValueError), frozen(network):
        assert not any(p.requires_grad for p in network.parameters())
        raise ValueError
    assert [p.requires_grad for p in network.parameters()] == [True, True, False, False]


@pytest.mark.parametrize("discriminator_steps", [1, 3])
def test_a_batch_counts_once(make_trainer, tmp_path, discriminator_steps):
    saver = ModelCheckpoint(tmp_path, filename="{step}", every_n_train_steps=3, save_top_k=-1)
    logger = CSVLogger(tmp_path)
    trainer = make_trainer(
        max_steps=12, callbacks=[saver], enable_checkpointing=True, logger=logger, log_every_n_steps=4
    )
    model = tiny_model(discriminator_steps=discriminator_steps)
    trainer.fit(model, tiny_data())
    assert trainer.global_step == trainer.fit_loop.epoch_loop.total_batch_idx + 1 == 12
    assert model.images_seen == 12 * 16
    assert sorted(path.stem for path in tmp_path.glob("*.ckpt")) == ["step=12", "step=3", "step=6", "step=9"]
    with (Path(logger.log_dir) / "metrics.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["train/images_seen"]]
    assert [(row["step"], row["train/images_seen"]) for row in rows] == [("3", "64.0"), ("7", "128.0"), ("11", "192.0")]
    for row in ({key: float(value or 0) for key, value in row.items()} for row in rows):
        assert 0 < row["train/d_real"] < 1
        assert 0 < row["train/d_fake"] < 1
        assert row["train/discriminator_loss"] > 0
        assert row["train/generator_loss"] > 0


def test_several_discriminator_steps_to_one_of_the_generator(make_trainer):
    watch = Watch(lambda m: None)
    make_trainer(max_steps=6, callbacks=[watch]).fit(tiny_model(discriminator_steps=3), tiny_data())
    expected = [*["discriminator_step"] * 3, "generator_step"] * 2
    assert [name for name, _ in watch.seen[1:]] == expected


def test_gradients_are_clipped_to_the_norm(make_trainer):
    model = tiny_model(
        gradient_clip_norm=1e-3,
        generator_optimizer=partial(torch.optim.SGD, lr=1.0),
        discriminator_optimizer=partial(torch.optim.SGD, lr=1.0),
    )
    watch = Watch(lambda m: (weights(m.discriminator), weights(m.generator)))
    make_trainer(max_steps=1, callbacks=[watch]).fit(model, tiny_data())
    (_, start), _, (_, end) = watch.seen
    for before, after in zip(start, end, strict=True):
        assert (after - before).norm().item() == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize(("interval", "decays"), [("epoch", 2), ("step", 16)])
def test_schedulers_step_by_epoch_or_by_batch(make_trainer, interval, decays):
    halve = partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.5)
    model = tiny_model(generator_scheduler=halve, scheduler_interval=interval)
    trainer = make_trainer(max_epochs=2)
    trainer.fit(model, tiny_data())
    discriminator, generator = trainer.optimizers
    assert generator.param_groups[0]["lr"] == pytest.approx(2e-4 * 0.5**decays)
    assert discriminator.param_groups[0]["lr"] == 2e-4


def test_a_scheduler_that_waits_for_a_plateau_is_refused(make_trainer):
    model = tiny_model(generator_scheduler=torch.optim.lr_scheduler.ReduceLROnPlateau)
    with pytest.raises(UsageError, match="no plateau"):
        make_trainer(max_steps=1).fit(model, tiny_data())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"discriminator_steps": 0}, "discriminator_steps must be at least 1"),
        ({"gradient_clip_norm": -1.0}, "gradient_clip_norm must be positive"),
        ({"ema_half_life": 0.0}, "ema_half_life must be positive"),
        ({"value_range": (-0.42, 2.82)}, "cannot reach"),
    ],
)
def test_options_out_of_range_are_refused(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        tiny_model(**options)


def test_data_of_another_shape_are_refused_before_training(make_trainer):
    with pytest.raises(UsageError, match=r"\(1, 28, 28\), but the data have \(1, 16, 16\)"):
        make_trainer(max_steps=1).fit(tiny_model(), tiny_data(image_size=16))


def test_drawing_between_steps_does_not_disturb_the_training(make_trainer):
    class Meddler(Callback):
        def on_train_batch_end(self, trainer, model, *_):
            model.sample(3)
            torch.manual_seed(0)
            torch.randn(100)

    plain, disturbed = tiny_model(), tiny_model()
    make_trainer(max_steps=5).fit(plain, tiny_data())
    torch.manual_seed(0)
    make_trainer(max_steps=5, callbacks=[Meddler()]).fit(disturbed, tiny_data())
    assert torch.equal(weights(plain.generator), weights(disturbed.generator))


def test_networks_and_losses_are_injected(make_trainer):
    torch.manual_seed(0)
    model = GAN(
        MLPGenerator(4, (1, 28, 28), hidden_dims=[8]), MLPDiscriminator((1, 28, 28), hidden_dims=[8]), LeastSquares()
    )
    trainer = make_trainer(max_steps=4, log_every_n_steps=4)
    trainer.fit(model, tiny_data())
    assert trainer.callback_metrics["train/generator_loss"].item() == pytest.approx(0.5, abs=0.2)


def test_validation_measures_the_averaged_generator_in_eval_mode_and_repeats_itself(make_trainer):
    torch.manual_seed(0)
    model = DCGAN(width=4, latent_dim=4)
    trainer = make_trainer(max_steps=8, limit_val_batches=2)
    trainer.fit(model, tiny_data())
    first = trainer.validate(model, tiny_data(), verbose=False)
    with torch.no_grad():
        for p in model.generator.parameters():
            p.add_(1.0)  # the raw generator plays no part
    assert trainer.validate(model, tiny_data(), verbose=False) == first
    assert set(first[0]) == {f"val/{name}" for name in ("discriminator_loss", "generator_loss", "d_real", "d_fake")}


def test_seeding_a_device_repeats_its_numbers():
    cpu = torch.device("cpu")
    seed_device(5, cpu)
    first = torch.rand(3)
    seed_device(5, cpu)
    assert torch.equal(torch.rand(3), first)
