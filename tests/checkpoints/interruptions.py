"""Runs that are killed at a chosen moment, and what is left of a run to be compared."""

import os
import resource
import signal
import sys
import traceback
import warnings
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Callback

from gan_lightning.callbacks.history import read_history
from gan_lightning.cli import main
from gan_lightning.cli.lightning_cli import GANCLI

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
    "--loss_curves.every_n_epochs=2",
]
"""A run of four epochs of four batches of bundled digits, with a validation after every other epoch."""


TINY = ["--model=VanillaGAN", "--model.latent_dim=8", "--model.hidden_dims=[16,32]"]

MOMENTS = {
    "before the first batch": ("on_train_batch_start", 1),
    "within an epoch": ("on_train_batch_start", 7),
    "within a step": ("on_before_optimizer_step", 13),
    "after an epoch's last batch": ("on_train_batch_end", 8),
    "at an epoch's end": ("on_train_epoch_end", 2),
    "during validation": ("on_validation_batch_end", 3),
    "before the figures are logged": ("on_validation_epoch_end", 2),
    "while a checkpoint is made": ("on_save_checkpoint", 4),
    "after the end": ("on_train_end", 1),
    "while the last files are written": ("on_fit_end", 1),
}
"""Hooks of a ``NARROW`` run, and at which of their calls. A step takes two steps of optimisers."""


class Late(Callback):
    """Does something at the ``count``-th call of a hook."""

    def __init__(self, hook, count, action):
        self.left, self.action = count, action
        setattr(self, hook, self._count)

    def _count(self, *_):
        self.left -= 1
        if self.left == 0:
            self.action()


class Cut(Late):
    """Sends this process a signal then."""

    def __init__(self, hook, count=1, number=signal.SIGKILL):
        super().__init__(hook, count, lambda: os.kill(os.getpid(), number))


def limit_files(size):
    """From now on no file of this process can grow beyond ``size`` bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def in_child(function):
    """What becomes of a forked process that calls ``function``: its exit code, or minus the signal that killed it."""
    return exit_code(start(function))


def exit_code(child):
    """Waits for a process; gives its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def start(function):
    """The number of a forked process that calls ``function``."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background has ignored
        warnings.resetwarnings()  # pytest makes some of them errors, and keeps the others for itself
        warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
        try:
            function()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
            print(stop.code, file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return child


def command(folder, *words):
    """The words of ``fit``, its runs being in ``folder``. A bare ``--resume`` comes last, where it has no value."""
    named = [f"--trainer.logger.save_dir={folder}", "--trainer.logger.name=run"] if folder else []
    return ["fit", *sorted([*words, *named], key="--resume".__eq__)]


def start_fit(folder, *words):
    """Starts a training in a child process; gives its number."""
    return start(lambda: main(command(folder, *words)))


def fit(folder, *words):
    """Trains in a child process; gives its exit code."""
    return exit_code(start_fit(folder, *words))


def fit_with(callbacks, folder, *words):
    """``fit`` with further callbacks, which no configuration can name."""

    class WithCallbacks(GANCLI):
        def instantiate_trainer(self, **options):
            trainer = super().instantiate_trainer(**options)
            trainer.callbacks[:0] = callbacks if isinstance(callbacks, tuple) else [callbacks]
            return trainer

    def run():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gan_lightning.cli.run.run_lightning.__defaults__", (WithCallbacks,))
            main(command(folder, *words))

    return in_child(run)


def killed_and_resumed(folder, words, moment, number=signal.SIGKILL):
    """A run that was stopped at a moment and went on; gives its folder and the exit code when it was stopped."""
    code = fit_with(Cut(*MOMENTS[moment], number), folder, *words)
    assert fit(folder, *words, "--resume") == 0
    first, *others = sorted((folder / "run").iterdir())
    assert len(others) == (moment == "before the first batch"), "it goes on in its folder, if there is a checkpoint"
    return [first, *others][-1], code


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


TIMES = "images_per_second", "/seconds", "datamodule_hyper_parameters", "hyper_parameters", "/loops"
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
        elif path.suffix in (".png", ".gif"):
            left[name] = path.read_bytes()
        elif path.suffix == ".csv":
            left[name] = [{key: value for key, value in row.items() if key != "seconds"} for row in read_history(path)]
    return left


def differences(a: Path, b: Path) -> list[str]:
    """What the remains of two runs differ in."""
    left, right = remains(a), remains(b)
    same = {
        name: torch.equal(left[name], right[name])
        if isinstance(left[name], torch.Tensor)
        else left[name] == right[name]
        for name in left.keys() & right.keys()
    }
    return sorted([*(left.keys() ^ right.keys()), *(name for name, equal in same.items() if not equal)])
