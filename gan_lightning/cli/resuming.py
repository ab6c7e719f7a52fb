"""What a command line goes on from: ``--resume``, ``last``, ``best``, a run's folder or a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jsonargparse import Namespace
from lightning.pytorch import Trainer

from gan_lightning.errors import UsageError
from gan_lightning.storage.folders import CHECKPOINTS, newest_run

RESUME = "--resume"
"""The option of ``fit`` that goes on with the newest run of the same name, in its folder, or else starts the first."""

NAMED = "last", "best"
"""What ``--ckpt_path`` takes besides a path: that checkpoint of the newest run of the same name."""

RUNS = Path("runs")
"""Where the folders of runs without a logger are."""


def parent_of_runs(trainer: Namespace, name: str) -> Path:
    """The folder that runs with these options of the trainer have their own folders in.

    A run without a logger is called ``name``.
    """
    loggers = trainer.logger if isinstance(trainer.logger, list) else [trainer.logger]
    options = getattr(loggers[0], "init_args", None) if loggers else None
    if options is None:
        return Path(trainer.default_root_dir or RUNS / name)
    name = options.get("project") or options.get("experiment_name") or options.get("name") or ""
    return Path(options.get("save_dir") or options.get("root_dir") or ".") / str(name)


def find_named(name: str, parent: Path) -> Path:
    """That checkpoint of the newest run in the folder ``parent``.

    Raises:
        UsageError: No run has one.
    """
    run = newest_run(parent, name)
    if run is None:
        raise UsageError(
            f"no run in {parent} has a {name}.ckpt: give --ckpt_path a file or a run's folder, or set "
            "--trainer.logger.save_dir and --trainer.logger.name as they were"
        )
    return run / CHECKPOINTS / f"{name}.ckpt"


def same_folder(run: Path, trainer: Namespace, step: int) -> list[str]:
    """Options by which a run goes on in the folder ``run``. TensorBoard forgets what it had from ``step`` on."""
    logger = trainer.logger
    if not isinstance(logger, Namespace):
        return [f"--trainer.default_root_dir={run}"]
    words = [f"--trainer.logger.init_args.{run_option(logger)}={run.name}"]
    if str(logger.class_path).endswith("TensorBoardLogger"):
        words.append(f"--trainer.logger.dict_kwargs.purge_step={step}")
    return words


def run_option(logger: Namespace) -> str:
    """Which of the logger's options says what a run's folder is called."""
    return "run_id" if "run_id" in logger.init_args else "version"


def forget_folder(config: Namespace) -> None:
    """Takes away what ``same_folder`` and the checkpoint have added to the options of ``fit``."""
    config.ckpt_path = None
    logger = config.trainer.logger
    if isinstance(logger, Namespace):
        logger.init_args[run_option(logger)] = None
        getattr(logger, "dict_kwargs", {}).pop("purge_step", None)


def epochs_done(checkpoint: dict[str, Any]) -> int:
    """How many epochs a run had completed; 0 where the checkpoint does not say so, which loading it will tell."""
    progress = checkpoint.get("loops", {}).get("fit_loop", {}).get("epoch_progress", {}).get("current")
    epochs = progress.get("processed") if isinstance(progress, dict) else None
    return epochs if isinstance(epochs, int) else 0


def nothing_left(checkpoint: dict[str, Any], trainer: Trainer) -> str | None:
    """Why there is nothing left to train after ``checkpoint``; None where there is."""
    epochs, steps = epochs_done(checkpoint), checkpoint.get("global_step", 0)
    if trainer.max_epochs is not None and 0 <= trainer.max_epochs <= epochs:
        trainer.fit_loop.max_epochs = epochs  # Lightning refuses fewer
        return f"{epochs} epochs are done, and --trainer.max_epochs is {trainer.max_epochs}: give more to go on"
    if 0 <= trainer.max_steps <= steps:
        return f"{steps} batches are done, and --trainer.max_steps is {trainer.max_steps}: give more to go on"
    return None
