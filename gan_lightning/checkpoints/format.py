"""Checkpoint files, read without running any code that they might hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from gan_lightning.checkpoints.description import known_class
from gan_lightning.checkpoints.hyperparameters import CLASS_PATH
from gan_lightning.errors import UsageError


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """The contents of a checkpoint of a GAN, on the CPU; weights are read from the file when they are looked at.

    Raises:
        UsageError: There is no such file, or it is no checkpoint of a GAN.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(
            f"there is no checkpoint at {path}: give a file, such as runs/dcgan/version_0/checkpoints/last.ckpt"
        )
    try:
        checkpoint = torch.load(path, weights_only=True, map_location="cpu", mmap=True)
    except Exception as error:
        raise UsageError(f"{path} is no checkpoint, or a damaged one: give a .ckpt file of a run") from error
    hyperparameters = checkpoint.get("hyper_parameters") if isinstance(checkpoint, dict) else None
    if not isinstance(hyperparameters, dict) or CLASS_PATH not in hyperparameters or "state_dict" not in checkpoint:
        raise UsageError(f"{path} is no checkpoint of a GAN of this project: give a .ckpt file of one of its runs")
    return checkpoint


def saved_class(path: str | Path, checkpoint: dict[str, Any], expected: type) -> type:
    """The class of the model in ``checkpoint``, which was read from ``path``.

    Raises:
        UsageError: It is not ``expected`` or a subclass, or the module that defines it was not imported.
    """
    cls = known_class(checkpoint["hyper_parameters"][CLASS_PATH])
    if not issubclass(cls, expected):
        raise UsageError(f"{path} holds a {cls.__name__}, not a {expected.__name__}: give a checkpoint of that model")
    return cls
