"""Runs on disk: which folder a run's files go to, and which of its checkpoints to take."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lightning.pytorch import Trainer
from lightning.pytorch.loggers import MLFlowLogger

from gan_lightning.errors import UsageError

CHECKPOINTS = "checkpoints"
"""The folder of a run's checkpoints, within the run's own."""


def run_folder(trainer: Trainer) -> Path:
    """Where the files of this run belong, beside its checkpoints. All processes have to ask for it together."""
    folder = Path(trainer.default_root_dir)
    if trainer.loggers:
        logger = trainer.loggers[0]
        if isinstance(logger, MLFlowLogger):  # its name is a number, and a database is no folder
            return trainer.strategy.broadcast(folder / str(logger.run_id))
        version = logger.version if isinstance(logger.version, str) else f"version_{logger.version}"
        folder = Path(logger.save_dir or folder) / str(logger.name) / version
    return trainer.strategy.broadcast(folder)


def next_version(parent: Path) -> Path:
    """A folder ``version_N`` for a new run in ``parent``, N being one more than there is."""
    found = [re.fullmatch(r"version_(\d+)", path.name) for path in parent.glob("version_*")]
    return parent / f"version_{max((int(match[1]) for match in found if match), default=-1) + 1}"


def newest_run(parent: Path, checkpoint: str) -> Path | None:
    """The run in ``parent`` whose ``checkpoint``, such as "last", was written last; None if no run has one."""
    files = sorted(parent.glob(f"*/{CHECKPOINTS}/{checkpoint}.ckpt"), key=lambda path: path.stat().st_mtime)
    return files[-1].parent.parent if files else None


def folder_of_run(checkpoint: Path) -> Path:
    """The folder of the run that a checkpoint is of; its own one if it lies in no run's."""
    parent = Path(os.path.abspath(checkpoint)).parent
    return parent.parent if parent.name == CHECKPOINTS else parent


def run_name(path: Path) -> str:
    """What the run is called whose folder, or one of whose checkpoints, is at ``path``: dcgan of runs/dcgan/version_0.

    A checkpoint that lies in no run's folder has the name of its file.
    """
    path = Path(os.path.abspath(path))
    if path.parent.name == CHECKPOINTS:
        path = path.parent.parent
    elif not path.is_dir():
        return path.stem
    return path.parent.name if re.fullmatch(r"version_\d+", path.name) else path.name


def checkpoint_in(path: Path, *preferred: str) -> Path:
    """``path`` itself, or, of a run's folder, the first of the ``preferred`` checkpoints that it has.

    Raises:
        UsageError: It is a folder without any of them.
    """
    if not path.is_dir():
        return path
    found = [path / CHECKPOINTS / f"{name}.ckpt" for name in preferred]
    for checkpoint in found:
        if checkpoint.is_file():
            return checkpoint
    raise UsageError(f"there is no checkpoint in {path}: give a run's folder, which has {CHECKPOINTS}/{found[-1].name}")
