"""One GAN for each digit: each as if it were alone, all of them together, and what is missing named."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import imageio.v3 as iio
import pytest
import torch

from gan_lightning.callbacks.history import read_history
from gan_lightning.cli import main
from gan_lightning.commands.summary import aligned, by_epoch, markdown, summarize
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN
from gan_lightning.models.digitwise import load_digits

CONFIG = """
model: {class_path: DCGAN, init_args: {latent_dim: 4, width: 4}}
data: {class_path: MNISTDataModule, init_args: {dataset: digits, samples_per_class: 20, batch_size: 10}}
trainer: {max_epochs: 2, accelerator: cpu, enable_progress_bar: false}
metrics: {num_images: 150}
"""


SMOOTHING = "--model.loss.label_smoothing=0.2"


def call(*args):
    """A command line in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["gan_lightning"])
        main([*args])


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("digitwise") / "config.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="module")
def trained(config):
    """The folder of the digits 3 and 7, trained side by side."""
    folder = config.parent / "runs"
    call("digits", f"--config={config}", "--digits=[3,7]", "--workers=2", f"--output={folder}", "--", SMOOTHING)
    return folder


@pytest.fixture(scope="module")
def alone(config):
    """The run folder of the digit 7, trained as any GAN is."""
    folder = config.parent / config.stem / "version_0"
    call("fit", f"--config={config}", "--data.digits=[7]", SMOOTHING, f"--trainer.logger.save_dir={config.parent}")
    return folder


@pytest.fixture
def copied(trained, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(trained, tmp_path / "runs")


def assert_same_weights(*runs):
    """Two runs ended alike, to the bit."""
    one, other = (GAN.load_from_checkpoint(run / "checkpoints" / "last.ckpt").state_dict() for run in runs)
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def test_each_digit_ends_as_if_it_had_been_trained_alone(trained, alone):
    assert_same_weights(trained / "digit_7", alone)


def test_a_digit_that_was_killed_in_mid_training_goes_on(config, alone, command_line, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
    command = [
        *("digits", f"--config={config}", "--digits=[7]", f"--output={tmp_path / 'runs'}"),
        *("--", SMOOTHING, "--trainer.callbacks+=helpers.PowerCut"),
    ]
    killed = subprocess.run(
        [sys.executable, "-m", "gan_lightning", *command],
        env={**os.environ, "POWER_CUT": "3"},  # the last batch of the second and last epoch
        start_new_session=True,
        timeout=300,
    )
    run = tmp_path / "runs" / "digit_7"
    assert killed.returncode == -signal.SIGKILL
    assert [row["epoch"] for row in read_history(run / "history.csv")] == [0]
    assert not (run / "metrics.json").exists()
    assert command_line(*command)[0] == 0
    log = (tmp_path / "runs" / "digit_7.log").read_text()
    assert f"Restored all states from the checkpoint at {run / 'checkpoints' / 'last.ckpt'}" in log
    assert [row["epoch"] for row in read_history(run / "history.csv")] == [0, 1]
    resumed, never_stopped = (read_history(folder / "history.csv") for folder in (run, alone))
    assert [{**row, "seconds": 0} for row in resumed] == [{**row, "seconds": 0} for row in never_stopped]
    assert_same_weights(run, alone)


def test_a_digit_that_is_not_measured_is_told_in_a_sentence(config, command_line, tmp_path):
    arguments = [f"--config={config}", "--digits=[7]", f"--output={tmp_path / 'runs'}", "--", "--metrics.num_images=0"]
    status, out, _ = command_line("digits", *arguments)
    assert status == 0
    assert "digit 7: nothing was measured, as " in out
    assert "not measured" in (tmp_path / "runs" / "summary.txt").read_text()


def test_all_digits_are_one_model(trained):
    model = load_digits(trained)
    assert model.classes == [3, 7]
    digits = {digit: GAN.load_from_checkpoint(trained / f"digit_{digit}/checkpoints/last.ckpt") for digit in (3, 7)}
    images = model.sample(6, seed=1)
    for digit, offset in ((3, 0), (7, 1)):
        assert torch.equal(images[offset::2], digits[digit].sample(6, seed=1)[offset::2])
    assert torch.equal(model.sample(3, labels=7), digits[7].sample(3))
    with pytest.raises(UsageError, match="knows the labels 3, 7, and is asked for 5"):
        model.sample(1, labels=5)


def test_the_folder_is_loaded_like_a_checkpoint(trained, command_line, tmp_path):
    import gan_lightning

    assert torch.equal(gan_lightning.load(trained).sample(4), load_digits(trained).sample(4))
    output = tmp_path / "sevens.png"
    assert command_line("generate", f"--ckpt_path={trained}", "--labels=7", "--num=4", f"--output={output}")[0] == 0
    assert output.is_file()


def test_the_summary_is_that_of_the_runs(trained):
    summary = json.loads((trained / "summary.json").read_text())
    assert (list(summary["digits"]), summary["missing"]) == (["3", "7"], [])
    for digit in ("3", "7"):
        measured = json.loads((trained / f"digit_{digit}" / "metrics.json").read_text())
        assert summary["digits"][digit]["fid"] == measured["figures"]["fid"]
        assert "label_accuracy" in measured["figures"], "each image ought to show the digit"
        assert measured["protocol"]["classes"] == [int(digit)]
    text = (trained / "summary.txt").read_text()
    assert text.splitlines()[0].split()[:2] == ["digit", "G"]
    assert "Needs improvement" in text
    assert (trained / "summary.md").read_text().startswith("| digit | G loss |")
    assert iio.imread(trained / "digits.png").shape == (2 * (56 + 2) + 2, 10 * (56 + 2) + 2, 3)
    for name in ("losses.png", "figures.png"):
        assert (trained / name).is_file()


def test_figures_by_epoch_have_a_point_for_every_epoch_and_the_real_images_own_values(trained):
    histories = {digit: read_history(trained / f"digit_{digit}" / "history.csv") for digit in (3, 7)}
    assert [[row["epoch"] for row in rows if "pixels/sharpness" in row] for rows in histories.values()] == [[0, 1]] * 2
    real = [rows[-1]["pixels/real_sharpness"] for rows in histories.values()]
    with pytest.MonkeyPatch.context() as patch:
        drawn = []
        patch.setattr("gan_lightning.commands.summary.curves", lambda *args, **options: drawn.append((*args, options)))
        by_epoch(histories, {"pixels/sharpness": "Sharpness", "generator_loss": "Loss"})
    ((panels, options),) = drawn
    assert [x for x, _ in panels["Sharpness"]["digit 7"]] == [1, 2]
    assert options["real"] == {"Sharpness": {"digit 3": real[0], "digit 7": real[1]}, "Loss": {}}


def test_a_missing_digit_is_named_and_the_rest_shown(copied):
    shutil.rmtree(copied / "digit_3")
    text = summarize(copied, expected=[3, 5, 7])
    assert "Missing: digit 3, digit 5." in text
    assert list(json.loads((copied / "summary.json").read_text())["digits"]) == ["7"]
    shutil.rmtree(copied / "digit_7")
    with pytest.raises(UsageError, match="no digit was trained in"):
        summarize(copied, expected=[3])


def test_what_is_done_is_not_repeated_and_other_options_are_refused(config, copied, command_line):
    arguments = [f"--config={config}", "--digits=[3,7]", f"--output={copied}", "--"]
    before = (copied / "digit_3" / "history.csv").stat().st_mtime_ns
    status, out, _ = command_line("digits", *arguments, SMOOTHING)
    assert status == 0
    assert "digit 3: done before" in out
    assert (copied / "digit_3" / "history.csv").stat().st_mtime_ns == before
    status, _, err = command_line("digits", *arguments, "--model.loss.label_smoothing=0.3")
    assert status != 0
    assert "holds runs of another configuration" in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--config=nowhere.yaml"], "there is no configuration nowhere.yaml"),
        (["--workers=0"], "--workers must be at least 1, not 0"),
        (["--wrokers=2"], "did you mean --workers?"),
    ],
)
def test_mistakes(config, command_line, tmp_path, options, sentence):
    status, _, err = command_line("digits", f"--config={config}", *options, f"--output={tmp_path / 'runs'}")
    assert status != 0
    assert sentence in err


def test_tables():
    results = {3: {"generator_loss": 1.0, "discriminator_loss": 2.0, "fid": 0.05, "rating": "Good"}}
    lines = markdown(results)
    assert lines[-1] == "| 3 | 1.000 | 2.000 | 0.05 |  |  |  |  | Good |"
    assert len({len(line) for line in aligned(lines)}) == 1
