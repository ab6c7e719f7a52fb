"""Lightning's commands on a list of words, and the trainer, model and data that such words build."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
import warnings
from collections.abc import Sequence
from typing import Any

import yaml
from lightning.pytorch import LightningDataModule, LightningModule

from gan_lightning.cli.help import ALL_OPTIONS
from gan_lightning.cli.lightning_cli import GANCLI
from gan_lightning.cli.parser import Parser
from gan_lightning.cli.refusals import mistake
from gan_lightning.cli.saved_config import SaveConfig
from gan_lightning.cli.yaml_files import bound_yaml, write_any_yaml
from gan_lightning.data import ImageDataModule
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN

NOISE = [
    "LightningCLI's args parameter is intended",  # commands that call fit
    "isinstance.treespec, LeafSpec.",  # Lightning's own use of a deprecated torch name
    "The dirpath has changed",  # a resumed run has a folder of its own
    "Using ModelCheckpoint with manual optimization",  # what it warns of is what we want
    "Checkpoint directory .* exists and is not empty",
    "Couldn't infer the batch indices",  # the loader's batches are those of its data set, in their order
    "You have overridden .on_after_batch_transfer.",  # of which data modules here have none
    "It is recommended to use .self.log.'pixels/.*sync_dist=True",  # each process has the same images
    "Precision .* is not supported by the model summary",  # ours has no megabytes
    "The number of training batches .* is smaller than the logging interval",
]
"""Warnings that no user of this command line can or need act on."""


bound_yaml()
write_any_yaml()


def silence() -> None:
    """Keeps ``NOISE``, advertisements and what is said in a sentence anyway off the terminal."""
    threading.excepthook = except_in_writers
    for message in NOISE:
        warnings.filterwarnings("ignore", message=f".*{message}")
    os.environ.setdefault("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # LightningCLI's use of jsonargparse
    logging.getLogger("lightning.pytorch.utilities.rank_zero").addFilter(lambda record: "Tip:" not in str(record.msg))


def except_in_writers(failure: threading.ExceptHookArgs) -> None:
    """Shows the traceback of a thread, but for TensorBoard's writer, whose logger raises the exception again."""
    if type(failure.thread).__name__ != "_AsyncWriterThread":
        threading.__excepthook__(failure)


def run_lightning(words: Sequence[str], cli_class: type[GANCLI] = GANCLI) -> GANCLI:
    """Runs LightningCLI on the words of a command line."""
    try:
        return cli_class(
            GAN,
            LightningDataModule,
            subclass_mode_model=True,
            subclass_mode_data=True,
            parser_class=Parser,
            parser_kwargs={"prog": "gan_lightning"},
            seed_everything_default=0,
            auto_configure_optimizers=False,
            save_config_callback=SaveConfig,
            args=["--help" if word == ALL_OPTIONS else word for word in words],
        )
    except SystemExit as stop:
        if isinstance(stop.__context__, KeyboardInterrupt):  # of which Lightning makes exit code 1
            raise KeyboardInterrupt from None
        raise


class BuildOnly(GANCLI):
    """``fit`` up to the point where training would start."""

    def fit(self, model: LightningModule, **_: Any) -> None:
        """Leaves it to whoever built this."""

    def after_fit(self) -> None:
        """There is nothing to tell."""


def build(options: Sequence[str], folder: str, measured: bool = False) -> tuple[Any, GAN, ImageDataModule]:
    """The trainer, the model and the data of ``fit`` with ``options``, its files going to ``folder``.

    ``measured`` says whether figures are wanted.

    Raises:
        UsageError: The options are for more than one device.
    """
    silence()
    own = [f"--trainer.logger.save_dir={folder}", *([] if measured else ["--metrics.num_images=0"])]
    built = run_lightning(["fit", *options, *own], BuildOnly)
    if built.trainer.world_size > 1:
        raise UsageError("a benchmark runs on one device: give -- --trainer.devices 1")
    built.datamodule.prepare_data()
    built.model.to(built.trainer.strategy.root_device)
    return built.trainer, built.model, built.datamodule


class ParseOnly(GANCLI):
    """``fit`` up to the point where classes would be built."""

    def _set_seed(self) -> None:
        """There is nothing random in it."""

    def before_instantiate_classes(self) -> None:
        """There is nothing to prepare."""

    def instantiate_classes(self) -> None:
        """Nothing is built."""

    def after_instantiate_classes(self) -> None:
        """Nothing was built."""

    def _run_subcommand(self, subcommand: str) -> None:
        """It was parsed: that is all."""


def complete(options: Sequence[str]) -> dict[str, Any]:
    """The whole configuration that ``options`` of fit make, as ``config.yaml`` would have it.

    Raises:
        UsageError: They make none.
    """
    silence()
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            parsed = run_lightning(["fit", *options], ParseOnly)
        except SystemExit:
            raise UsageError(said.getvalue().strip().removeprefix("error: ")) from None
        except Exception as error:
            raise UsageError(mistake(error) or f"{type(error).__name__}: {error}") from error
    config: dict[str, Any] = yaml.safe_load(parsed._parser("fit").dump(parsed.config.fit, skip_validation=True))
    return config
