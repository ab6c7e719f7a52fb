"""Figures while training and after: their values, where they are logged, and that training does not notice."""

import json

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import LightningDataModule
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.callbacks import BestCheckpoint, QualityMetrics
from gan_lightning.errors import UsageError
from gan_lightning.metrics.evaluation import Evaluation, spread
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.models import ConditionalGAN


@pytest.fixture
def train(make_trainer):
    def run(*callbacks, model=None, data=None, **options):
        model = model or tiny_model()
        trainer = make_trainer(callbacks=list(callbacks), **{"max_epochs": 2, "limit_train_batches": 2, **options})
        trainer.fit(model, data or tiny_data())
        return trainer, model

    return run


class Scripted(QualityMetrics):
    """Measures what it is told to."""

    def __init__(self, *values):
        super().__init__(100)
        self.values = iter(values)

    def measure(self, trainer, model):
        return {"fid": next(self.values)}


def test_the_logged_figures_are_those_of_samples_of_the_averaged_generator(train):
    trainer, model = train(QualityMetrics(200, seed=3))
    data = tiny_data()
    expected = Evaluation(extractor_for(data), data).measure(model.sample(200, seed=3))
    assert model.averaged_generator is not None
    for name, value in expected.items():
        assert float(trainer.callback_metrics[f"val/{name}"]) == pytest.approx(value, rel=1e-5), name


def test_a_conditional_model_is_asked_for_the_labels_of_the_test_split(train):
    torch.manual_seed(0)
    model = ConditionalGAN(latent_dim=8, hidden_dims=[16, 32])
    trainer, _ = train(QualityMetrics(200), model=model)
    data = tiny_data()
    labels = spread(data.images(False)[1], 200)
    expected = Evaluation(extractor_for(data), data).measure(model.sample(200, labels.tolist()), labels)
    assert "label_accuracy" in expected
    for name, value in expected.items():
        assert float(trainer.callback_metrics[f"val/{name}"]) == pytest.approx(value, rel=1e-5), name


def test_figures_are_measured_at_each_validation(train, tmp_path):
    logger = CSVLogger(tmp_path, name="csv")
    train(QualityMetrics(100), logger=logger, max_epochs=4, check_val_every_n_epoch=2, log_every_n_steps=1)
    rows = (tmp_path / "csv" / "version_0" / "metrics.csv").read_text().splitlines()
    column, step = (rows[0].split(",").index(name) for name in ("val/fid", "step"))
    assert [row.split(",")[step] for row in rows[1:] if row.split(",")[column]] == ["3", "7"]


def test_training_does_not_notice_that_it_is_measured(train):
    _, measured = train(QualityMetrics(100))
    _, alone = train()
    for one, other in zip(measured.state_dict().values(), alone.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_real_images_are_seen_once(train, monkeypatch):
    evaluations = []
    init = Evaluation.__init__
    monkeypatch.setattr(Evaluation, "__init__", lambda self, *args: (evaluations.append(1), init(self, *args))[1])
    train(QualityMetrics(100), max_epochs=3)
    assert len(evaluations) == 1


@pytest.mark.parametrize(
    "make", [lambda: ModelCheckpoint(monitor="val/fid", filename="best"), BestCheckpoint], ids=["Lightning's", "ours"]
)
def test_the_best_generator_is_kept(train, tmp_path, make):
    train(Scripted(3.0, 1.0, 2.0), make(), max_epochs=3, enable_checkpointing=True)
    (path,) = tmp_path.rglob("best.ckpt")
    assert torch.load(path, weights_only=True)["epoch"] == 1


def test_nothing_is_best_where_nothing_is_measured(train, tmp_path):
    train(QualityMetrics(0), BestCheckpoint(), enable_checkpointing=True)
    assert not list(tmp_path.rglob("best.ckpt"))


def test_early_stopping_goes_by_the_figures(train):
    stop = EarlyStopping("val/fid", patience=2)
    trainer, _ = train(Scripted(3.0, 1.0, 2.0, 2.0, 0.0), stop, max_epochs=5)
    assert trainer.current_epoch == 4


def test_data_that_cannot_be_compared_with_are_told_and_trained_on(train):
    class Other(LightningDataModule):
        def train_dataloader(self):
            return DataLoader(TensorDataset(-torch.ones(8, 1, 28, 28), torch.zeros(8, dtype=torch.int64)), batch_size=4)

        def val_dataloader(self):
            return self.train_dataloader()

    with pytest.warns(UserWarning, match=r"no figures are measured: Other has no images\(train\)"):
        trainer, _ = train(QualityMetrics(100), data=Other())
    assert "val/fid" not in trainer.callback_metrics
    assert trainer.global_step == 4


def test_a_diverged_generator_is_told(train):
    model = tiny_model()
    for p in model.sampling_generator.parameters():
        p.data.fill_(torch.nan)
    with pytest.raises(UsageError, match="draws NaN: its training diverged"):
        train(QualityMetrics(100), model=model)


@pytest.mark.parametrize("num_images", [-1, 1, 9])
def test_too_few_images_are_refused(num_images):
    with pytest.raises(UsageError, match=f"must be at least 10, or 0 for never, not {num_images}"):
        QualityMetrics(num_images)


def test_test_prints_a_table_and_writes_json(command_line, checkpoint, tmp_path):
    status, out, _ = command_line(
        "test", f"--ckpt_path={checkpoint}", "--metrics.num_images=200", f"--trainer.logger.save_dir={tmp_path}"
    )
    assert status == 0
    (path,) = tmp_path.rglob("metrics.json")
    content = json.loads(path.read_text())
    assert f"Needs improvement; metrics in {path}" in out
    assert content["source"]["rating"] == "Needs improvement"
    assert "200 images against the 360 of the test split of digits; features of digits_28; real: 200 training" in out
    assert f"| Fréchet distance (`fid`) | ↓ | {content['figures']['fid']:.3f} | {content['real']['fid']:.3f} |" in out
    assert content["protocol"]["num_images"] == content["protocol"]["floor_images"] == 200
    assert content["protocol"]["reference_images"] == 360
    assert content["source"]["checkpoint"] == str(checkpoint)
    assert content["source"]["images_seen"] > 0
    assert content["figures"]["fid"] > 50 * content["real"]["fid"]
    assert "Test metric" not in out
