"""``config.yaml``: all of a run's options, to run it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.cli import SaveConfigCallback

from gan_lightning.cli.resuming import RESUME, forget_folder
from gan_lightning.storage.folders import run_folder
from gan_lightning.storage.writing import surviving, write_text


class SaveConfig(SaveConfigCallback):
    """Saves the complete configuration of ``fit`` as ``config.yaml`` in the run folder, whichever logger names it.

    Args:
        goes_on: Whether the run goes on in its own folder, which a run from this configuration does not.
        args: The arguments of Lightning's own.
        options: The options of Lightning's own.
    """

    def __init__(self, *args: Any, goes_on: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.goes_on = goes_on

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        folder = run_folder(trainer)
        if stage == "fit" and trainer.is_global_zero:
            with surviving("config.yaml", folder):
                write_text(folder / "config.yaml", self._written())

    def _written(self) -> str:
        """The configuration as YAML, which other commands take, too: ``--resume`` is no part of it.

        It is not validated: what a class has made of its arguments is no mistake of the user's any more.
        """
        config = self.config.clone()
        config.pop(RESUME.removeprefix("--"), None)
        if self.goes_on:
            forget_folder(config)
        if not config.trainer.logger:  # the root is the run's own folder, and another run has one beside it
            config.trainer.default_root_dir = str(Path(config.trainer.default_root_dir).parent)
        return self.parser.dump(config, skip_validation=True)
