"""The history's numbers are those of the steps, and a resumed run's file is that of one that never stopped."""

import pytest
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback

from gan_lightning.callbacks import History, LastCheckpoint, QualityMetrics
from gan_lightning.callbacks.history import balance, read_history
from gan_lightning.metrics.ratings import EXCELLENT, NEEDS_IMPROVEMENT
from gan_lightning.objectives.adversarial import LeastSquares


class Record(Callback):
    """What each step left in ``scalars``."""

    def __init__(self):
        self.steps = []

    def on_train_batch_end(self, trainer, model, *_):
        self.steps.append({name: float(value) for name, value in model.scalars.items()})


def test_rows_hold_the_means_of_all_batches(make_trainer, tmp_path):
    record = Record()
    make_trainer(max_epochs=2, limit_train_batches=3, limit_val_batches=0, callbacks=[History(), record]).fit(
        tiny_model(), tiny_data()
    )
    rows = read_history(tmp_path / "history.csv")
    assert [(row["epoch"], row["step"], row["images_seen"]) for row in rows] == [(0, 3, 48), (1, 6, 96)]
    for row, steps in zip(rows, (record.steps[:3], record.steps[3:]), strict=True):
        for name in ("discriminator_loss", "generator_loss", "d_real", "d_fake"):
            assert row[name] == pytest.approx(sum(step[name] for step in steps) / 3, rel=1e-5)


def test_batches_without_a_generator_step_do_not_count_for_its_loss(make_trainer, tmp_path):
    record = Record()
    make_trainer(max_epochs=1, limit_train_batches=2, limit_val_batches=0, callbacks=[History(), record]).fit(
        tiny_model(discriminator_steps=2), tiny_data()
    )
    (row,) = read_history(tmp_path / "history.csv")
    assert "generator_loss" not in record.steps[0]
    assert row["generator_loss"] == pytest.approx(record.steps[1]["generator_loss"], rel=1e-5)


def test_figures_stand_in_the_rows_of_their_epochs(make_trainer, tmp_path):
    callbacks = [QualityMetrics(100), History()]
    options = {"max_epochs": 4, "limit_train_batches": 1, "check_val_every_n_epoch": 2}
    make_trainer(callbacks=callbacks, **options).fit(tiny_model(), tiny_data())
    rows = read_history(tmp_path / "history.csv")
    assert ["val/fid" in row for row in rows] == [False, True, False, True]
    assert rows[1]["val/fid"] != rows[3]["val/fid"]


def test_a_resumed_run_has_the_history_of_one_that_never_stopped(make_trainer, tmp_path):
    options = {"max_epochs": 3, "limit_val_batches": 0, "enable_checkpointing": True}
    make_trainer(callbacks=[History()], default_root_dir=tmp_path / "whole", **options).fit(tiny_model(), tiny_data())
    saved = LastCheckpoint(every_n_train_steps=11)  # in the middle of the second epoch
    first = {**options, "max_epochs": -1, "max_steps": 11}
    make_trainer(callbacks=[History(), saved], default_root_dir=tmp_path / "first", **first).fit(
        tiny_model(), tiny_data()
    )
    (path,) = (tmp_path / "first").rglob("last.ckpt")
    make_trainer(callbacks=[History()], default_root_dir=tmp_path / "second", **options).fit(
        tiny_model(), tiny_data(), ckpt_path=path
    )
    whole, resumed = (read_history(tmp_path / name / "history.csv") for name in ("whole", "second"))
    assert len(whole) == len(resumed) == 3
    assert [len(row) for row in whole] == [len(row) for row in resumed]
    for one, other in zip(whole, resumed, strict=True):
        assert {**one, "seconds": 0} == pytest.approx({**other, "seconds": 0}, rel=1e-6)


class Clock:
    """A clock that stands still but for what ``Work`` adds to it."""

    def __init__(self):
        self.now = 100.0

    def perf_counter(self):
        return self.now


class Work(Callback):
    """A second for each batch of training, and ten for each validation."""

    def __init__(self, clock):
        self.clock = clock

    def on_train_batch_end(self, *_):
        self.clock.now += 1

    def on_validation_batch_end(self, *_):
        self.clock.now += 10


def test_seconds_are_those_of_training_over_all_parts_of_a_run(make_trainer, tmp_path, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("gan_lightning.callbacks.history.time", clock)
    options = {"limit_train_batches": 3, "limit_val_batches": 1, "enable_checkpointing": True}
    callbacks = [Work(clock), History(), LastCheckpoint(every_n_train_steps=1)]
    make_trainer(max_steps=4, callbacks=callbacks, **options).fit(tiny_model(), tiny_data())
    clock.now += 1000
    (path,) = tmp_path.rglob("last.ckpt")
    callbacks = [Work(clock), History(), LastCheckpoint(every_n_train_steps=1)]
    make_trainer(max_epochs=3, callbacks=callbacks, **options).fit(tiny_model(), tiny_data(), ckpt_path=path)
    assert [row["seconds"] for row in read_history(tmp_path / "history.csv")] == [3, 6, 9]


def test_the_balance_is_that_of_a_generators_loss_which_can_be_read():
    row = {"epoch": 0, "discriminator_loss": 1.0}
    assert balance([row, {**row, "generator_loss": 1.0}], tiny_model()) == EXCELLENT
    assert balance([row, {**row, "generator_loss": 9.0}], tiny_model()) == NEEDS_IMPROVEMENT
    assert balance([row], tiny_model()) is None
    assert balance([{**row, "generator_loss": 1.0}], tiny_model(loss=LeastSquares())) is None
