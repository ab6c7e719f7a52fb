"""Signals that stop a training, which finishes its batch and saves before it obeys."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from types import FrameType
from typing import Any

import torch
from lightning.fabric.plugins.environments import SLURMEnvironment
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only

from gan_lightning.callbacks.checkpoints import LastCheckpoint

SAVING = getattr(signal, "SIGUSR1", None)
"""Saves, and the training goes on; under SLURM the job is queued again, as ``sbatch --signal=USR1@120`` asks for."""

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1") if hasattr(signal, name)]
"""Ctrl-C, what ``kill`` and schedulers send, a terminal that closes, and ``SAVING``. Windows has two of them."""


class Interrupted(SystemExit):
    """A training that a signal stopped. The process exits with 128 + the signal's number, as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


class GracefulStop(Callback):
    """On a signal, finishes the batch, has ``LastCheckpoint`` save, says so and stops; a second one stops at once.

    Ctrl-C (SIGINT), SIGTERM and SIGHUP end the process with 130, 143 and 129. SIGUSR1 saves and goes on; under SLURM it
    saves, queues the job again and stops.
    """

    def __init__(self) -> None:
        self.received = 0
        """The signal that came; 0 for none."""
        self.agreed = 0
        """The signal that all processes obey after this batch; 0 for none."""
        self._handlers: dict[int, Any] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Listens, in place of the handlers that Lightning has registered by now."""
        self.received = self.agreed = 0
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            if (before := signal.getsignal(number)) is not signal.SIG_IGN:  # as nohup has it for SIGHUP
                self._handlers[number] = before
                signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received not in (0, SAVING) and number != SAVING:
            raise Interrupted(number)
        self.received = self.received if number == SAVING and self.received else number

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        self._agree(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._agree(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._agree(trainer)

    def _agree(self, trainer: Trainer) -> None:
        self.agreed = self.received
        if trainer.world_size > 1:  # all have to stop after the same batch
            received = torch.tensor(self.received, device=trainer.strategy.root_device)
            self.agreed = int(trainer.strategy.reduce(received, reduce_op="max"))
        if self.agreed:
            for callback in checkpoints(trainer):
                callback.wanted = True

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        self._obey(trainer)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._obey(trainer)

    def _obey(self, trainer: Trainer) -> None:
        """What was asked for during the batch before, now that its checkpoint is there."""
        if not self.agreed:
            return
        number = signal.Signals(self.agreed)
        self.received = 0 if self.received == self.agreed else self.received
        self.agreed = 0
        paths = [f"saved in {callback.last_model_path}" for callback in checkpoints(trainer)]
        say(f"{number.name} after {trainer.global_step:,} batches: {' and '.join(paths) or 'nothing is saved'}")
        if number != SAVING:
            raise Interrupted(number)
        if SLURMEnvironment.detect():
            requeue()
            raise Interrupted(number)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._restore()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}


def checkpoints(trainer: Trainer) -> list[LastCheckpoint]:
    """What saves the newest state."""
    return [callback for callback in trainer.checkpoint_callbacks if isinstance(callback, LastCheckpoint)]


@rank_zero_only
def say(message: str) -> None:
    """Tells the person at the terminal, or the log."""
    print(message, file=sys.stderr, flush=True)


@rank_zero_only
def requeue() -> None:
    """Has SLURM start this job again."""
    job = os.environ["SLURM_JOB_ID"]
    if "SLURM_ARRAY_JOB_ID" in os.environ:
        job = f"{os.environ['SLURM_ARRAY_JOB_ID']}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    try:
        subprocess.run(["scontrol", "requeue", job], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"the job could not be queued again: {error}")
