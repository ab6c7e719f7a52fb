"""Every option of Lightning's Trainer does what it says, or is refused with what to use instead: a real run each."""

import csv

import pytest
import torch
import yaml
from helpers import QUICK
from lightning.pytorch import Callback
from lightning.pytorch.profilers import AdvancedProfiler, SimpleProfiler

from gan_lightning.callbacks.history import read_history

TINY = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.latent_dim=4", "--metrics.num_images=0"]
PLAIN = [f"--{picture}.every_n_epochs=0" for picture in ("sample_grid", "real_v_generated", "training_gif")]
ADDED = "--trainer.callbacks+="
STOPS_AT_ONCE = [
    ADDED + "EarlyStopping",
    "--trainer.callbacks.monitor=train/generator_loss",
    "--trainer.callbacks.check_on_train_epoch_end=true",
    "--trainer.callbacks.divergence_threshold=-1e9",
]


class Seen(Callback):
    """What a run is like from within."""

    last: "Seen"

    def __init__(self):
        Seen.last = self
        self.batches, self.validations, self.sanity, self.loaders, self.inference = [], [], 0, set(), None

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        self.trainer = trainer
        self.batches.append(batch[0].sum().item())
        self.loaders.add(id(trainer.train_dataloader))
        self.keep = [*getattr(self, "keep", []), trainer.train_dataloader]  # or else an address would be used again
        self.deterministic = torch.are_deterministic_algorithms_enabled()
        self.warns = torch.is_deterministic_algorithms_warn_only_enabled()
        self.anomaly, self.benchmark = torch.is_anomaly_enabled(), torch.backends.cudnn.benchmark
        self.dtype = next(module.parameters()).dtype

    def on_validation_batch_start(self, trainer, *_):
        self.inference = torch.is_inference_mode_enabled()

    def on_validation_start(self, trainer, module):
        self.sanity += trainer.sanity_checking
        self.validations += [] if trainer.sanity_checking else [trainer.global_step]


class Run:
    """A run that has ended: its folder, and what was seen of it."""

    def __init__(self, root):
        self.root = root
        self.seen = Seen.last
        self.folder = next((path.parent for path in root.rglob("config.yaml")), None)

    @property
    def steps(self):
        return torch.load(self.folder / "checkpoints" / "last.ckpt", weights_only=True)["global_step"]

    @property
    def history(self):
        return read_history(self.folder / "history.csv")

    def files(self, pattern):
        return sorted(path.name for path in self.root.rglob(pattern))


WORKS = {
    "max_steps": (["--trainer.max_steps=3", "--trainer.max_epochs=-1"], lambda run: run.steps == 3),
    "max_time": (["--trainer.max_time=00:00:00:01", "--trainer.max_epochs=-1"], lambda run: run.steps > 0),
    "EarlyStopping": ([*STOPS_AT_ONCE, "--trainer.max_epochs=5"], lambda run: run.steps == 2),
    "min_epochs": (
        [*STOPS_AT_ONCE, "--trainer.max_epochs=5", "--trainer.min_epochs=3"],
        lambda run: run.steps == 6,
    ),
    "limit_train_batches": (["--trainer.limit_train_batches=3"], lambda run: run.steps == 3),
    "limit_val_batches": (["--trainer.limit_val_batches=0"], lambda run: "val/d_real" not in run.history[0]),
    "fast_dev_run": (["--trainer.fast_dev_run=2"], lambda run: (len(run.seen.batches), run.files("*.ckpt")) == (2, [])),
    "overfit_batches": (
        ["--trainer.overfit_batches=2", "--trainer.max_epochs=2"],
        lambda run: run.seen.batches[:2] == run.seen.batches[2:],
    ),
    "val_check_interval": (
        ["--trainer.limit_train_batches=5", "--trainer.val_check_interval=2"],
        lambda run: run.seen.validations == [2, 4],
    ),
    "check_val_every_n_epoch": (
        ["--trainer.max_epochs=4", "--trainer.check_val_every_n_epoch=2"],
        lambda run: run.seen.validations == [4, 8],
    ),
    "num_sanity_val_steps": (["--trainer.num_sanity_val_steps=1"], lambda run: run.seen.sanity == 1),
    "log_every_n_steps": (
        ["--trainer.limit_train_batches=5", "--trainer.log_every_n_steps=2", "--trainer.logger=CSVLogger"],
        lambda run: [row["step"] for row in csv.DictReader(metrics_of(run)) if row["train/d_real"]] == ["1", "3"],
    ),
    "deterministic true": (
        ["--trainer.deterministic=true"],
        lambda run: (run.seen.deterministic, run.seen.warns) == (True, False),
    ),
    "deterministic warn": (
        ["--trainer.deterministic=warn"],
        lambda run: (run.seen.deterministic, run.seen.warns) == (True, True),
    ),
    "benchmark": (["--trainer.benchmark=true"], lambda run: run.seen.benchmark),
    "detect_anomaly": (["--trainer.detect_anomaly=true"], lambda run: run.seen.anomaly),
    "use_distributed_sampler": (["--trainer.use_distributed_sampler=false"], lambda run: run.steps == 2),
    "reload_dataloaders_every_n_epochs": (
        ["--trainer.reload_dataloaders_every_n_epochs=1", "--trainer.max_epochs=3"],
        lambda run: len(run.seen.loaders) == 3 and len(set(run.seen.batches)) == 6,
    ),
    "enable_checkpointing": (["--trainer.enable_checkpointing=false"], lambda run: run.files("*.ckpt") == []),
    "enable_progress_bar": (["--trainer.enable_progress_bar=true"], lambda run: run.steps == 2),
    "enable_model_summary": (["--trainer.enable_model_summary=false"], lambda run: run.steps == 2),
    "default_root_dir": (
        ["--trainer.default_root_dir=FOLDER/elsewhere", "--trainer.logger=false"],
        lambda run: run.folder == run.root / "elsewhere" / "version_0",
    ),
    "profiler simple": (["--trainer.profiler=simple"], lambda run: type(run.seen.trainer.profiler) is SimpleProfiler),
    "profiler advanced": (
        ["--trainer.profiler=advanced"],
        lambda run: type(run.seen.trainer.profiler) is AdvancedProfiler,
    ),
    "profiler with a file": (
        ["--trainer.profiler=SimpleProfiler", "--trainer.profiler.dirpath=FOLDER", "--trainer.profiler.filename=times"],
        lambda run: "run_training_batch" in (run.root / "fit-times.txt").read_text(),
    ),
    "LearningRateMonitor": (
        [ADDED + "LearningRateMonitor", "--trainer.logger=CSVLogger"],
        lambda run: {"lr-Adam/discriminator", "lr-Adam-1/generator"} <= {*metrics_of(run)[0].split(",")},
    ),
    "DeviceStatsMonitor": (
        [ADDED + "DeviceStatsMonitor", "--trainer.callbacks.cpu_stats=true", "--trainer.logger=CSVLogger"],
        lambda run: "cpu_percent" in metrics_of(run)[0],
    ),
    "ModelCheckpoint": (
        [
            *(ADDED + "ModelCheckpoint", "--trainer.callbacks.monitor=val/generator_loss"),
            *("--trainer.callbacks.save_top_k=2", "--trainer.max_epochs=3", "--trainer.callbacks.filename={epoch}-own"),
        ],
        lambda run: len(run.files("*-own.ckpt")) == 2,
    ),
    "several loggers": (
        ["--trainer.logger=[{class_path: CSVLogger, init_args: {save_dir: FOLDER, name: a}}, TENSORBOARD]"],
        lambda run: run.files("metrics.csv") and run.files("events*"),
    ),
    "no logger": (
        ["--trainer.logger=false", "--trainer.default_root_dir=FOLDER"],
        lambda run: not run.files("events*"),
    ),
    "a scheduler": (
        ["--model.generator_scheduler=ExponentialLR", "--model.generator_scheduler.gamma=0.5"],
        lambda run: run.seen.trainer.optimizers[1].param_groups[0]["lr"] == 1e-4,
    ),
    "a scheduler that ends with the training": (
        [
            *("--model.generator_scheduler=OneCycleLR", "--model.generator_scheduler.max_lr=1e-3"),
            *("--model.generator_scheduler.total_steps=2", "--model.scheduler_interval=step"),
        ],
        lambda run: run.steps == 2,
    ),
    "a plugin": (["--trainer.plugins=AsyncCheckpointIO"], lambda run: run.steps == 2),
    "precision of a plugin": (["--trainer.plugins=DoublePrecision"], lambda run: run.seen.dtype == torch.float64),
    "strategy": (["--trainer.strategy=single_device"], lambda run: run.steps == 2),
}
"""Options, and what is then so of a run that takes two batches by default."""

TENSORBOARD = "{class_path: TensorBoardLogger, init_args: {save_dir: FOLDER, name: b}}"


def metrics_of(run):
    """The lines of the CSV logger's file."""
    (path,) = run.root.rglob("metrics.csv")
    return path.read_text().splitlines()


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    yield
    torch.use_deterministic_algorithms(False)
    torch.autograd.set_detect_anomaly(False)
    torch.backends.cudnn.benchmark = False


@pytest.mark.parametrize("name", WORKS)
def test_it_works(fit, tmp_path, own_folder, name):
    options, holds = WORKS[name]
    words = [word.replace("TENSORBOARD", TENSORBOARD).replace("FOLDER", str(tmp_path)) for word in options]
    status, _, err = fit(*TINY, *PLAIN, "--trainer.check_val_every_n_epoch=1", *words, ADDED + f"{__name__}.Seen")
    assert status == 0, err
    assert holds(Run(tmp_path))


@pytest.mark.parametrize("chosen", [True, False])
def test_inference_mode_is_that_of_measuring(command_line, checkpoint, own_folder, chosen):
    """Validation within a training has gradients switched off either way."""
    options = [*QUICK[:1], "--trainer.accelerator=cpu", "--trainer.limit_val_batches=1", "--metrics.num_images=0"]
    words = [f"--trainer.inference_mode={str(chosen).lower()}", ADDED + f"{__name__}.Seen"]
    status, _, err = command_line("validate", f"--ckpt_path={checkpoint}", *options, *words)
    assert status == 0, err
    assert Seen.last.inference is chosen


def test_no_environment_variable_is_an_option(command_line, monkeypatch):
    monkeypatch.setenv("GAN_LIGHTNING_FIT__TRAINER__MAX_EPOCHS", "7")
    monkeypatch.setenv("PL_FIT__TRAINER__MAX_EPOCHS", "7")
    printed = command_line("fit", *TINY, "--print_config")[1]
    assert yaml.safe_load(printed)["trainer"]["max_epochs"] == 20
