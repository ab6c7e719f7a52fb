"""Runs that are killed at a chosen moment, and what is left of a run to be compared."""

import os
import signal
import sys
import traceback
from pathlib import Path

import torch
from lightning.pytorch import Callback

from gan_lightning.cli import main

NARROW = [
    "--data.dataset=digits",
    "--data.batch_size=8",
    "--trainer.accelerator=cpu",
    "--trainer.limit_train_batches=4",
    "--trainer.limit_val_batches=2",
    "--trainer.check_val_every_n_epoch=2",
    "--trainer.max_epochs=4",
    "--trainer.log_every_n_steps=1",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
    "--metrics.num_images=20",
    "--sample_grid.rows=2",
    "--sample_grid.columns=2",
    "--real_v_generated.side=2",
]
"""A run of four epochs of four batches of bundled digits, with a validation after every other epoch."""


class Cut(Callback):
    """Sends this process a signal at the ``count``-th call of a hook."""

    def __init__(self, hook: str, count: int = 1, number: int = signal.SIGKILL) -> None:
        self.hook, self.left, self.number = hook, count, number
        setattr(self, hook, self._strike)

    def _strike(self, *_):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.number)


def in_child(function):
    """What becomes of a forked process that calls ``function``: its exit code, or minus the signal that killed it."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            function()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
            if code == 1:
                traceback.print_exc()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def command(folder, *words):
    """The words of a run of ``fit`` with its folder in ``folder``."""
    return ["fit", *words, f"--trainer.logger.save_dir={folder}", "--trainer.logger.name=run"]


def fit(folder, *words):
    """Trains in a child process; gives its exit code."""
    return in_child(lambda: main(command(folder, *words)))


def fit_with(callback, folder, *words):
    """``fit`` with one more callback, which no configuration names."""
    from gan_lightning.cli.lightning_cli import GANCLI
    from gan_lightning.cli.run import run_lightning

    class WithCallback(GANCLI):
        def instantiate_trainer(self, **options):
            trainer = super().instantiate_trainer(**options)
            trainer.callbacks.insert(0, callback)
            return trainer

    return in_child(lambda: run_lightning(command(folder, *words), WithCallback))


def tensors(value, name=""):
    """All tensors and numbers in a checkpoint, by where they are."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from tensors(item, f"{name}/{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from tensors(item, f"{name}/{index}")
    else:
        yield name, value


TIMES = "images_per_second", "datamodule_hyper_parameters", "hyper_parameters", "/loops"
"""What two runs may differ in."""


def remains(run: Path) -> dict:
    """What a run has left: each value of its checkpoints, its rows, and the bytes of its pictures."""
    left = {}
    for path in sorted(run.rglob("*")):
        name = str(path.relative_to(run))
        if path.suffix == ".ckpt":
            for key, value in tensors(torch.load(path, weights_only=True)):
                if not any(time in key for time in TIMES):
                    left[f"{name}{key}"] = value
        elif path.suffix in (".png", ".gif", ".csv"):
            left[name] = path.read_bytes()
    return left


def differences(a: Path, b: Path) -> list[str]:
    """What the remains of two runs differ in."""
    left, right = remains(a), remains(b)
    same = {
        name: torch.equal(left[name], right[name]) if isinstance(left[name], torch.Tensor) else left[name] == right[name]
        for name in left.keys() & right.keys()
    }
    return sorted([*(left.keys() ^ right.keys()), *(name for name, equal in same.items() if not equal)])
