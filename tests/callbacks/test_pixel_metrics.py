"""Figures of the pixels after every epoch: their values, where they are told, and that training does not notice."""

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import LightningDataModule
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.callbacks import History, LastCheckpoint, PixelMetrics
from gan_lightning.callbacks.history import read_history
from gan_lightning.metrics import PixelFigures
from gan_lightning.models import ConditionalGAN

NAMES = "pixel_diversity", "sharpness", "contrast"


def figures(images):
    metric = PixelFigures(images.shape[1:])
    metric.update(images)
    return {name: float(value) for name, value in metric.compute().items()}


@pytest.fixture
def train(make_trainer):
    """Trains for three epochs of four batches, validating after the second."""

    def run(*callbacks, model=None, data=None, ckpt_path=None, **options):
        model = model or tiny_model()
        defaults = {"max_epochs": 3, "limit_train_batches": 4, "limit_val_batches": 1, "check_val_every_n_epoch": 2}
        trainer = make_trainer(callbacks=list(callbacks), **{**defaults, **options})
        trainer.fit(model, data or tiny_data(), ckpt_path=ckpt_path)
        return trainer, model

    return run


def test_they_are_those_of_samples_and_of_the_first_training_images(train, tmp_path):
    _, model = train(PixelMetrics(40), History())
    *_, last = rows = read_history(tmp_path / "history.csv")
    batches = iter(tiny_data().train_dataloader())
    real = torch.cat([next(batches)[0] for _ in range(3)])[:40]
    expected = figures(model.sample(40)), figures(model.to_uint8(real))
    for name in NAMES:
        assert last[f"pixels/{name}"] == pytest.approx(expected[0][name], rel=1e-6)
        assert [row[f"pixels/real_{name}"] for row in rows] == pytest.approx([expected[1][name]] * 3, rel=1e-6)
    assert len({row["pixels/sharpness"] for row in rows}) == 3, "samples change"


def test_a_conditional_model_draws_all_of_its_classes(train, tmp_path):
    torch.manual_seed(0)
    model = ConditionalGAN(latent_dim=8, hidden_dims=[16, 32])
    train(PixelMetrics(40), History(), model=model)
    labels = list(range(10)) * 4
    found = read_history(tmp_path / "history.csv")[-1]["pixels/contrast"]
    assert found == pytest.approx(figures(model.sample(40, labels))["contrast"], rel=1e-6)


def test_tensorboard_has_a_point_for_every_epoch(train, tmp_path):
    logger = TensorBoardLogger(tmp_path, name="run")
    train(PixelMetrics(40), logger=logger)
    events = EventAccumulator(logger.log_dir).Reload()
    for name in NAMES:
        assert [event.step for event in events.Scalars(f"pixels/{name}")] == [3, 7, 11]
        assert len(events.Scalars(f"pixels/real_{name}")) == 3


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_training_does_not_notice_them(train, dropout):
    _, measured = train(PixelMetrics(40), model=tiny_model(dropout=dropout))
    _, alone = train(model=tiny_model(dropout=dropout))
    for one, other in zip(measured.state_dict().values(), alone.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_the_stream_of_batches_is_not_moved_on():
    data = tiny_data()
    batches = iter(data.train_dataloader())
    first = next(batches)[0]
    assert torch.equal(data.first_images(16), first)
    other = iter(tiny_data().train_dataloader())
    next(other)
    assert torch.equal(next(batches)[0], next(other)[0])
    assert len(tiny_data().first_images(10_000)) == 8 * 16


def test_a_resumed_run_has_the_same(train, tmp_path):
    callbacks = PixelMetrics(40), History()
    train(*callbacks, default_root_dir=tmp_path / "whole")
    saved = LastCheckpoint(every_n_train_steps=6)
    options = {"max_epochs": -1, "max_steps": 6, "enable_checkpointing": True, "default_root_dir": tmp_path / "first"}
    train(PixelMetrics(40), History(), saved, **options)
    (path,) = (tmp_path / "first").rglob("last.ckpt")
    train(PixelMetrics(40), History(), ckpt_path=path, default_root_dir=tmp_path / "second")
    whole, resumed = (read_history(tmp_path / name / "history.csv") for name in ("whole", "second"))
    assert [{**row, "seconds": 0} for row in whole] == [{**row, "seconds": 0} for row in resumed]


def test_other_data_have_no_real_values(train, tmp_path):
    class Other(LightningDataModule):
        def train_dataloader(self):
            return DataLoader(TensorDataset(-torch.ones(8, 1, 28, 28), torch.zeros(8, dtype=torch.int64)), batch_size=4)

    train(PixelMetrics(40), History(), data=Other())
    row = read_history(tmp_path / "history.csv")[-1]
    assert "pixels/sharpness" in row
    assert "pixels/real_sharpness" not in row
