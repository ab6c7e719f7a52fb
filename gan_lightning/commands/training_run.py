"""Runs of other commands in processes of their own, each with a folder, that go on where they were interrupted."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gan_lightning.commands.children import Children
from gan_lightning.errors import UsageError
from gan_lightning.storage.shipped import config_file


@dataclass(frozen=True)
class Run:
    """A configuration that is trained once and then tested.

    Args:
        config: Its YAML file.
        seed: Of everything random, the order of the images included.
        options: Further options of fit and test.
        parent: The folder that holds the run's own.
        name: What the run's folder and log are called.
    """

    config: str
    seed: int
    options: list[str]
    parent: Path
    name: str
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables for its processes."""
    variation: list[str] = field(default_factory=list)
    """Options by which it differs from other runs of the same configuration and options."""

    @property
    def title(self) -> str:
        """What it is called where runs of several configurations, variations and seeds are told apart."""
        return ", ".join([self.config, *plain(self.variation), f"seed {self.seed}"])

    @property
    def folder(self) -> Path:
        """Where all of its files are."""
        return self.parent / self.name

    @property
    def log(self) -> Path:
        """What its processes print."""
        return self.parent / f"{self.name}.log"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoints" / "last.ckpt"

    @property
    def metrics(self) -> dict[str, Any] | None:
        """The contents of its metrics.json; None while it is not done."""
        path = self.folder / "metrics.json"
        return json.loads(path.read_text()) if path.is_file() else None

    def finish(self, children: Children) -> dict[str, Any]:
        """Trains and tests, as two of the ``children``, as far as that is still to be done; gives ``metrics``.

        Raises:
            UsageError: One of the two failed, or nothing was measured.
        """
        for command in ("fit", "test"):
            if self.metrics is None:
                self.perform(command, children)
        found = self.metrics
        if found is None:
            raise UsageError(f"nothing was measured, as {self.log} tells: give --metrics.num_images 1000 after --")
        return found

    def perform(self, command: str, children: Children, stop: Callable[[], bool] | None = None) -> None:
        """Runs fit or test as one of the ``children``, from the run's last checkpoint if it has one.

        Args:
            command: Which of the two.
            children: Where to.
            stop: Asked now and then whether to end it; it says so again afterwards.

        Raises:
            UsageError: It failed, though nothing had asked it to end.
        """
        place = {"save_dir": self.parent.parent, "name": self.parent.name, "version": self.name}
        words = [f"--config={self.config}", *self.options, *self.variation]
        words += [f"--data.seed={self.seed}", f"--seed_everything={self.seed}"]
        words += [f"--trainer.logger.{key}={value}" for key, value in place.items()]
        words += [f"--ckpt_path={self.checkpoint}"] if self.checkpoint.is_file() else []
        run_command([command, *words], self.log, children, self.environment, stop)


def run_command(
    words: Sequence[str],
    log: Path,
    children: Children,
    environment: dict[str, str],
    stop: Callable[[], bool] | None = None,
) -> None:
    """Runs a command line of this package as one of the ``children``, and adds what it prints to the file ``log``.

    Args:
        words: The command and its options.
        log: Where to; its folder is created if need be.
        children: Which it is one of.
        environment: Environment variables for it, besides those of this process.
        stop: Asked now and then whether to end it; it says so again afterwards.

    Raises:
        UsageError: It failed, though nothing had asked it to end.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        status = children.run(
            [sys.executable, "-m", "gan_lightning", *words],
            stop,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    if status and not (stop is not None and stop()):
        last = (log.read_text().strip() or "nothing was printed").splitlines()[-1]
        raise UsageError(f"{words[0]} failed, as {log} tells: {last}")


def identity(config: str, options: Sequence[str], variation: Sequence[str] = ()) -> str:
    """The configuration's name and a hash of all that it and the options say, comments apart.

    A variation of it has a hash of its own besides.
    """
    base = f"{Path(config).stem}-{digest([yaml.safe_load(config_file(config).read_text()), list(options)])}"
    return f"{base}-{digest(sorted(variation))}" if variation else base


def plain(variation: Sequence[str]) -> list[str]:
    """The options of a variation without their dashes."""
    return [word.removeprefix("--") for word in variation]


def digest(content: Any) -> str:
    """Eight digits that stand for ``content``."""
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:8]


def threads(at_once: int) -> dict[str, str]:
    """The environment of each of so many processes side by side: its share of the cores, unless that is set."""
    share = max(1, (os.cpu_count() or 1) // at_once)
    return {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(share))}
