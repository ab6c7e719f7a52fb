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
        (["--config=nowhere.yaml"], "there is no configuration nowhere.yaml"),
        (["--rouns=3"], "did you mean --rounds?"),
        (["--", "--trainer.devices=2"], "a benchmark runs on one device"),
        (["--until=val/fid"], "--until takes a figure and a number, such as val/fid=0.15, not val/fid"),
        (["--until=val/fiddle=1"], "there is no figure fiddle"),
        (["--until=val/contrast=1"], "contrast gets neither better nor worse"),
        (["--until=val/fid=1", "--seeds=0"], "--seeds must be at least 1, not 0"),
        (["--until=val/fid=1", "--at_most=0"], "--at_most must be a positive number of minutes, not 0"),
        (["--until=val/fid=1", "--at_most=.nan"], "--at_most must be a positive number of minutes, not nan"),
        (["--until=val/fid=1", "--startup=true"], "--until measures nothing else: leave out --startup"),
        (["--until=val/fid=1", "--textbook=nowhere.yaml"], "there is no configuration nowhere.yaml"),
        (["--textbook=configs/dcgan.yaml"], "--textbook is for --until"),
        (["--until=val/fid=1", "--textbook=configs/quickstart.yaml"], "--textbook: its images are mnist_5k"),
        (["--until=val/fid=1", "--", "--metrics.num_images=0"], "--until needs figures"),
    ],
)
def test_mistakes(command_line, config, options, sentence):
    given = [] if "--config" in options[0] else [f"--config={config}"]
    status, _, err = command_line("benchmark", *given, *options)
    assert status != 0
    assert sentence in err


@pytest.fixture
def short_turns(monkeypatch):
    """Measurements from 40 images on, after turns of 20."""
    from gan_lightning.benchmark import race

    monkeypatch.setattr(race, "FIRST", 40)
    monkeypatch.setattr(race, "TURN", 20)


def test_the_race_of_each_seed_is_written_and_told(command_line, config, tmp_path, short_turns):
    output, other = tmp_path / "race.json", tmp_path / "other.yaml"
    other.write_text(CONFIG.replace("batch_size: 10", "batch_size: 5"))
    arguments = ["--until=val/fid=1e6", "--seeds=2", f"--config={config}", f"--textbook={other}", f"--output={output}"]
    status, out, err = command_line("benchmark", *arguments, "--", *OPTIONS, "--metrics.num_images=50")
    assert status == 0, err
    found = json.loads(output.read_text())
    assert (found["config"], found["textbook"], found["options"][0]) == (str(config), str(other), OPTIONS[0])
    assert (found["figure"], found["threshold"], found["until"]) == ("fid", 1e6, "val/fid ≤ 1e+06")
    assert found["protocol"]["num_images"] == 50
    assert found["floor"] > 0
    assert [race["seed"] for race in found["races"]] == [0, 1]
    for race in found["races"]:
        for name in ("fit", "textbook"):
            run = race[name]
            assert (run["reached"], run["images"]) == (True, 40)
            assert run["curve"] == [[40, run["seconds"], run["curve"][0][2]]]
            assert run["seconds"] > 0
        assert race["ratio"] == race["textbook"]["seconds"] / race["fit"]["seconds"]
    for name in ("fit", "textbook"):
        first, second = (race[name]["curve"][0][2] for race in found["races"])
        assert first != second, "each seed is another race"
    assert found["median_seconds"]["fit"] == median(race["fit"]["seconds"] for race in found["races"])
    printed = re.search(r"textbook loop : fit +([\d.]+)", out)
    assert float(printed[1]) == pytest.approx(median(race["ratio"] for race in found["races"]), abs=0.01)


def test_what_is_not_reached_is_told(command_line, config, tmp_path, short_turns):
    output = tmp_path / "race.json"
    short = ["--data.samples_per_class=5", "--trainer.max_epochs=1", "--metrics.num_images=50"]
    arguments = [f"--config={config}", "--until=val/fid=0", "--seeds=1", "--at_most=0.01", f"--output={output}"]
    status, out, err = command_line("benchmark", *arguments, "--", *short)
    assert status == 0, err
    (race,) = json.loads(output.read_text())["races"]
    assert race["fit"]["seconds"] is race["textbook"]["seconds"] is race["ratio"] is None
    assert race["fit"]["ended"] or race["fit"]["seconds_trained"] >= 0.6
    assert race["textbook"]["seconds_trained"] >= 0.6
    assert re.search(r"the textbook loop +not within 0.01 minutes", out)
    assert "unknown, since fit did not always get there" in out


def test_a_seed_that_is_done_is_kept_when_the_next_one_fails(command_line, config, tmp_path, short_turns, monkeypatch):
    from gan_lightning.benchmark import quality

    whole = quality.race

    def one_race(build, config, textbook, options, seed, *rest):
        if seed == 1:
            raise UsageError("no power")
        return whole(build, config, textbook, options, seed, *rest)

    monkeypatch.setattr(quality, "race", one_race)
    output = tmp_path / "race.json"
    arguments = [f"--config={config}", "--until=val/fid=1e6", f"--output={output}", "--", "--metrics.num_images=50"]
    assert command_line("benchmark", *arguments)[0] == 2
    assert [race["seed"] for race in json.loads(output.read_text())["races"]] == [0]


def race_of(fit, textbook):
    """A race whose loops took so many seconds, or 100 in vain."""
    runs = {
        name: {"reached": t is not None, "seconds": t, "seconds_trained": t or 100.0, "images": 1000, "ended": False}
        for name, t in (("fit", fit), ("textbook", textbook))
    }
    from gan_lightning.benchmark.quality import compared

    return {**runs, **compared(runs)}


@pytest.mark.parametrize(
    ("times", "seconds", "ratio"),
    [
        ([(10.0, 30.0), (20.0, 40.0), (30.0, 30.0)], "30.0 (30.0 to 40.0)", "2.00 (1.00 to 3.00)"),
        ([(10.0, 30.0), (20.0, 40.0), (10.0, None)], "40.0 (30.0 to not reached)", "at least 3.00 (2.00 to 10.00)"),
        ([(10.0, 30.0), (10.0, None), (10.0, None)], "not within 2 minutes, but for 1 of 3", "at least 10.00"),
        ([(10.0, None)], "not within 2 minutes", "at least 10.00"),
        ([(None, 30.0)], "30.0 (30.0 to 30.0)", "unknown, since fit did not always get there"),
    ],
)
def test_the_table_of_races(times, seconds, ratio):
    from gan_lightning.benchmark.quality import median_seconds
    from gan_lightning.benchmark.report import race_lines

    runs = [race_of(*pair) for pair in times]
    found = {
        **{"config": "a.yaml", "textbook": "b.yaml", "figure": "fid", "until": "val/fid ≤ 1", "floor": 0.03},
        **{"at_most_minutes": 2.0, "races": runs, "precision": "32-true", "protocol": {"num_images": 10_000}},
        "machine": {"device": "x", "cores": 1, "threads": 1, "torch": "2"},
        "median_seconds": {name: median_seconds(runs, name) for name in ("fit", "textbook")},
    }
    lines = race_lines(found)
    (row,) = (line for line in lines if line.startswith("  the textbook loop"))
    assert row.split("loop", 1)[1].strip().startswith(seconds)
    (row,) = (line for line in lines if line.startswith("textbook loop : fit"))
    assert row.split("fit", 1)[1].strip().startswith(ratio)
