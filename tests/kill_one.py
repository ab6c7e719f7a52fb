"""Run as a script by test_processes.py: the command line, whose process of rank 1 is killed once, before a batch.

python kill_one.py FLAG BATCH WORD..., where the file FLAG says that it happened.
"""

import os
import signal
import sys
from pathlib import Path

from lightning.pytorch import Callback

from gan_lightning.cli import main, run
from gan_lightning.cli.lightning_cli import GANCLI


class KillOne(Callback):
    """Kills the process of rank 1 before a batch, unless it was done before."""

    def __init__(self, flag, batch):
        self.flag, self.batch = Path(flag), int(batch)

    def on_train_batch_start(self, trainer, *_):
        if trainer.global_rank == 1 and trainer.global_step == self.batch and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)


class Killed(GANCLI):
    """The command line with that callback."""

    def instantiate_trainer(self, **options):
        trainer = super().instantiate_trainer(**options)
        trainer.callbacks.insert(0, KillOne(*sys.argv[1:3]))
        return trainer


if __name__ == "__main__":
    run.run_lightning.__defaults__ = (Killed,)
    main(sys.argv[3:])
