"""What ``fit`` says at its end: where everything is, and what to type next."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from gan_lightning.callbacks import HTMLReport, PictureCallback
from gan_lightning.callbacks.history import history_of
from gan_lightning.metrics.report import FIGURES, as_text
from gan_lightning.storage.folders import run_folder

NEXT = {"draw": "generate --ckpt_path", "measure": "test --ckpt_path", "look": "app --ckpt_path"}
"""Commands for a run's folder."""


def ending(trainer: Trainer, callbacks: Iterable[Callback]) -> str:
    """The files of a run, its last figures, and commands to paste. All processes have to ask for it together."""
    folder = run_folder(trainer)
    lines = [
        (type(callback).__name__, str(callback.path))
        for callback in callbacks
        if isinstance(callback, (PictureCallback, HTMLReport)) and callback.path
    ]
    lines.append(("run folder", str(folder)))
    measured = [row for row in history_of(trainer) if "val/fid" in row]
    if measured:
        shown = {name: measured[-1][f"val/{name}"] for name in FIGURES if f"val/{name}" in measured[-1]}
        figures = [f"{name} {as_text(name, shown[name])}" for name in ("fid", "label_accuracy") if name in shown]
        lines.append(("figures", f"{', '.join(figures)} after epoch {measured[-1]['epoch'] + 1:.0f}"))
    lines += [(what, f"{installed('python')} -m gan_lightning {command} {folder}") for what, command in NEXT.items()]
    if isinstance(trainer.logger, TensorBoardLogger):
        lines.append(("watch it", f"{installed('tensorboard')} --logdir {trainer.logger.save_dir}"))
    return "\n".join(f"{what:>20}: {where}" for what, where in lines)


def installed(program: str) -> str:
    """How to call the ``program`` that is installed beside this package."""
    beside = Path(sys.executable).parent / program
    on_path = shutil.which(program)
    return program if on_path and Path(on_path).samefile(beside) else os.path.relpath(beside)
