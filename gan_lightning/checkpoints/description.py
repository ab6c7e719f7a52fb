"""Objects as plain data, and back: how a checkpoint says what its model was built from.

An object is described as the command line's YAML describes it, ``{"class_path": ..., "init_args": {...}}``, from the
arguments that its constructor was called with. Building it calls the class with the same arguments again.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError

FACTORIES = Optimizer, LRScheduler
"""Classes that a model is given to call, not instances of them."""


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
        return {"class_path": reachable(value)}
    if isinstance(value, functools.partial):
        built = (value.func, *value.args)[-1]  # the class, also where the command line wraps its construction
        if isinstance(built, type):
            return {"class_path": reachable(built), "init_args": describe(value.keywords)}
    elif isinstance(value, Rebuildable):
        return {"class_path": reachable(type(value)), "init_args": describe(arguments_of(value))}
    raise TypeError(f"{value!r} cannot be described by plain data")


def arguments_of(built: Rebuildable) -> dict[str, Any]:
    """The arguments of the call that built it, by name, with its constructor's own defaults.

    Arguments that ``*args`` takes have the names that the next constructor up gives them.
    """
    args, kwargs = built.constructor_call
    own = inspect.signature(type(built).__init__).parameters.values()
    defaults = {p.name: p.default for p in own if p.default is not p.empty}
    return {**defaults, **dict(zip(positional_names(type(built)), args, strict=False)), **kwargs}


def positional_names(cls: type) -> Iterator[str]:
    """The names that positional arguments of ``cls`` have, in order."""
    for base in cls.__mro__:
        if "__init__" in vars(base):
            kinds = {p.name: p.kind for p in list(inspect.signature(base.__init__).parameters.values())[1:]}  # type: ignore[misc]
            yield from (name for name, kind in kinds.items() if kind is inspect.Parameter.POSITIONAL_OR_KEYWORD)
            if inspect.Parameter.VAR_POSITIONAL not in kinds.values():
                return


def build(description: Any) -> Any:
    """What ``describe`` has described; an optimiser or a scheduler as a function that builds it.

    Raises:
        UsageError: A class in it is not known here, or is none that a model is built from.
    """
    if isinstance(description, list):
        return [build(item) for item in description]
    if not isinstance(description, Mapping):
        return description
    if "class_path" not in description:
        return {key: build(item) for key, item in description.items()}
    cls = known_class(description["class_path"])
    arguments = build(description.get("init_args", {}))
    return functools.partial(cls, **arguments) if issubclass(cls, FACTORIES) else construct(cls, arguments)


def construct(cls: type, arguments: dict[str, Any]) -> Any:
    """A ``cls`` of arguments that a file gives.

    Raises:
        UsageError: They do not fit it. What is wrong with them, torch says in many ways.
    """
    try:
        return cls(**arguments)
    except UsageError:
        raise
    except (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"the checkpoint's options do not fit {cls.__name__} as it is here ({reason}): give what is missing to "
            "load_from_checkpoint, or use the version of the code that trained it"
        ) from error


def known_class(path: Any, *expected: type) -> type:
    """The class of that path, if it was imported already and is one of ``expected``: what a model is built from.

    Importing whatever a file asks for, or calling any function that it names, would run code of the file's choosing.

    Raises:
        UsageError: It was not, or may not.
    """
    module, _, name = str(path).rpartition(".")
    cls = getattr(sys.modules.get(module), name, None)
    if cls is None and isinstance(path, str) and module:
        raise UsageError(f"the checkpoint was trained with {path}, which is not known here: give --import {module}")
    if not (isinstance(cls, type) and issubclass(cls, expected or (Rebuildable, *FACTORIES))):
        raise UsageError(f"the checkpoint names {path}, which is nothing that a model is built from: do not trust it")
    return cls


def names_code(text: str) -> bool:
    """Whether ``text`` is a path into a module that could be imported, which the command line would do."""
    words = text.split(".")
    return len(words) > 1 and all(word.isidentifier() for word in words) and find_spec(words[0]) is not None


def reachable(cls: type) -> str:
    """The path of a class.

    Raises:
        TypeError: It is not found there again, as of a class that was defined in a function.
    """
    path = class_path(cls)
    module, _, name = path.rpartition(".")
    if getattr(sys.modules.get(module), name, None) is not cls:
        raise TypeError(f"{path} is not found by its path")
    return path


def class_path(cls: type) -> str:
    """The path that ``known_class`` finds ``cls`` by."""
    return f"{cls.__module__}.{cls.__qualname__}"
