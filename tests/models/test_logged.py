"""What is counted and logged, against computations by hand."""

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
from torch.nn import functional as F

from gan_lightning.models import DCGAN, GAN
from gan_lightning.networks import DCGANDiscriminator, DCGANGenerator
from gan_lightning.objectives import R1, GradientPenalty
from gan_lightning.training.ema import update_average


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
        assert row["train/discriminator_lr"] == row["train/generator_lr"] == pytest.approx(2e-4)


class Snapshots(Callback):
    """Both networks and the latents before each step, and what it logged."""

    def __init__(self, model):
        self.steps, draw_latents = [], model.draw_latents

        def recorded(count, random=None):
            z = draw_latents(count, random)
            self.steps[-1]["z"] = z
            return z

        model.draw_latents = recorded

    def on_train_batch_start(self, trainer, model, batch, batch_idx):
        self.steps.append({"networks": copy.deepcopy((model.generator, model.discriminator)), "batch": batch})

    def on_train_batch_end(self, trainer, model, *_):
        logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self.steps[-1] |= {"logged": logged, "after": copy.deepcopy(model.discriminator)}


def test_every_logged_value_is_that_of_the_networks_before_the_step(make_trainer):
    torch.manual_seed(0)
    model = tiny_model(dropout=0.0)
    with torch.no_grad():
        model.discriminator.score.bias.fill_(1.0)  # so that real and generated images are told apart
    snapshots = Snapshots(model)
    make_trainer(max_steps=3, log_every_n_steps=1, limit_val_batches=0, callbacks=[snapshots]).fit(model, tiny_data())
    for step in snapshots.steps:
        (generator, discriminator), (real, labels), logged = step["networks"], step["batch"], step["logged"]
        fake = generator(step["z"], labels)
        real_logits, fake_logits = discriminator(real), discriminator(fake)
        expected = {
            "train/d_real": real_logits.sigmoid().mean(),
            "train/d_fake": fake_logits.sigmoid().mean(),
            "train/discriminator_loss": F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean(),
            "train/generator_loss": F.softplus(-step["after"](fake)).mean(),  # D has moved by then
        }
        assert abs(expected["train/d_real"] - expected["train/d_fake"]) > 1e-4
        for name, value in expected.items():
            assert logged[name] == pytest.approx(value.item(), rel=1e-5), name


def test_terms_are_logged_by_their_names(make_trainer):
    networks = DCGANGenerator(8, width=2), DCGANDiscriminator(width=2, norm="none")
    model = GAN(*networks, penalties=[R1(), GradientPenalty(), R1(weight=2.0)])
    trainer = make_trainer(max_steps=1, log_every_n_steps=1, limit_val_batches=0)
    trainer.fit(model, tiny_data())
    logged = trainer.callback_metrics
    assert logged["train/R1"] == logged["train/R1_2"] > 0
    assert logged["train/GradientPenalty"] > 0
    assert not {"train/real_logit", "train/fake_logit", "train/real_sign"} & set(logged)


class Averages(Callback):
    """The averaged generator after each step, beside one that is moved by hand after the steps in ``moves``."""

    def __init__(self, moves, half_life):
        self.moves, self.half_life = moves, half_life

    def on_train_start(self, trainer, model):
        model.images_seen = 10**6  # so that the half-life is not bounded by them
        self.expected = copy.deepcopy(model.averaged_generator)

    def on_train_batch_end(self, trainer, model, batch, *_):
        step = trainer.global_step
        if step in self.moves:
            weight = 1 - 0.5 ** (16 * model.discriminator_steps / self.half_life)
            update_average(self.expected, model.generator, torch.tensor(weight))
        for a, b in zip(model.averaged_generator.parameters(), self.expected.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("discriminator_steps", "moves"), [(1, [1, 2, 3, 4, 5, 6]), (3, [3, 6])])
def test_the_average_moves_with_the_generator_by_the_images_in_between(make_trainer, discriminator_steps, moves):
    model = tiny_model(discriminator_steps=discriminator_steps, ema_half_life=100.0)
    make_trainer(max_steps=6, callbacks=[Averages(moves, 100.0)], limit_val_batches=0).fit(model, tiny_data())


def test_adams_defaults_are_those_of_the_dcgan(make_trainer):
    optimizers = [config["optimizer"] for config in tiny_model().configure_optimizers()]
    for optimizer in optimizers:
        (group,) = optimizer.param_groups
        assert (group["lr"], tuple(group["betas"])) == (2e-4, (0.5, 0.999))


def test_each_step_has_dropout_masks_of_its_own(make_trainer):
    """With still networks and one image, only the masks differ."""
    still = partial(torch.optim.SGD, lr=0.0)
    model = tiny_model(dropout=0.5, generator_optimizer=still, discriminator_optimizer=still)
    image, found = torch.randn(1, 1, 28, 28), []

    class Ask(Callback):
        def on_train_batch_end(self, trainer, module, *_):
            found.append(module.discriminator(image).item())

    make_trainer(max_steps=6, callbacks=[Ask()], limit_val_batches=0).fit(model, tiny_data())
    assert len(set(found)) == 6


def test_validation_scores_with_batch_statistics_and_leaves_the_running_ones(make_trainer):
    torch.manual_seed(0)
    model = DCGAN(width=4, latent_dim=4)
    trainer = make_trainer(max_steps=8, limit_val_batches=2)
    trainer.fit(model, tiny_data())
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    first = trainer.validate(model, tiny_data(), verbose=False)
    assert all(torch.equal(buffer, buffers[name]) for name, buffer in model.named_buffers())
    with torch.no_grad():
        for name, buffer in model.discriminator.named_buffers():
            if name.endswith("running_mean"):
                buffer.add_(1.0)
        for p in model.generator.parameters():
            p.add_(1.0)  # the averaged generator is measured
    assert trainer.validate(model, tiny_data(), verbose=False) == first
    assert set(first[0]) == {f"val/{name}" for name in ("discriminator_loss", "generator_loss", "d_real", "d_fake")}
    data = tiny_data()
    data.setup("validate")
    logits = [copy.deepcopy(model.discriminator).train()(real) for real, _ in list(data.val_dataloader())[:2]]
    assert first[0]["val/d_real"] == pytest.approx(torch.cat(logits).sigmoid().mean().item(), rel=1e-5)
