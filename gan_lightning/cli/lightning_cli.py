"""LightningCLI with the model linked to the data, the callbacks added, and checkpoints that agree with the options."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI, SaveConfigCallback
from lightning.pytorch.loggers import TensorBoardLogger

import gan_lightning.data  # noqa: F401  (its classes become known by their short names)
from gan_lightning import callbacks
from gan_lightning.callbacks.base import run_folder
from gan_lightning.checkpoints.description import describe
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.errors import UsageError
from gan_lightning.pictures.images import check_writable

LINKS = "image_shape", "num_classes", "classes", "value_range"
"""What the model learns from the data module."""

MEANS = "compile", "cuda_graph"
"""Options of the model that change how fast it is trained, not what it becomes."""

CALLBACKS = {
    "sample_grid": callbacks.SampleGrid,
    "real_v_generated": callbacks.RealVersusGenerated,
    "training_gif": callbacks.TrainingGIF,
    "loss_curves": callbacks.LossCurves,
    "metrics": callbacks.QualityMetrics,
    "last_checkpoint": callbacks.LastCheckpoint,
    "best_checkpoint": callbacks.BestCheckpoint,
    "epoch_checkpoint": callbacks.EpochCheckpoint,
}
"""Always there; each is configured under its own name, such as ``--sample_grid.every_n_epochs 5``."""

DEFAULTS = {
    "model": {"class_path": "DCGAN"},
    "data": {"class_path": "MNISTDataModule"},
    "trainer.logger": {
        "class_path": "TensorBoardLogger",
        "init_args": {"save_dir": "runs", "name": "gan", "default_hp_metric": False},
    },
    "trainer.max_epochs": 20,
    "trainer.num_sanity_val_steps": 0,
}

REPLACED = {
    "gradient_clip_val": ("it clips both players alike", "--model.gradient_clip_norm"),
    "gradient_clip_algorithm": ("gradients are clipped by their norm", "--model.gradient_clip_norm"),
    "accumulate_grad_batches": ("the players take turns on every batch", "--data.batch_size"),
}
"""Trainer options that do not work with two optimisers: why not, and what to use."""


class SaveConfig(SaveConfigCallback):
    """Saves the complete configuration as ``config.yaml`` in the run folder, whichever logger names it."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        folder = run_folder(trainer)
        if trainer.is_global_zero:
            folder.mkdir(parents=True, exist_ok=True)
            self.parser.save(self.config, folder / "config.yaml", overwrite=True)


class GANCLI(LightningCLI):
    """``fit``, ``validate``, ``test`` and ``predict`` for GANs."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        for name in LINKS:
            parser.link_arguments(f"data.{name}", f"model.init_args.{name}", apply_on="instantiate")
        for key, callback in CALLBACKS.items():
            parser.add_lightning_class_args(callback, key)
        parser.set_defaults(DEFAULTS)

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Parses ``args``; a checkpoint's model and data become the defaults of ``model`` and ``data``.

        Raises:
            UsageError: There is no such checkpoint, or a model option contradicts it.
        """
        super().parse_arguments(parser, args)
        subcommand = self.config.subcommand
        path = self.config[subcommand].get("ckpt_path")
        self.checkpoint_hparams: dict[str, Any] = {}
        if path is None or path in ("best", "last", "hpc", "registry"):
            return
        checkpoint = read_checkpoint(path)
        self.checkpoint_hparams = checkpoint["hyper_parameters"]
        saved = {"model": checkpoint["hyper_parameters"], "data": checkpoint.get("datamodule_hyper_parameters")}
        subparser = self._subcommand_parsers[subcommand]
        subparser.set_defaults({key: as_config(hparams) for key, hparams in saved.items() if hparams})
        super().parse_arguments(parser, args)
        check_agreement(path, self.config[subcommand].model, subparser.get_defaults().model)

    def _parse_ckpt_path(self) -> None:
        """Lightning's own would let the checkpoint win silently over options; ``parse_arguments`` compares them."""

    def before_instantiate_classes(self) -> None:
        defaults = self._parser(self.subcommand).get_defaults().trainer
        for option, (reason, replacement) in REPLACED.items():
            if self._get(self.config, "trainer")[option] != defaults[option]:
                raise UsageError(f"--trainer.{option} does not fit a GAN ({reason}): use {replacement} instead")
        if self.subcommand == "test" and self._get(self.config, "metrics").num_images:
            self.config.test.verbose = False  # there is a table of figures instead

    def after_instantiate_classes(self) -> None:
        for name in LINKS:
            saved, given = self.checkpoint_hparams.get(name), self.model.hparams.get(name)
            if name != "classes" and None not in (saved, given) and describe(saved) != describe(given):
                raise UsageError(
                    f"the checkpoint's model was trained on data with {name} {saved}, and these have {given}: "
                    "leave out the data options that changed it, or train anew without --ckpt_path"
                )
        folder = self.trainer.loggers[0].save_dir if self.trainer.loggers else None
        check_writable(Path(folder or self.trainer.default_root_dir), "--trainer.logger.init_args.save_dir")

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """The trainer, with images per second, the history, the report, the progress bar and the predictions."""
        config = self._get(self.config_init, "trainer")
        own = [self._get(self.config_init, key) for key in CALLBACKS]
        if config["enable_checkpointing"] is False:
            own = [callback for callback in own if not isinstance(callback, ModelCheckpoint)]
        given = config["callbacks"] or []
        own += [callbacks.Throughput(), callbacks.History(), callbacks.HTMLReport(), callbacks.PredictionWriter()]
        if config["enable_progress_bar"] is not False and not any(isinstance(c, ProgressBar) for c in given):
            own.append(callbacks.GANProgressBar())
        self.callbacks = [*given, *own]
        return self._instantiate_trainer({**config, **kwargs}, own)

    def after_fit(self) -> None:
        """Says where everything is."""
        folder = run_folder(self.trainer)
        if not self.trainer.is_global_zero:
            return
        for callback in self.callbacks:
            if isinstance(callback, (callbacks.PictureCallback, callbacks.HTMLReport)) and callback.path:
                print(f"{type(callback).__name__:>20}: {callback.path}")
        print(f"{'run folder':>20}: {folder}")
        if isinstance(self.trainer.logger, TensorBoardLogger):
            print(f"{'watch it':>20}: {tensorboard()} --logdir {self.trainer.logger.save_dir}")

    def after_predict(self) -> None:
        """Says where the predictions are."""
        for callback in self.callbacks:
            if isinstance(callback, callbacks.PredictionWriter):
                print(f"predictions in {callback.path}")


def as_config(hparams: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint's hyperparameters in the form of a YAML file."""
    init_args = {key: value for key, value in hparams.items() if key not in ("_class_path", "_instantiator")}
    return {"class_path": hparams["_class_path"], "init_args": init_args}


def check_agreement(path: str, given: Any, saved: Any) -> None:
    """Raises UsageError where the model that was asked for is not the one in the checkpoint at ``path``."""
    if given.class_path != saved.class_path:
        names = [config.class_path.rpartition(".")[2] for config in (saved, given)]
        raise UsageError(
            f"{path} holds a {names[0]}, not a {names[1]}: give a {names[1]}'s checkpoint, or --model {names[0]}"
        )
    for name, value in given.init_args.items():
        if name not in (*LINKS, *MEANS) and value != saved.init_args.get(name):
            raise UsageError(
                f"the checkpoint was trained with model.{name} {saved.init_args.get(name)}, which cannot be changed to "
                f"{value}: leave that option out, or train anew without --ckpt_path"
            )


def tensorboard() -> str:
    """How to call the TensorBoard that is installed beside this package."""
    installed = Path(sys.executable).parent / "tensorboard"
    on_path = shutil.which("tensorboard")
    return "tensorboard" if on_path and Path(on_path).samefile(installed) else os.path.relpath(installed)
