"""benchmark prints what it measured and writes it down."""

import json
import re
from contextlib import nullcontext
from statistics import median

import pytest
from helpers import tiny_data, tiny_model

from gan_lightning.benchmark.loops import BareLoop
from gan_lightning.benchmark.operations import operations_by_kind
from gan_lightning.cli.run import build
from gan_lightning.errors import UsageError

CONFIG = """
model: {class_path: DCGAN, init_args: {latent_dim: 4, width: 4}}
data: {class_path: MNISTDataModule, init_args: {dataset: digits, batch_size: 10, image_size: 16}}
trainer: {accelerator: cpu, enable_progress_bar: false, enable_model_summary: false}
"""
OPTIONS = ["--model.loss.label_smoothing=0.1"]


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return path


def test_the_three_are_compared_and_the_parts_add_up(command_line, config, tmp_path):
    output = tmp_path / "benchmark.json"
    arguments = [f"--config={config}", "--rounds=3", "--steps=3", f"--output={output}", "--", *OPTIONS]
    status, out, _ = command_line("benchmark", *arguments)
    assert status == 0
    found = json.loads(output.read_text())
    assert (found["config"], found["options"], found["model"]) == (str(config), OPTIONS, "DCGAN")
    assert (found["batch_size"], found["precision"], found["data"]) == (10, "32-true", "digits")
    rates = found["images_per_second"]
    for other in ("bare", "textbook"):
        expected = [a / b for a, b in zip(rates["fit"], rates[other], strict=True)]
        assert found["ratios"][f"fit/{other}"] == pytest.approx(expected)
    per_second = found["gigaflop_per_step"] * median(rates["bare"]) / found["batch_size"]
    assert found["gigaflop_per_second"] == pytest.approx(per_second)
    assert found["share_of_peak"] == pytest.approx(per_second / found["matrix_gigaflop_per_second"])
    parts = found["step_milliseconds"]
    bare = sum(t for name, t in parts.items() if name not in ("callbacks", "logging", "epoch's end", "Lightning"))
    assert bare == pytest.approx(1000 * 10 / median(rates["bare"]))
    assert sum(parts.values()) >= 1000 * 10 / median(rates["fit"]) * (1 - 1e-9)
    for name, ratio in (("bare step", "fit/bare"), ("textbook loop", "fit/textbook")):
        printed = re.search(rf"fit : {name} +([\d.]+)", out)
        assert float(printed[1]) == pytest.approx(median(found["ratios"][ratio]), abs=0.01)
    assert not (tmp_path / "runs").exists()


def test_short_epochs_follow_one_another_until_all_turns_are_taken(command_line, config, tmp_path):
    output = tmp_path / "benchmark.json"
    short = ["--data.samples_per_class=3", "--trainer.log_every_n_steps=2"]
    arguments = [f"--config={config}", "--rounds=1", "--steps=7", f"--output={output}", "--", *short]
    assert command_line("benchmark", *arguments)[0] == 0
    found = json.loads(output.read_text())
    assert [len(rates) for rates in found["images_per_second"].values()] == [1, 1, 1]
    assert found["step_milliseconds"]["epoch's end"] == pytest.approx(1000 * found["epoch_end_seconds"] / 3)


def test_scaling_varies_one_size_at_a_time(config, monkeypatch):
    from gan_lightning.benchmark import measure

    monkeypatch.setattr(measure, "SIZES", {"data.batch_size": (5, 20), "model.width": (2,), "model.hidden_dims": (3,)})
    rows = measure.measure_scaling(build, [f"--config={config}"], rounds=1, steps=1)
    assert [(row["option"], row["value"]) for row in rows] == [("batch_size", 5), ("batch_size", 20), ("width", 2)]
    assert rows[1]["gigaflop_per_step"] == pytest.approx(4 * rows[0]["gigaflop_per_step"])
    for row in rows:
        batch = row["value"] if row["option"] == "batch_size" else 10
        assert row["images_per_second"] == pytest.approx(1000 * batch / row["milliseconds"])


def test_trainings_side_by_side_are_compared_with_one_alone(config, monkeypatch):
    from gan_lightning.benchmark.processes import measure_side_by_side
    from gan_lightning.benchmark.report import side_by_side_line

    monkeypatch.setattr("sys.argv", ["gan_lightning"])
    found = measure_side_by_side(build, [f"--config={config}"], 2, rounds=2, steps=2)
    rates = found["steps_per_second"]
    assert found["gain"] == [b / a for a, b in zip(rates["alone"], rates["together"], strict=True)]
    assert f"2 trainings side by side take {median(found['gain']):.2f} (" in side_by_side_line(found)


def test_a_training_that_ends_early_is_not_waited_for(monkeypatch):
    from gan_lightning.benchmark.processes import measure_side_by_side

    monkeypatch.setattr("sys.argv", ["gan_lightning"])
    with pytest.raises(UsageError, match="one of the 2 trainings side by side ended early"):
        measure_side_by_side(build, ["--config=nowhere.yaml"], 2, rounds=1, steps=1)


def test_a_step_is_a_batch_however_seldom_the_generator_takes_its_turn():
    from gan_lightning.benchmark.measure import speed

    found = {}
    for turns in (1, 2):
        loop = BareLoop(tiny_model(discriminator_steps=turns), tiny_data(), nullcontext)
        found[turns] = speed(loop, seconds=1.0)
        whole = sum(operations_by_kind(loop).values())
        assert found[turns]["gigaflop_per_step"] == found[turns]["gigaflop_per_second"] == whole / turns / 1e9
    assert found[2]["gigaflop_per_step"] < found[1]["gigaflop_per_step"], "the generator's steps are fewer"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--rounds=0"], "--rounds must be at least 1, not 0"),
        (["--config=nowhere.yaml"], "there is no configuration at nowhere.yaml"),
        (["--rouns=3"], "did you mean --rounds?"),
        (["--", "--trainer.devices=2"], "a benchmark runs on one device"),
    ],
)
def test_mistakes(command_line, config, options, sentence):
    given = [] if "--config" in options[0] else [f"--config={config}"]
    status, _, err = command_line("benchmark", *given, *options)
    assert status != 0
    assert sentence in err
