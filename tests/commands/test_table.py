"""A table over seeds is made of real runs, goes on where it stopped, and says what the runs say."""

import json
import re
import shutil
import signal
from pathlib import Path
from statistics import mean, stdev

import pytest

from gan_lightning.callbacks.stopping import Interrupted
from gan_lightning.commands.children import Children
from gan_lightning.commands.table import markdown, row, train_and_test
from gan_lightning.commands.training_run import Run
from gan_lightning.commands.variations import variations
from gan_lightning.commands.watch import Watch

CONFIG = """
model: {class_path: VanillaGAN, init_args: {latent_dim: 8, hidden_dims: [16, 32]}}
data: {class_path: MNISTDataModule, init_args: {dataset: digits, batch_size: 32}}
trainer: {max_epochs: 1, limit_train_batches: 2, accelerator: cpu, enable_progress_bar: false}
metrics: {num_images: 150}
"""


@pytest.fixture
def make_table(command_line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(CONFIG)

    def run(*options):
        status, out, err = command_line("table", "--configs=[tiny.yaml]", "--figures=[fid,modes]", *options)
        return status, out, err

    return run


def test_a_table_of_two_seeds(make_table):
    arguments = "--seeds=2", "--output=results/tiny.json", "--", "--trainer.max_steps=3"
    status, out, err = make_table(*arguments)
    assert status == 0, err
    content = json.loads(Path("results/tiny.json").read_text())
    runs = content["runs"]
    assert [(run["config"], run["seed"]) for run in runs] == [("tiny.yaml", 0), ("tiny.yaml", 1)]
    assert all(run["options"] == ["--trainer.max_steps=3"] for run in runs)
    assert all(run["training"]["seconds"] > 0 and int(run["training"]["threads"]) >= 1 for run in runs)
    fids = [run["figures"]["fid"] for run in runs]
    assert fids[0] != fids[1], "the seeds differ"
    assert all(run["source"]["images_seen"] == 2 * 32 for run in runs)
    assert "\n".join(content["table"]) in out
    (cell,) = re.findall(r"\| `tiny.yaml` \| ([\d.]+ ± [\d.]+) \|", out)
    assert cell == f"{mean(fids):.3f} ± {stdev(fids):.3f}"
    assert content["table"][-1].startswith("| real images |")
    Path("results/tiny.json").unlink()

    folders = sorted(Path("runs/table").glob("tiny-*/seed_*"))
    assert [folder.name for folder in folders if folder.is_dir()] == ["seed_0", "seed_1"]
    metrics = next(Path("runs/table").glob("tiny-*/seed_1/metrics.json"))
    log = metrics.parent.with_name("seed_0.log").read_text()
    metrics.unlink()
    status, again, _ = make_table(*arguments)
    assert status == 0
    assert content["table"] == json.loads(Path("results/tiny.json").read_text())["table"]
    assert "seed 0: training" not in again
    assert "seed 1: training" in again
    assert metrics.parent.with_name("seed_0.log").read_text() == log, "what was done is not repeated"


def test_after_an_interruption_no_run_is_said_to_train(tmp_path, capsys):
    run, children = Run("configs/vanilla.yaml", 0, [], tmp_path, "seed_0"), Children()
    children.signal = signal.SIGINT
    with Watch(1) as watch, pytest.raises(Interrupted):
        train_and_test(run, children, watch)
    assert capsys.readouterr().out == ""


def test_a_run_that_fails_stops_the_table(make_table):
    status, _, err = make_table("--seeds=1", "--", "--model.latent_dmi=3")
    assert status != 0
    assert "fit failed, as runs/table/tiny-" in err
    assert "did you mean" in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--vary=model.latent_dim"],
            "--vary takes an option and its values, such as data.batch_size=64,128, not model",
        ),
        (["--vary=[data.batch_size=64,128]"], "--vary: expected str, got 128"),
        (["--vary==1"], "--vary takes an option and its values"),
        (["--vary="], "--vary"),
        (["--vary=x=[1"], "--vary takes an option and its values"),
        (["--vary=x=1,,2"], "--vary takes an option and its values"),
        (["--vary=x=1", "--vary=x=2"], "--vary names x twice: give all of its values at once, as in x=1,2"),
        (["--vary=data.seed=1,2"], "--vary data.seed=1,2 is none that the table lets vary"),
        (["--vary=model.latent_dmi=1,2"], "--model.latent_dmi is not an option: did you mean --model.latent_dim"),
        (["--vary=model.latent_dim=8,x"], "--model.latent_dim: expected"),
        (["--seeds=0"], "--seeds must be at least 1, not 0"),
        (["--figures=[fdi]"], "there is no figure fdi: there are fid, kid"),
        (["--configs=[nowhere.yaml]"], "there is no configuration nowhere.yaml"),
    ],
)
def test_mistakes(make_table, options, sentence):
    status, _, err = make_table(*options)
    assert status != 0
    assert sentence in err


@pytest.mark.soak
def test_a_table_grows_from_what_is_in_it(make_table):
    """A comment changes nothing, what the configuration says does; runs of other configurations stay."""
    output, options = "--output=grown.json", ("--", "--trainer.max_steps=1")
    assert make_table("--seeds=1", output, *options)[0] == 0
    Path("other.yaml").write_text(CONFIG)
    shutil.rmtree("runs")
    Path("tiny.yaml").write_text(f"# What it reached.\n{CONFIG}")
    status, out, _ = make_table("--seeds=2", "--side_by_side=2", "--configs=[tiny.yaml,other.yaml]", output, *options)
    assert status == 0
    assert "tiny.yaml, seed 0: training" not in out
    runs = json.loads(Path("grown.json").read_text())["runs"]
    assert [(run["config"], run["seed"]) for run in runs] == [
        (f"{n}.yaml", s) for n in ("other", "tiny") for s in (0, 1)
    ]
    assert runs[0]["figures"] == runs[2]["figures"]
    assert runs[1]["figures"] == runs[3]["figures"]
    assert make_table("--seeds=1", output, *options)[0] == 0
    assert json.loads(Path("grown.json").read_text())["runs"] == runs, "fewer seeds take none away"
    Path("tiny.yaml").write_text(CONFIG.replace("latent_dim: 8", "latent_dim: 9"))
    status, out, _ = make_table("--seeds=1", output, *options)
    assert status == 0
    assert "tiny.yaml, seed 0: training" in out
    grown = json.loads(Path("grown.json").read_text())["runs"]
    assert [(run["config"], run["seed"]) for run in grown] == [("other.yaml", 0), ("other.yaml", 1), ("tiny.yaml", 0)]
    assert grown[:2] == runs[:2]
    assert grown[2]["figures"] != runs[2]["figures"]


@pytest.mark.soak
def test_a_row_for_each_value_that_is_varied(make_table):
    """Each has a run of its own; a further value adds a row, and repeats no run."""
    options = "--seeds=1", "--", "--trainer.max_steps=1"
    assert make_table("--vary=data.batch_size=64", *options)[0] == 0
    before = json.loads(Path("table.json").read_text())["runs"]
    status, out, err = make_table("--vary", "data.batch_size=64,128", "--vary=model.latent_dim=4", *options)
    assert status == 0, err
    assert "tiny.yaml, data.batch_size=128, model.latent_dim=4, seed 0: training" in out
    content = json.loads(Path("table.json").read_text())
    varied = [["data.batch_size=64"], *([f"data.batch_size={size}", "model.latent_dim=4"] for size in (64, 128))]
    assert [run["varied"] for run in content["runs"]] == varied
    assert content["runs"][0] == before[0]
    for run, size, latents in zip(content["runs"], (64, 64, 128), (8, 4, 4), strict=True):
        config = Path("runs/table", run["run"], "seed_0/config.yaml").read_text()
        assert f"batch_size: {size}\n" in config
        assert f"latent_dim: {latents}\n" in config
        assert run["options"] == ["--trainer.max_steps=1"]
    titles = [line.split(" | ")[0] for line in content["table"][2:-1]]
    assert titles == [f"| `tiny.yaml` {' '.join(f'`{word}`' for word in words)}" for words in varied]
    assert make_table("--seeds=1", "--", "--trainer.max_steps=2")[0] == 0
    assert len(json.loads(Path("table.json").read_text())["runs"]) == 1, "of other options they would mislead"


@pytest.mark.parametrize(
    ("words", "crossed"),
    [
        ([], [[]]),
        (["lr=1e-4,0.10"], [["--lr=1e-4"], ["--lr=0.10"]]),
        (["--lr=1,1"], [["--lr=1"]]),
        (["a=1,2", "b=x"], [["--a=1", "--b=x"], ["--a=2", "--b=x"]]),
        (["betas=[0,0.9],[0.5,0.99]"], [["--betas=[0, 0.9]"], ["--betas=[0.5, 0.99]"]]),
        (
            ["loss=Hinge,{class_path: my.Loss, init_args: {weight: 2}}"],
            [["--loss=Hinge"], ["--loss={class_path: my.Loss, init_args: {weight: 2}}"]],
        ),
    ],
)
def test_values_that_are_varied(words, crossed):
    assert variations(words) == crossed


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"runs": 3}', '{"runs": [3]}', '{"runs": [{"seed": 0}]}', "\0"])
def test_a_file_that_is_no_table_is_left_alone(make_table, content):
    Path("notes.json").write_text(content)
    status, _, err = make_table("--output=notes.json")
    assert status != 0
    assert "notes.json is there already, and is no table that this one could extend" in err
    assert Path("notes.json").read_text() == content


def test_rows_have_the_mean_and_the_deviation_of_a_sample():
    assert row([{"fid": 1.0}, {"fid": 2.0}, {"fid": 3.0}], ["fid"]) == ["2.000 ± 1.000"]
    assert row([{"kid": 1e-5}, {"kid": 3e-5}], ["kid"]) == ["2e-05 ± 1.4e-05"]
    assert row([{"fid": 1.0}], ["fid", "label_accuracy"]) == ["1.000", ""]


def result(config, fid, seconds, protocol="one", threads=1):
    return {
        "config": config,
        "figures": {"fid": fid, "modes": 9.0},
        "real": {"fid": 0.5, "modes": 10.0},
        "protocol": {"dataset": protocol, "num_images": 1000},
        "source": {"images_seen": 300_000},
        "training": {"seconds": seconds, "threads": threads},
    }


def test_a_row_for_each_configuration_and_one_for_the_real_images_of_each_protocol():
    results = [result("a.yaml", 1.0, 60.0), result("a.yaml", 2.0, 120.0), result("b.yaml", 4.0, 60.0, threads=2)]
    assert markdown(results, ["fid", "modes"]) == [
        "| | `fid` ↓ | `modes` ↑ | images seen | minutes | cores |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| `a.yaml` | 1.500 ± 0.707 | 9 ± 0 | 300,000 | 1.5 | 1 |",
        "| `b.yaml` | 4.000 | 9 | 300,000 | 1.0 | 2 |",
        "| real images | 0.500 | 10 | | | |",
    ]
    *_, first, second = markdown([*results, result("c.yaml", 3.0, 60.0, protocol="other")], ["fid", "modes"])
    assert first == "| real images, one, N = 1,000 | 0.500 | 10 | | | |"
    assert second == "| real images, other, N = 1,000 | 0.500 | 10 | | | |"
