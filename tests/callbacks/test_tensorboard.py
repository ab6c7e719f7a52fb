"""TensorBoard's pages have the hyperparameters, the configuration and the charts, and fid comes first."""

import pytest
import yaml
from helpers import tiny_data, tiny_model
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from gan_lightning.callbacks import LoggerFaults, TensorBoardPages
from gan_lightning.callbacks.loggers import plain
from gan_lightning.callbacks.tensorboard import flat

MODELS = {
    "unconditional": ["--model=VanillaGAN", "--model.penalties+=R1"],
    "conditional": ["--model=ConditionalGAN"],
}


@pytest.fixture(params=MODELS)
def run(request, fit, tmp_path):
    status, _, err = fit(*MODELS[request.param], "--model.hidden_dims=[8]", "--trainer.max_epochs=2")
    assert status == 0, err
    return next(tmp_path.glob("*/version_0"))


def hyperparameters(events, part):
    data = events.SummaryMetadata(f"_hparams_/{part}").plugin_data.content
    return getattr(plugin_data_pb2.HParamsPluginData.FromString(data), part)


def test_the_pages_are_filled(run):
    events = EventAccumulator(str(run)).Reload()
    scalars = sorted(events.Tags()["scalars"])
    assert scalars[0] == "fid"
    assert "epoch" not in scalars
    assert [event.value for event in events.Scalars("fid")] == [event.value for event in events.Scalars("val/fid")]

    started = hyperparameters(events, "session_start_info").hparams
    assert started["model"].string_value in ("VanillaGAN", "ConditionalGAN")
    assert started["model.loss"].string_value == "NonSaturating"
    assert started["model.generator_optimizer.lr"].number_value == 2e-4
    assert (started["data.dataset"].string_value, started["data.batch_size"].number_value) == ("digits", 4)
    metrics = [info.name.tag for info in hyperparameters(events, "experiment").metric_infos]
    assert {"fid", "val/precision"} <= set(metrics)
    assert set(metrics) - {"val/label_accuracy"} <= set(scalars), "each column has a value"

    (text,) = events.Tensors("configuration/text_summary")
    shown = text.tensor_proto.string_val[0].decode()
    assert yaml.safe_load(shown) == yaml.safe_load((run / "config.yaml").read_text())

    (config,) = events.Tensors("custom_scalars__config__")
    layout = layout_pb2.Layout.FromString(config.tensor_proto.string_val[0])
    charts = {chart.title: list(chart.multiline.tag) for category in layout.category for chart in category.chart}
    assert charts["Losses"] == ["train/discriminator_loss", "train/generator_loss"]
    assert charts["D(x) and D(G(z))"] == ["train/d_real", "train/d_fake"]
    for tags in charts.values():
        assert {tag.strip("^$") for tag in tags} <= set(scalars)


def test_a_second_training_with_the_same_logger_is_no_trouble(make_trainer, tmp_path):
    logger = TensorBoardLogger(tmp_path)
    for _ in range(2):
        callbacks = [LoggerFaults(), TensorBoardPages()]
        make_trainer(max_steps=2, log_every_n_steps=1, limit_val_batches=0, logger=logger, callbacks=callbacks).fit(
            tiny_model(), tiny_data()
        )
    scalars = EventAccumulator(logger.log_dir).Reload().Tags()["scalars"]
    assert "train/generator_loss" in scalars
    assert "epoch" not in scalars


def test_options_are_named_as_on_the_command_line():
    described = {
        "class_path": "a.b.GAN",
        "init_args": {"penalties": [{"class_path": "a.R1", "init_args": {"weight": 2.0}}], "sizes": [1, 2], "no": None},
        "_note": 1,
    }
    assert dict(flat("model", described)) == {
        "model": "GAN",
        "model.penalties.0": "R1",
        "model.penalties.0.weight": 2.0,
        "model.sizes": "1, 2",
        "model.no": None,
    }


def test_hyperparameters_are_written_as_plain_data():
    class Odd:
        def __str__(self):
            return "odd"

    found = plain({"pair": (0.5, (1, None)), "odd": Odd(), 3: True})
    assert found == {"pair": [0.5, [1, None]], "odd": "odd", "3": True}
    assert yaml.safe_load(yaml.dump(found)) == found
