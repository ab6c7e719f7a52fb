"""Files of tensors and checkpoints, read without running any code that they might hold."""

from __future__ import annotations

import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from packaging.version import Version

from gan_lightning.checkpoints.contents import CLASS_PATH, check_contents
from gan_lightning.checkpoints.description import known_class
from gan_lightning.checkpoints.expansion import check_expansion, parts
from gan_lightning.errors import UsageError

SAFE_LIGHTNING = "2.6.6"
"""Before it, Lightning ran functions that a checkpoint names."""


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """The contents of a checkpoint of a GAN, on the CPU; weights are read from the file when they are looked at.

    Raises:
        UsageError: There is no such file, it is no checkpoint of a GAN or a damaged one, or Lightning is too old to be
            given a file from somebody else.
    """
    check_lightning()
    path = Path(path)
    if not path.is_file():
        raise UsageError(
            f"there is no checkpoint at {path}: give a file, such as runs/dcgan/version_0/checkpoints/last.ckpt"
        )
    checkpoint = read_tensors(path, "no checkpoint, or a damaged one: give a .ckpt file of a run")
    hyperparameters = checkpoint.get("hyper_parameters") if isinstance(checkpoint, dict) else None
    if not isinstance(hyperparameters, dict) or CLASS_PATH not in hyperparameters or "state_dict" not in checkpoint:
        raise UsageError(f"{path} is no checkpoint of a GAN of this project: give a .ckpt file of one of its runs")
    check_contents(checkpoint)
    if CLASS_PATH not in checkpoint.get("datamodule_hyper_parameters", {CLASS_PATH}):
        del checkpoint["datamodule_hyper_parameters"]  # of a run in Python, which does not say whose they are
    return checkpoint


def read_tensors(path: Path, otherwise: str) -> Any:
    """Plain data and tensors that ``torch.save`` wrote to ``path``.

    Raises:
        UsageError: The file holds anything else, or unfolds to more than it is large; the sentence says ``otherwise``.
    """
    try:
        check_stored(path)
        content = torch.load(path, weights_only=True, map_location="cpu", mmap=zipfile.is_zipfile(path))
    except Exception as error:  # whatever a damaged file makes the readers of zip files and pickles raise
        raise UsageError(f"{path} is {otherwise}") from error
    check_expansion(content, parts, path.stat().st_size, str(path))
    return content


def check_stored(path: Path) -> None:
    """Raises ValueError where a zip file is compressed, which torch's own are not: it could unfold to any size."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise ValueError("a member is compressed")


def check_lightning() -> None:
    """Raises UsageError where the installed Lightning is not safe to open checkpoints with."""
    found = version("lightning")
    if Version(found) < Version(SAFE_LIGHTNING):
        raise UsageError(
            f"Lightning {found} runs code that a checkpoint names: pip install 'lightning>={SAFE_LIGHTNING}' first"
        )


def saved_class(path: str | Path, checkpoint: dict[str, Any], expected: type) -> type:
    """The class of the model in ``checkpoint``, which was read from ``path``.

    Raises:
        UsageError: It is not ``expected`` or a subclass, or the module that defines it was not imported.
    """
    cls = known_class(checkpoint["hyper_parameters"][CLASS_PATH])
    if not issubclass(cls, expected):
        raise UsageError(f"{path} holds a {cls.__name__}, not a {expected.__name__}: give a checkpoint of that model")
    return cls
