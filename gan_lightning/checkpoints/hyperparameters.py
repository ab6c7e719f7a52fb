"""What a model's checkpoints say of how it is built."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities import rank_zero_warn

from gan_lightning.checkpoints.arguments import check_arguments
from gan_lightning.checkpoints.contents import CLASS_PATH
from gan_lightning.checkpoints.description import arguments_of, build, class_path, construct, describe
from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError

NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY


class Incomplete(UsageError):
    """A checkpoint lacks an argument that its model needs, such as a function that could not be kept."""


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
        Incomplete: An argument without a default is missing.
        UsageError: A class in them is not known here, or they do not fit the constructor.
    """
    described = {key: value for key, value in hyperparameters.items() if not key.startswith("_")} | overrides
    own = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
    required = [parameter.name for parameter in own if parameter.default is parameter.empty and parameter.kind in NAMED]
    missing = [name for name in required if name not in described]
    if missing:
        raise Incomplete(f"the checkpoint does not say {missing[0]} of {cls.__name__}: give it to load_from_checkpoint")
    check_arguments(cls, {key: value for key, value in described.items() if key not in overrides})
    return construct(cls, {key: value if key in overrides else build(value) for key, value in described.items()})


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
