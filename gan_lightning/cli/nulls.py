"""Arguments that are null and cannot be: the parser takes null for any argument of a class with links, as the model."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from jsonargparse import Namespace

from gan_lightning.errors import UsageError

NULLABLE = "None", "Optional", "Any"
"""What an annotation says where null is a value like others."""


def check_nulls(option: str, given: Any) -> None:
    """Raises UsageError where an argument of the class that ``option`` was ``given``, or of one within, is null."""
    if not (isinstance(given, Namespace) and "class_path" in given):
        return
    module, _, name = given.class_path.rpartition(".")
    cls = getattr(sys.modules.get(module), name, None)
    known = arguments(cls) if isinstance(cls, type) else {}
    for name, value in vars(given.get("init_args") or Namespace()).items():
        if value is None and name in known and not may_be_null(known[name]):
            raise UsageError(f"{option}.{name} cannot be null: leave it out for what it is by default")
        check_nulls(f"{option}.{name}", value)


def arguments(cls: type) -> dict[str, inspect.Parameter]:
    """The arguments of a class and of those that it derives from, to which it may hand them on."""
    known: dict[str, inspect.Parameter] = {}
    for base in reversed(cls.__mro__):
        if inspect.isfunction(vars(base).get("__init__")):
            known |= inspect.signature(base.__init__).parameters  # type: ignore[misc]
    return known


def may_be_null(parameter: inspect.Parameter) -> bool:
    """Whether null is the default or a value of the annotation; what has none may be anything.

    An argument without a default is given by a link, such as the shape of the data's images, or is missed by others.
    """
    annotation = "" if parameter.annotation is parameter.empty else str(parameter.annotation)
    unsaid = not annotation or parameter.default in (None, parameter.empty)
    return unsaid or any(word in annotation for word in NULLABLE)
