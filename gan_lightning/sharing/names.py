"""Trained generators by name, as ``gan_lightning.load`` and ``--model`` take them besides paths."""

from __future__ import annotations

import re
from pathlib import Path

from gan_lightning.errors import UsageError, nearest
from gan_lightning.sharing.hub import fetch
from gan_lightning.storage.shipped import shipped_generators

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def locate(name: str | Path) -> Path:
    """The file or folder that ``name`` stands for.

    Args:
        name: A path, which a ``Path`` always is; or the name of a generator that comes with the package, such as
            conditional_dcgan; or that of a repository of the Hugging Face hub, such as user/name, whose generator is
            then stored and taken from there the next time.

    Raises:
        UsageError: There is no such repository, or its generator cannot be fetched.
    """
    path = Path(name)
    if isinstance(name, Path) or path.exists():
        return path
    if is_repository(name):
        return fetch(name)
    return shipped_generators().get(name, path)


def locate_model(name: str) -> Path:
    """``locate`` for a name that is no run's path.

    Raises:
        UsageError: There is no such generator; the sentence lists those that come with the package.
    """
    path, shipped = locate(name), shipped_generators()
    if not path.exists():
        asked = nearest(name, shipped)
        raise UsageError(
            f"there is no model {name or 'without a name'}{': ' + asked if asked.startswith('did') else ''} "
            f"(there are {', '.join(shipped)}, and --ckpt_path takes a run of your own)"
        )
    return path


def check_repository(name: str) -> None:
    """Raises UsageError where it is no name that a repository can have."""
    if not REPOSITORY.fullmatch(name):
        raise UsageError(f"a repository of the hub has a name such as user/name, not {name or 'none'}")


def is_repository(name: str) -> bool:
    """Whether it can only be a repository's: of two words, the first of which is no folder here."""
    path = Path(name)
    return (
        bool(REPOSITORY.fullmatch(name)) and path.suffix not in (".ckpt", ".safetensors") and not path.parent.exists()
    )
