"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from lightning.pytorch.utilities import rank_zero_warn

from gan_lightning.errors import UsageError

PARTIAL = ".partial"
"""How the names of files begin that are not complete."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes the place of the one at ``path`` once it is complete and on the disk.

    Where that does not come to pass, by an error or because the process is killed, ``path`` is as it was. The folder is
    created if need be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, since only within a file system a file takes another one's place at once.
    partial = path.with_name(f"{PARTIAL}-{os.getpid()}-{path.stem[:40]}{path.suffix}")
    try:
        yield partial
        sync(partial)
        partial.replace(path)
        with suppress(OSError):  # not all file systems do it for folders
            sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes ``text`` by ``replacing``."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Writes ``content`` by ``replacing``."""
    with replacing(path) as partial:
        partial.write_bytes(content)


def sync(path: Path) -> None:
    """Waits until a file, or what a folder lists, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Removes the incomplete files that a killed process has left anywhere below ``folder``."""
    for path in folder.rglob(f"{PARTIAL}-*"):
        path.unlink(missing_ok=True)


@contextmanager
def surviving(what: str, folder: Path) -> Iterator[None]:
    """Goes on where ``what`` cannot be written to ``folder``, with a warning that is shown once."""
    try:
        yield
    except OSError as error:
        warn_once(f"{what} cannot be written to {folder} ({error.strerror or error}): training goes on without")


@cache
def warn_once(message: str) -> None:
    """Warns, the first time that it is called with this message."""
    rank_zero_warn(message)


def check_writable(path: Path, option: str) -> None:
    """Creates the folder ``path`` if need be.

    Raises:
        UsageError: It cannot be created or written to; the sentence names ``option``.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):  # under a name of its own, as other runs may start at this moment
            pass
    except OSError as error:
        raise UsageError(f"cannot write to {path} ({error.strerror}): choose another folder with {option}") from error
