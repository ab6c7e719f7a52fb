"""LightningCLI with the model linked to the data, the callbacks added, and checkpoints that agree with the options."""

from __future__ import annotations

import contextlib
import inspect
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonargparse import Namespace
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI, SaveConfigCallback
from lightning.pytorch.loggers import TensorBoardLogger

import gan_lightning.augment
import gan_lightning.data  # noqa: F401  (classes become known by their short names)
from gan_lightning import callbacks
from gan_lightning.callbacks.base import run_folder
from gan_lightning.checkpoints.description import check_classes, describe, known_class
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.checkpoints.hyperparameters import CLASS_PATH
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN
from gan_lightning.pictures.images import check_writable
from gan_lightning.sampling.generative import GenerativeModel

LINKS = "image_shape", "num_classes", "classes", "value_range"
"""What the model learns from the data module."""

NETWORKS = "generator", "discriminator"
"""Options of the model that are networks; those learn the first two from the data module, too."""

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

CLASSES = {"model": "DCGAN", "data": "MNISTDataModule"}
"""The classes that are taken where none is named. They are no defaults of the parser, which would hand the defaults of
their arguments on to other classes."""

DEFAULTS = {
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
    "accumulate_grad_batches": (
        "the players take turns on every batch, which may be computed in parts",
        "--data.batch_size with --model.micro_batches",
    ),
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
        for network in NETWORKS:
            for name in LINKS[:2]:
                target = f"model.init_args.{network}.init_args.{name}"
                parser.link_arguments(f"data.{name}", target, apply_on="instantiate")
        for key, callback in CALLBACKS.items():
            parser.add_lightning_class_args(callback, key)
        parser.set_defaults(DEFAULTS)

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Parses ``args``; a checkpoint's model and data become the defaults of ``model`` and ``data``.

        Raises:
            UsageError: There is no such checkpoint, or a model option contradicts it.
        """
        words = list(args or [])
        path = named_options(words).get("ckpt_path")
        self.checkpoint_hparams: dict[str, Any] = {}
        if path is None or path in ("best", "last", "hpc", "registry"):
            super().parse_arguments(parser, with_classes(words, CLASSES))
            return
        checkpoint = read_checkpoint(path)
        self.checkpoint_hparams = checkpoint["hyper_parameters"]
        hparams = {"model": self.checkpoint_hparams, "data": checkpoint.get("datamodule_hyper_parameters")}
        saved = {key: as_config(value) for key, value in hparams.items() if value}
        try:
            check_saved(saved)
        except UsageError:
            super().parse_arguments(parser, with_classes(words, CLASSES))  # imports the classes that the words name
            check_saved(saved)
        subparser = self._subcommand_parsers[words[0]]
        subparser.set_defaults(saved)
        absent = {option: name for option, name in CLASSES.items() if option not in saved}
        super().parse_arguments(parser, with_classes(words, absent))
        check_agreement(path, self.config[words[0]].model, subparser.get_defaults().model)

    def _parse_ckpt_path(self) -> None:
        """Lightning's own would let the checkpoint win silently over options; ``parse_arguments`` compares them."""

    def before_instantiate_classes(self) -> None:
        # A model keeps its own arguments; Lightning's way to hand it the parsed ones knows no links to networks.
        self.parser.add_instantiator(lambda cls, *a, **options: cls(*a, **options), GenerativeModel, prepend=True)
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


def named_options(words: list[str]) -> dict[str, Any]:
    """The options on the first level, such as ``model``, that a command line or its configurations name."""
    named: dict[str, Any] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, given, value = word.partition("=")
        value = value if given else following
        if option in ("--config", "-c"):
            with contextlib.suppress(OSError, yaml.YAMLError, UnicodeDecodeError):  # the parser says what is wrong
                content = yaml.safe_load(Path(value).read_text())
                named |= content if isinstance(content, dict) else {}
        elif option.startswith("--"):
            named[option.removeprefix("--")] = value
    return named


def with_classes(words: list[str], classes: dict[str, str]) -> list[str]:
    """The words of a command line, with ``classes`` where neither they nor their configurations name one."""
    given = named_options(words)
    named = {option for option, value in given.items() if not isinstance(value, dict) or "class_path" in value}
    added = [f"--{option}={name}" for option, name in classes.items() if option not in named]
    return [*words[:1], *added, *words[1:]] if words and not words[0].startswith("-") else words


def check_saved(saved: dict[str, Any]) -> None:
    """Raises UsageError where a checkpoint's model or data name classes that are not known here."""
    check_classes(saved["model"])
    if "data" in saved:
        known_class(saved["data"]["class_path"], LightningDataModule)


def as_config(hparams: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint's hyperparameters in the form of a YAML file."""
    init_args = {key: value for key, value in hparams.items() if key not in (CLASS_PATH, "_instantiator")}
    return {"class_path": hparams[CLASS_PATH], "init_args": init_args}


def check_agreement(path: str, given: Any, saved: Any) -> None:
    """Raises UsageError where other networks were asked for than those in the checkpoint at ``path``."""
    classes = [known_class(config.class_path) for config in (saved, given)]
    if classes[0] is not classes[1]:
        names = [cls.__name__ for cls in classes]
        raise UsageError(
            f"{path} holds a {names[0]}, not a {names[1]}: give a {names[1]}'s checkpoint, or --model {names[0]}"
        )
    training = set(inspect.signature(GAN.__init__).parameters) - {*NETWORKS, "prior"}
    for name, value in vars(given.init_args).items():
        if name in training or name in LINKS:
            continue
        for option, before, now in differences(f"model.{name}", getattr(saved.init_args, name, None), value):
            raise UsageError(
                f"the checkpoint was trained with {option} {before}, which cannot be changed to {now}: leave that "
                "option out, or train anew without --ckpt_path"
            )


def differences(option: str, before: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where two configurations differ, apart from what is learnt from the data module: option, before, now."""
    if not (hasattr(before, "class_path") and hasattr(now, "class_path")):
        if before != now:
            yield option, before, now
        return
    classes = [known_class(config.class_path) for config in (before, now)]
    if classes[0] is not classes[1]:
        yield option, classes[0].__name__, classes[1].__name__
        return
    for name, value in vars(getattr(now, "init_args", None) or Namespace()).items():
        if name not in LINKS:
            yield from differences(f"{option}.{name}", getattr(before.init_args, name, None), value)


def tensorboard() -> str:
    """How to call the TensorBoard that is installed beside this package."""
    installed = Path(sys.executable).parent / "tensorboard"
    on_path = shutil.which("tensorboard")
    return "tensorboard" if on_path and Path(on_path).samefile(installed) else os.path.relpath(installed)
