"""Gradient norms and histograms are those of the step, and training does not notice them."""

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_lightning.callbacks import GradientNorms, Histograms

PLAYERS = "discriminator", "generator"


class Seen(Callback):
    """The length of each player's gradient when its optimiser steps."""

    def __init__(self):
        self.norms = {name: [] for name in PLAYERS}

    def on_before_optimizer_step(self, trainer, model, optimizer):
        (name,) = (name for name, player in model.players.items() if player.optimizer is optimizer)
        gradients = [p.grad.flatten() for p in model.players[name].parameters]
        self.norms[name].append(float(torch.cat(gradients).norm()))


def test_norms_are_those_of_the_gradients_that_the_step_followed(make_trainer):
    seen, logged = Seen(), []

    class Logged(Callback):
        def on_train_batch_end(self, trainer, *_):
            logged.append({name: float(trainer.callback_metrics[f"train/{name}_gradient_norm"]) for name in PLAYERS})

    options = {"max_steps": 3, "log_every_n_steps": 1, "limit_val_batches": 0}
    make_trainer(callbacks=[seen, GradientNorms(), Logged()], **options).fit(tiny_model(), tiny_data())
    for name in PLAYERS:
        assert [row[name] for row in logged] == pytest.approx(seen.norms[name], rel=1e-5)


def test_a_clipped_gradient_is_no_longer_than_that(make_trainer):
    trainer = make_trainer(max_steps=1, log_every_n_steps=1, limit_val_batches=0, callbacks=[GradientNorms()])
    trainer.fit(tiny_model(gradient_clip_norm=1e-3), tiny_data())
    assert float(trainer.callback_metrics["train/generator_gradient_norm"]) == pytest.approx(1e-3, rel=1e-2)


def test_a_player_without_a_turn_has_no_norm(make_trainer):
    trainer = make_trainer(max_steps=1, log_every_n_steps=1, limit_val_batches=0, callbacks=[GradientNorms()])
    trainer.fit(tiny_model(discriminator_steps=2), tiny_data())
    assert "train/discriminator_gradient_norm" in trainer.callback_metrics
    assert "train/generator_gradient_norm" not in trainer.callback_metrics


def test_training_does_not_notice(make_trainer, tmp_path):
    states = []
    for callbacks in ([], [GradientNorms(), Histograms(every_n_batches=1)]):
        model, logger = tiny_model(), TensorBoardLogger(tmp_path)
        options = {"max_steps": 4, "log_every_n_steps": 1, "limit_val_batches": 0, "logger": logger}
        make_trainer(callbacks=callbacks, **options).fit(model, tiny_data())
        states.append(model.state_dict())
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name


def test_histograms_are_of_every_weight_and_gradient(make_trainer, tmp_path):
    model, logger = tiny_model(), TensorBoardLogger(tmp_path)
    options = {"max_epochs": 2, "limit_train_batches": 2, "limit_val_batches": 0, "logger": logger}
    make_trainer(callbacks=[Histograms(every_n_epochs=1)], **options).fit(model, tiny_data())
    events = EventAccumulator(logger.log_dir).Reload()
    names = {f"{player}.{name}" for player in PLAYERS for name, _ in getattr(model, player).named_parameters()}
    assert set(events.Tags()["histograms"]) == {f"{kind}/{name}" for kind in ("weights", "gradients") for name in names}
    last = events.Histograms("weights/discriminator.score.bias")[-1]
    assert (last.step, last.histogram_value.num) == (4, 1)
    assert last.histogram_value.sum == pytest.approx(model.discriminator.score.bias.item())


def test_other_loggers_and_no_interval_have_none(make_trainer, tmp_path):
    for callback, logger in ((Histograms(), TensorBoardLogger(tmp_path / "a")), (Histograms(1), CSVLogger(tmp_path))):
        make_trainer(max_epochs=1, limit_val_batches=0, logger=logger, callbacks=[callback]).fit(
            tiny_model(), tiny_data()
        )
    events = EventAccumulator(str(tmp_path / "a/lightning_logs/version_0")).Reload()
    assert events.Tags()["histograms"] == []
