"""Loggers that may fail."""

from __future__ import annotations

import functools
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import Logger, MLFlowLogger

from gan_lightning.storage.writing import warn_once

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
    """Has training go on where a logger fails, as on a full disk or without a network, with one warning.

    Loggers are handed hyperparameters as plain data, so that what they write of them names no code to be run.
    """

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        for logger in trainer.loggers:
            for name in METHODS:
                if name not in vars(logger) and hasattr(logger, name):
                    method = getattr(logger, name)
                    if name == "log_hyperparams":
                        method = given_plain_data(logger, method)
                    setattr(logger, name, forgiven(logger, method))


@contextmanager
def forgiving(logger: Logger) -> Iterator[None]:
    """Goes on with a warning after any exception, which may come from anybody's service."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())
        warn_once(f"{type(logger).__name__} of {logger.save_dir} failed ({reason}): training goes on without")


def forgiven(logger: Logger, method: Callable[..., Any]) -> Callable[..., Any]:
    """``method`` of ``logger``, after whose failure training goes on."""

    @functools.wraps(method)
    def call(*args: Any, **options: Any) -> Any:
        with forgiving(logger):
            return method(*args, **options)

    return call


def given_plain_data(logger: Logger, log_hyperparams: Callable[..., Any]) -> Callable[..., Any]:
    """``log_hyperparams`` of ``logger``, to which tuples are lists and what is no plain data is text.

    MLflow refuses to change them, so a run that goes on keeps those of its beginning.
    """

    @functools.wraps(log_hyperparams)
    def call(params: Any, *args: Any, **options: Any) -> Any:
        if isinstance(logger, MLFlowLogger) and logger.experiment.get_run(logger.run_id).data.params:
            return None
        return log_hyperparams(plain(vars(params) if isinstance(params, Namespace) else params), *args, **options)

    return call


def plain(value: Any) -> Any:
    """``value`` as what YAML and JSON have: dictionaries, lists, text, numbers, true, false and null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or type(value) in (bool, int, float, str) else str(value)
