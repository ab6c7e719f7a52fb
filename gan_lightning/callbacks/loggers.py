"""Loggers that may fail."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_warn

METHODS = (
    "log_metrics",
    "log_hyperparams",
    "log_graph",
    "log_image",
    "log_video",
    "after_save_checkpoint",
    "save",
    "finalize",
)
"""What a logger is asked to do while training."""


class LoggerFaults(Callback):
    """Has training go on where a logger fails, as on a full disk or without a network, with one warning."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        for logger in trainer.loggers:
            for name in METHODS:
                if name not in vars(logger) and hasattr(logger, name):
                    setattr(logger, name, surviving(logger, getattr(logger, name)))


def surviving(logger: Logger, method: Callable[..., Any]) -> Callable[..., Any]:
    """``method`` of ``logger`` with a warning in place of any exception, which may come from anybody's service."""

    @functools.wraps(method)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return method(*args, **options)
        except Exception as error:
            rank_zero_warn(f"{type(logger).__name__} failed ({' '.join(str(error).split())}): training goes on without")
            return None

    return call
