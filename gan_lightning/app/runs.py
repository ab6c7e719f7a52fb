"""The trained models that the page chooses from, each loaded when it is first asked for."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import gan_lightning
from gan_lightning.app.reference import Reference, find_reference
from gan_lightning.errors import UsageError
from gan_lightning.models.digitwise import digit_checkpoints
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.weights import generator_file
from gan_lightning.storage.folders import CHECKPOINTS, run_name

KEPT = 8
"""Models that stay in memory, the last ones that were asked for."""


@dataclass(frozen=True)
class Trained:
    """A trained model.

    Args:
        model: In eval mode, where it stays, because threads that serve requests at once must not switch it.
        reference: What its images are compared with.
        folder: Of its run.
    """

    model: GenerativeModel
    reference: Reference
    folder: Path


class Runs:
    """Trained models by name.

    Args:
        paths: Where each is: a checkpoint, or the folder of a digit-wise run.
    """

    def __init__(self, paths: dict[str, Path]) -> None:
        self.paths = paths
        self._lock = threading.Lock()
        self._load = lru_cache(KEPT)(load)

    @property
    def names(self) -> list[str]:
        return list(self.paths)

    def open(self, name: str) -> Trained:
        """The model of that name.

        Raises:
            UsageError: There is none, its checkpoint is damaged, or as ``check_servable``.
        """
        if name not in self.paths:
            raise UsageError(f"there is no run {name} on this page: choose one of the list")
        with self._lock:
            return self._load(self.paths[name])


def load(path: Path) -> Trained:
    """The model at ``path``. Raises UsageError as ``Runs.open``."""
    model = gan_lightning.load(path).eval()
    check_servable(model)
    return Trained(model, find_reference(path, model), run_of(path))


def run_of(path: Path) -> Path:
    """The folder of the run that a checkpoint, or a digit-wise run, at ``path`` belongs to."""
    return path if path.is_dir() else path.parent.parent


def find_runs(path: Path) -> Runs:
    """The models at ``path``, the one that is asked for first.

    Args:
        path: A checkpoint, after which those beside it follow; the folder of a run, which has its best checkpoint
            first, or of a digit-wise one; or a folder with such folders somewhere in it.

    Raises:
        UsageError: There is none.
    """
    path = path.absolute()
    if path.is_file():
        beside = in_order(path.parent) if path.parent.name == CHECKPOINTS else []
        return Runs({f"{run_name(path)}, {found.stem}": found for found in dict.fromkeys([path, *beside])})
    if not path.is_dir():
        raise UsageError(f"there is no checkpoint at {path}: give a checkpoint, a run's folder or a folder of runs")
    if file := generator_file(path):
        return Runs({path.name: file})
    if digit_checkpoints(path):
        return Runs({path.name: path})
    if (path / CHECKPOINTS).is_dir():
        found = {f"{run_name(path)}, {checkpoint.stem}": checkpoint for checkpoint in in_order(path / CHECKPOINTS)}
    else:
        found = dict(pair for folder in sorted(path.rglob(CHECKPOINTS)) for pair in named(folder, path))
    if not found:
        raise UsageError(f"there is no checkpoint in {path}: give a checkpoint, a run's folder or a folder of runs")
    return Runs(found)


def named(folder: Path, top: Path) -> list[tuple[str, Path]]:
    """The names, as seen from ``top``, and the paths of the models that a folder of checkpoints belongs to."""
    run = folder.parent
    if run.name.startswith("digit_") and run.parent != top.parent:
        return [(str(run.parent.relative_to(top)), run.parent)]
    return [(f"{run.relative_to(top)}, {checkpoint.stem}", checkpoint) for checkpoint in in_order(folder)]


def in_order(folder: Path) -> list[Path]:
    """The checkpoints in ``folder``: the best, the last, and then the others from the newest to the oldest."""
    files = sorted(folder.glob("*.ckpt"), key=lambda file: file.stat().st_mtime, reverse=True)
    return sorted(files, key=lambda file: {"best": 0, "last": 1}.get(file.stem, 2))


def check_servable(model: GenerativeModel) -> None:
    """Draws once, so that a model that cannot be shown is refused before its page opens.

    Raises:
        UsageError: The images are neither grey nor RGB, or not finite.
    """
    channels = model.sample(1).shape[1]
    if channels not in (1, 3):
        raise UsageError(
            f"the model draws images of {channels} channels, and the page shows grey ones (1) or RGB (3): use "
            "python -m gan_lightning generate with an --output that ends in .npz"
        )
