"""What a checkpoint file says of itself, read without running any code that it might hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

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
    if not isinstance(checkpoint, dict) or "_class_path" not in checkpoint.get("hyper_parameters", {}):
        raise UsageError(f"{path} is no checkpoint of a GAN of this project: give a .ckpt file of one of its runs")
    return checkpoint


def saved_class(path: str | Path, checkpoint: dict[str, Any], expected: type) -> type:
    """The class of the model in ``checkpoint``, which was read from ``path``.

    Raises:
        UsageError: It is not ``expected`` or a subclass, or the module that defines it was not imported. (Importing
            whatever a file asks for would run code of the file's choosing.)
    """
    class_path = checkpoint["hyper_parameters"]["_class_path"]
    module, _, name = class_path.rpartition(".")
    cls = getattr(sys.modules.get(module), name, None)
    if cls is None:
        raise UsageError(f"{path} holds a {class_path}, which is not known here: import {module} first")
    if not issubclass(cls, expected):
        raise UsageError(f"{path} holds a {name}, not a {expected.__name__}: give a checkpoint of that model")
    return cls
