"""What a model's checkpoints say of how it is built."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities import rank_zero_warn

from gan_lightning.checkpoints.description import arguments_of, build, check_classes, class_path, describe
from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError

CLASS_PATH = "_class_path"
"""The key of the hyperparameters under which Lightning's command line, too, keeps the model's class."""


def keep_hyperparameters(model: LightningModule) -> list[str]:
    """Called by a model's ``__init__``: keeps its constructor's arguments as plain data, for checkpoints and loggers.

    Arguments that cannot be described are left out with a warning: whoever loads a checkpoint gives them again. Returns
    their names.
    """
    assert isinstance(model, Rebuildable)
    described, left_out = {CLASS_PATH: class_path(type(model))}, []
    for name, value in arguments_of(model).items():
        try:
            described[name] = describe(value)
        except TypeError:
            left_out.append(name)
    model.save_hyperparameters(described)
    if left_out:
        rank_zero_warn(
            f"checkpoints cannot keep {', '.join(left_out)}: give them again to load_from_checkpoint, or use a class "
            "that can be described, such as functools.partial(Adam, lr=1e-4) instead of a lambda"
        )
    return left_out


def rebuild(cls: type, hyperparameters: dict[str, Any], overrides: dict[str, Any]) -> Any:
    """A ``cls`` of these hyperparameters, with new weights; ``overrides`` replace arguments.

    Raises:
        UsageError: A class in them is not known here, or they do not fit the constructor.
    """
    described = {key: value for key, value in hyperparameters.items() if not key.startswith("_")} | overrides
    check_classes({key: value for key, value in described.items() if key not in overrides})
    arguments = {key: value if key in overrides else build(value) for key, value in described.items()}
    try:
        return cls(**arguments)
    except TypeError as error:
        raise UsageError(
            f"the checkpoint's options do not fit {cls.__name__} as it is here ({error}): give what is missing to "
            "load_from_checkpoint, or use the version of the code that trained it"
        ) from error


def check_rebuildable(model: LightningModule, left_out: list[str]) -> None:
    """Builds the model anew from its hyperparameters, as loading a checkpoint would, and compares the two.

    Called before training starts, so that no run ends with a checkpoint that cannot be loaded.

    Raises:
        UsageError: The result has other weights than the model.
    """
    if left_out:
        return
    with torch.random.fork_rng(devices=[]):
        twin = rebuild(type(model), dict(model.hparams), {})
    shapes, found = ({name: tuple(x.shape) for name, x in m.state_dict().items()} for m in (model, twin))
    if shapes != found:
        differing = sorted(name for name in shapes.keys() | found.keys() if shapes.get(name) != found.get(name))
        raise UsageError(
            f"a checkpoint of this {type(model).__name__} could not be loaded, since its constructor, called with the "
            f"same arguments, makes other weights ({differing[0]}): pass to it all that its networks depend on"
        )
