"""Turns constructor arguments into plain data, so that a checkpoint can say how to build its model.

An object is described as the command line's YAML describes it: ``{"class_path": ..., "init_args": {...}}``. For that it
has to keep each constructor argument as an attribute of the same name, as every loss and network here does.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Mapping
from typing import Any

from lightning.pytorch import LightningModule
from lightning.pytorch.utilities import rank_zero_warn


def describe(value: Any) -> Any:
    """``value`` as numbers, strings, lists and dictionaries.

    Raises:
        TypeError: ``value`` holds something that cannot be described, such as a lambda.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [describe(item) for item in value]
    if isinstance(value, Mapping):
        return {key: describe(item) for key, item in value.items()}
    if isinstance(value, type):
        return {"class_path": _path(value)}
    if isinstance(value, functools.partial):
        built = (value.func, *value.args)[-1]  # the class, also where the command line wraps its construction
        if isinstance(built, type):
            return {"class_path": _path(built), "init_args": describe(value.keywords)}
    elif not inspect.isroutine(value):
        names = inspect.signature(type(value)).parameters
        if all(hasattr(value, name) for name in names):
            arguments = {name: describe(getattr(value, name)) for name in names}
            return {"class_path": _path(type(value)), "init_args": arguments}
    raise TypeError(f"{value!r} cannot be described by plain data")


def keep_hyperparameters(model: LightningModule) -> None:
    """Called by a model's ``__init__``: keeps its constructor arguments as plain data, for checkpoints and loggers.

    Arguments that cannot be described are left out with a warning: whoever loads the checkpoint gives them again.
    """
    frame = inspect.currentframe()
    assert frame is not None
    own = inspect.signature(type(model)).parameters
    built = [name for name in ("generator", "discriminator") if name not in own]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is an instance of `nn.Module`.*")
        model.save_hyperparameters(ignore=built, frame=frame.f_back)
    if "_instantiator" in model.hparams:  # built by the command line, whose configuration is plain already
        accepted = {name for cls in type(model).__mro__ for name in inspect.signature(cls).parameters}
        for name in set(model.hparams) - accepted - {"_class_path", "_instantiator"}:
            del model.hparams[name]  # a link from the data that this model has no use for
        return
    described = {"_class_path": _path(type(model)), "_instantiator": "lightning.pytorch.cli.instantiate_module"}
    left_out = []
    for name, value in model.hparams.items():
        try:
            described[name] = describe(value)
        except TypeError:
            left_out.append(name)
    model.hparams.clear()
    model.save_hyperparameters(described)
    if left_out:
        rank_zero_warn(
            f"checkpoints cannot keep {', '.join(left_out)}: give them again to load_from_checkpoint, or use a class "
            "that keeps its arguments as attributes of the same names"
        )


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
