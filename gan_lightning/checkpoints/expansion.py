"""How large data become once everything that they repeat by reference is written out.

A file of a few hundred bytes can refer to a list of references to lists of references, ten times each: nothing is large
until somebody walks through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gan_lightning.errors import UsageError

ALLOWANCE = 100_000
"""Values that a file may unfold to beyond one for each of its bytes."""

DEEPEST = 60
"""Levels of nesting; a configuration has about ten."""


def check_expansion(root: Any, inside: Callable[[Any], Iterable[Any]], size: int, name: str) -> None:
    """Refuses data that unfold to far more values than their file has bytes, or that are nested without end.

    Args:
        root: The data.
        inside: From a value to the values that it is made of.
        size: Of the file, in bytes.
        name: What a message calls the file.

    Raises:
        UsageError: They do.
    """
    waiting, left = [(root, 0)], size + ALLOWANCE
    while waiting:
        value, depth = waiting.pop()
        left -= 1
        if left < 0 or depth > DEEPEST:
            raise UsageError(
                f"{name} repeats or nests its values so often that they would fill the memory: do not trust it, or "
                "write out what it refers to"
            )
        waiting.extend((part, depth + 1) for part in inside(value))


def parts(value: Any) -> Iterable[Any]:
    """What a container of plain data holds."""
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, (list, tuple, set, frozenset)) else ()
