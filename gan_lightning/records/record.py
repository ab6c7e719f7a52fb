"""A run on disk: what its folder tells of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from gan_lightning.callbacks.history import Row, read_history
from gan_lightning.checkpoints.expansion import check_expansion, parts
from gan_lightning.errors import UsageError
from gan_lightning.records.options import Options, flatten

CONFIG = "config.yaml"
"""The file by which a folder is known to be a run's."""

HEADER = "# lightning.pytorch=="
"""How it begins, unlike a configuration that somebody has written."""


@dataclass(frozen=True)
class Record:
    """A run.

    Args:
        folder: Where its files are.
        name: The run's name; with ``version`` it is the folder's place among the runs.
        version: What tells it from other runs of the name, such as version_0.
        config: The content of its ``config.yaml``.
    """

    folder: Path
    name: str
    version: str
    config: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}/{self.version}" if self.name else self.version

    @cached_property
    def options(self) -> Options:
        """All of its options, without those that change no result."""
        return flatten(self.config)

    @cached_property
    def history(self) -> list[Row]:
        """The rows of its ``history.csv``; none where there is no such file, or no such content."""
        try:
            return read_history(self.folder / "history.csv")
        except (OSError, ValueError, TypeError):
            return []

    @property
    def epochs(self) -> int:
        """How many are complete."""
        return len(self.history)

    @property
    def images_seen(self) -> int:
        return int(self.history[-1].get("images_seen", 0)) if self.history else 0

    def best(self, figure: str, highest: bool = False) -> Row | None:
        """The row of the epoch with the best ``val/`` figure; None where it was never measured."""
        measured = [row for row in self.history if f"val/{figure}" in row]
        return (max if highest else min)(measured, key=lambda row: row[f"val/{figure}"], default=None)

    @cached_property
    def size(self) -> int:
        """Bytes of all of its files."""
        return sum(path.lstat().st_size for path in files(self.folder))

    @cached_property
    def changed(self) -> float:
        """When one of its files was last written, in seconds since 1970."""
        return max((path.lstat().st_mtime for path in files(self.folder)), default=0.0)


def files(folder: Path) -> list[Path]:
    """All files below a folder; links are not followed."""
    return [Path(place, name) for place, _, names in os.walk(folder) for name in names]


def find_records(root: Path) -> list[Record]:
    """The runs below ``root``, in natural order. A folder whose ``config.yaml`` is no run's is passed over."""
    found = []
    for place, folders, names in os.walk(root):
        if CONFIG in names:
            folders.clear()
            record = read_config(Path(place), root)
            found += [record] if record else []
    return sorted(found, key=lambda record: natural(str(record)))


def read_record(folder: Path, root: Path) -> Record:
    """The run at ``folder``, or at that place below ``root``.

    Raises:
        UsageError: There is none.
    """
    for path in (folder, root / folder):
        record = read_config(path, root) if (path / CONFIG).is_file() else None
        if record:
            return record
    raise UsageError(
        f"there is no run at {folder}, nor below {root}: give the folder of a run, such as {root}/dcgan/version_0, or "
        "what the command runs calls it"
    )


def read_config(folder: Path, root: Path) -> Record | None:
    """The run in ``folder``, called by its place below ``root``; None if its configuration is no run's."""
    try:
        text = (folder / CONFIG).read_text(encoding="utf-8")
        config = yaml.safe_load(text)
        check_expansion(config, parts, len(text), CONFIG)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None
    if not (text.startswith(HEADER) and isinstance(config, dict) and {"model", "trainer"} <= config.keys()):
        return None
    place = Path(os.path.abspath(folder))
    above = Path(os.path.abspath(root))
    names = place.relative_to(above).parts if above in place.parents else place.parts[-2:]
    return Record(folder, "/".join(names[:-1]), names[-1] if names else place.name, config)


def natural(text: str) -> list[tuple[int, int | str]]:
    """A key to sort by in which numbers count as numbers, however many zeros they begin with."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", text) if part]
