"""The command line: what it trains and what it leaves."""

import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from helpers import QUICK

from gan_lightning.callbacks.history import read_history
from gan_lightning.metrics.report import as_text
from gan_lightning.models import GAN

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize("config", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_config_trains_two_batches_and_leaves_its_files(fit, tmp_path, config, quick_recipe):
    pictures = "--sample_grid.every_n_epochs=1", "--real_v_generated.every_n_epochs=1"
    status, out, err = fit(f"--config={config}", "--data.samples_per_class=20", *pictures)
    assert status == 0, err
    name = config.stem
    run = tmp_path / name / "version_0"
    assert f"run folder: {run}" in out
    assert f"--logdir {tmp_path}" in out
    pictures = ("samples/0000000.png", "samples/0000002.png", "real_v_generated/0000002.png", "training.gif")
    for file in (*pictures, "losses.png", "epochs.png", "config.yaml", "history.csv", "run.json", "report.html"):
        assert (run / file).is_file(), file
    saved = yaml.safe_load((run / "config.yaml").read_text())
    assert saved["data"]["init_args"]["dataset"] == "digits"
    assert yaml.safe_load((run / "hparams.yaml").read_text())["normalization"] == [0.5, 0.5]
    written = yaml.safe_load(config.read_text())["model"]["init_args"].get("generator_optimizer", {"init_args": {}})
    optimizer = saved["model"]["init_args"]["generator_optimizer"]["init_args"]
    assert optimizer.items() >= written["init_args"].items()
    assert "betas" not in optimizer or "betas" in written["init_args"] or optimizer["betas"] == [0.5, 0.999]


def test_what_fit_says_to_type_next_can_be_typed(fit, command_line, tmp_path, monkeypatch, quick_recipe):
    monkeypatch.chdir(tmp_path)
    status, out, err = fit("--model=VanillaGAN", "--trainer.check_val_every_n_epoch=1", "--metrics.num_images=150")
    assert status == 0, err
    commands = [shlex.split(line.partition(" -m gan_lightning ")[2]) for line in out.splitlines()]
    commands = [words for words in commands if words]
    assert [words[0] for words in commands] == ["generate", "test", "app"]
    for words in commands[:2]:
        assert command_line(*words)[0] == 0
    (row,) = read_history(next(tmp_path.rglob("history.csv")))
    assert f"figures: fid {as_text('fid', row['val/fid'])} after epoch 1" in out


def test_another_logger_has_its_run_folder_with_everything_in_it(command_line, tmp_path):
    logger = ["--trainer.logger=CSVLogger", f"--trainer.logger.save_dir={tmp_path}", "--trainer.logger.name=x"]
    model = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--trainer.logger.version=abc"]
    status, out, err = command_line("fit", *QUICK, *logger, *model)
    assert status == 0, err
    assert f"run folder: {tmp_path / 'x' / 'abc'}" in out
    files = {path.relative_to(tmp_path / "x" / "abc").parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert files >= {"config.yaml", "metrics.csv", "samples", "losses.png", "training.gif", "checkpoints"}


@pytest.mark.parametrize("resume", [[], ["--resume"]], ids=["new", "resume"])
def test_a_saved_configuration_serves_other_commands(fit, command_line, tmp_path, resume):
    model = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--metrics.num_images=0"]
    assert fit(*model, *resume)[0] == 0
    run = tmp_path / "vanilla_gan" / "version_0"
    status, _, err = command_line("test", f"--config={run / 'config.yaml'}", f"--ckpt_path={run}")
    assert status == 0, err


def test_a_saved_configuration_runs_again(fit, tmp_path):
    model = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.loss=LeastSquares"]
    assert fit(*model)[0] == 0
    status, _, err = fit(f"--config={tmp_path / 'vanilla_gan' / 'version_0' / 'config.yaml'}")
    assert status == 0, err
    first, second = (
        GAN.load_from_checkpoint(tmp_path / f"vanilla_gan/version_{v}/checkpoints/last.ckpt") for v in (0, 1)
    )
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


@pytest.mark.parametrize("logger", [[], ["--trainer.logger=CSVLogger", "--trainer.logger.name=vanilla_gan"]])
def test_the_configuration_of_a_run_that_went_on_starts_another(fit, tmp_path, logger):
    words = ["--model=VanillaGAN", "--model.hidden_dims=[8]", *logger]
    options = ["--trainer.max_epochs=1", "--last_checkpoint.every_n_train_steps=1"]
    for steps in (1, 2):
        assert fit(*words, *options, f"--trainer.max_steps={steps}", "--resume")[0] == 0
    (run,) = (tmp_path / "vanilla_gan").iterdir()
    saved = yaml.safe_load((run / "config.yaml").read_text())
    assert saved.get("ckpt_path") is None
    assert saved["trainer"]["max_steps"] == 2
    status, _, err = fit(f"--config={run / 'config.yaml'}")
    assert status == 0, err
    assert sorted(path.name for path in (tmp_path / "vanilla_gan").iterdir()) == ["version_0", "version_1"]


@pytest.mark.parametrize("root", [[], ["--trainer.default_root_dir=elsewhere"]], ids=["by name", "elsewhere"])
def test_the_configuration_of_a_run_without_a_logger_starts_another_beside_it(
    command_line, tmp_path, monkeypatch, root
):
    monkeypatch.chdir(tmp_path)
    words = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--trainer.logger=false", *QUICK]
    assert command_line("fit", *words, *root)[0] == 0
    (run,) = tmp_path.rglob("version_0")
    status, _, err = command_line("fit", f"--config={run / 'config.yaml'}")
    assert status == 0, err
    assert sorted(tmp_path.rglob("version_*")) == [run, run.with_name("version_1")]


def test_the_debug_overlay_runs_any_config_in_a_few_batches(command_line, tmp_path):
    overlay = ["--config", CONFIGS / "dcgan.yaml", "--config", CONFIGS / "overlays" / "debug.yaml"]
    narrow = ["--model.width=4", f"--trainer.logger.save_dir={tmp_path}", "--trainer.enable_progress_bar=false"]
    status, _, err = command_line("fit", *overlay, *narrow)
    assert status == 0, err
    model = GAN.load_from_checkpoint(tmp_path / "debug" / "version_0" / "checkpoints" / "last.ckpt")
    assert model.images_seen == 2 * 2 * 16
    assert model.hparams["width"] == 4
    assert (tmp_path / "debug" / "version_0" / "losses.png").is_file()


def test_the_ddp_overlay_merges_on_any_config(command_line):
    overlay = ["--config", CONFIGS / "dcgan.yaml", "--config", CONFIGS / "overlays" / "ddp.yaml"]
    status, out, _ = command_line("fit", *overlay, "--trainer.num_nodes=4", "--print_config")
    assert status == 0
    config = yaml.safe_load(out)
    assert config["trainer"]["strategy"] == "ddp"
    assert (config["trainer"]["num_nodes"], config["model"]["init_args"]["width"]) == (4, 64)


def test_options_override_files_and_the_data_shape_the_model(fit, tmp_path):
    model = ["--model=ConditionalDCGAN", "--model.width=4", "--model.loss=LeastSquares"]
    options = ["--model.generator_optimizer.lr=1e-4", "--data.image_size=16", "--data.digits=[3,8]"]
    status, _, err = fit(*model, *options, "--model.discriminator_optimizer=torch.optim.SGD")
    assert status == 0, err
    loaded = GAN.load_from_checkpoint(next(tmp_path.glob("*/version_0/checkpoints/last.ckpt")))
    assert loaded.generator.image_shape == (1, 16, 16)
    assert loaded.generator.num_classes == 10
    assert loaded.classes == [3, 8]
    optimizers = [c["optimizer"] for c in loaded.configure_optimizers()]
    assert isinstance(optimizers[0], torch.optim.SGD)
    assert optimizers[1].param_groups[0]["lr"] == 1e-4
    assert type(loaded.loss).__name__ == "LeastSquares"


def test_networks_can_be_given_by_name(fit, tmp_path):
    networks = [
        "--model=GAN",
        "--model.generator=MLPGenerator",
        "--model.generator.latent_dim=4",
        "--model.generator.image_shape=[1,28,28]",
        "--model.discriminator=DCGANDiscriminator",
        "--model.discriminator.image_shape=[1,28,28]",
        "--model.discriminator.width=4",
    ]
    status, _, err = fit(*networks)
    assert status == 0, err
    loaded = GAN.load_from_checkpoint(next(tmp_path.glob("*/version_0/checkpoints/last.ckpt")))
    assert type(loaded.generator).__name__ == "MLPGenerator"
    assert loaded.discriminator.width == 4


def test_a_resumed_run_equals_one_that_never_stopped(fit, tmp_path):
    model = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.latent_dim=4"]
    assert fit(*model, "--trainer.max_epochs=3")[0] == 0
    assert fit(*model, "--trainer.max_epochs=1")[0] == 0
    last = "checkpoints/last.ckpt"
    status, _, err = fit(f"--ckpt_path={tmp_path / 'vanilla_gan/version_1' / last}", "--trainer.max_epochs=3")
    assert status == 0, err
    whole, resumed = (GAN.load_from_checkpoint(tmp_path / f"vanilla_gan/version_{v}" / last) for v in (0, 2))
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


@pytest.mark.parametrize("subcommand", ["validate", "test"])
def test_a_checkpoint_brings_its_model_and_data(command_line, conditional_checkpoint, subcommand, tmp_path):
    quiet = [
        "--trainer.accelerator=cpu",
        "--trainer.enable_progress_bar=false",
        f"--trainer.logger.save_dir={tmp_path}",
    ]
    status, out, err = command_line(subcommand, f"--ckpt_path={conditional_checkpoint}", *quiet)
    assert status == 0, err
    assert {"validate": "val/discriminator_loss", "test": "Fréchet distance"}[subcommand] in out


def test_predict_writes_what_the_generator_draws_for_the_test_labels(command_line, conditional_checkpoint, tmp_path):
    quiet = [
        "--trainer.accelerator=cpu",
        "--trainer.enable_progress_bar=false",
        f"--trainer.logger.save_dir={tmp_path}",
    ]
    status, out, err = command_line("predict", f"--ckpt_path={conditional_checkpoint}", *quiet)
    assert status == 0, err
    (path,) = tmp_path.rglob("predictions_0.npz")
    assert str(path) in out
    stored = np.load(path)
    assert stored["images"].shape == (len(stored["labels"]), 1, 28, 28)
    assert sorted(set(stored["labels"].tolist())) == [3, 8]


def test_without_arguments_it_explains_itself(command_line):
    status, out, _ = command_line()
    assert status == 0
    for command in ("fit", "validate", "test", "predict", "generate"):
        assert command in out


def test_a_fast_dev_run_leaves_nothing_behind(command_line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--data.dataset=digits", "--trainer.fast_dev_run=true", "--trainer.accelerator=cpu"]
    status, _, err = command_line("fit", *options, "--model=VanillaGAN", "--model.hidden_dims=[8]")
    assert status == 0, err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_checkpoints_and_the_bar_can_be_turned_off(command_line, tmp_path):
    options = [*QUICK, "--trainer.enable_checkpointing=false", "--model=VanillaGAN", "--model.hidden_dims=[8]"]
    status, _, err = command_line("fit", *options, f"--trainer.logger.save_dir={tmp_path}")
    assert status == 0, err
    assert not list(tmp_path.rglob("*.ckpt"))
