"""A table over seeds is made of real runs, goes on where it stopped, and says what the runs say."""

import json
import re
from pathlib import Path
from statistics import mean, stdev

import pytest

from gan_lightning.commands.table import markdown, row

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
    assert content["options"] == ["--trainer.max_steps=3"]
    fids = [run["figures"]["fid"] for run in runs]
    assert fids[0] != fids[1], "the seeds differ"
    assert all(run["source"]["images_seen"] == 2 * 32 for run in runs)
    assert "\n".join(content["table"]) in out
    (cell,) = re.findall(r"\| `tiny.yaml` \| ([\d.]+ ± [\d.]+) \|", out)
    assert cell == f"{mean(fids):.3f} ± {stdev(fids):.3f}"
    assert content["table"][-1].startswith("| real images |")

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


def test_a_run_that_fails_stops_the_table(make_table):
    status, _, err = make_table("--seeds=1", "--", "--model.latent_dmi=3")
    assert status != 0
    assert "fit failed, as runs/table/tiny-" in err
    assert "did you mean" in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--seeds=0"], "--seeds must be at least 1, not 0"),
        (["--figures=[fdi]"], "there is no figure fdi: there are fid, kid"),
        (["--configs=[nowhere.yaml]"], "there is no configuration at nowhere.yaml"),
    ],
)
def test_mistakes(make_table, options, sentence):
    status, _, err = make_table(*options)
    assert status != 0
    assert sentence in err


def test_rows_have_the_mean_and_the_deviation_of_a_sample():
    assert row("a", [{"fid": 1.0}, {"fid": 2.0}, {"fid": 3.0}], ["fid"]) == "| a | 2.000 ± 1.000 |"
    assert row("a", [{"kid": 1e-5}, {"kid": 3e-5}], ["kid"]) == "| a | 2e-05 ± 1.4e-05 |"
    assert row("a", [{"fid": 1.0}], ["fid", "label_accuracy"]) == "| a | 1.000 |  |"


def test_a_row_for_each_configuration_and_one_for_real_images():
    results = [
        {"config": name, "figures": {"fid": value, "modes": 9.0}, "real": {"fid": 0.5, "modes": 10.0}}
        for name, value in [("a.yaml", 1.0), ("b.yaml", 4.0), ("a.yaml", 2.0), ("b.yaml", 4.0)]
    ]
    assert markdown(results, ["a.yaml", "b.yaml"], ["fid", "modes"]) == [
        "| | `fid` ↓ | `modes` ↑ |",
        "| --- | ---: | ---: |",
        "| `a.yaml` | 1.500 ± 0.707 | 9 ± 0 |",
        "| `b.yaml` | 4.000 ± 0.000 | 9 ± 0 |",
        "| real images | 0.500 | 10 |",
    ]
