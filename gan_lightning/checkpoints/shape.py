"""What a file has to hold at each place, and the sentence where it holds something else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gan_lightning.errors import UsageError

LARGEST = 2**53
"""Counters stay below it: beyond, floats no longer tell neighbours apart."""


class Rule(NamedTuple):
    """What holds for a value, and how a message calls it."""

    holds: Callable[[Any], bool]
    expected: str


class Each(NamedTuple):
    """A ``dict`` of any keys or a ``list``, each of whose values is of one shape."""

    kind: type
    shape: Any


class Keys(NamedTuple):
    """A dictionary with these keys, which may have others, too."""

    shapes: dict[str, Any]
    required: bool = True


ANYTHING = Rule(lambda value: True, "anything")
FLAG = Rule(lambda value: isinstance(value, bool), "true or false")
COUNT = Rule(
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST,
    "a whole number from 0 up",
)
SEED = Rule(lambda value: isinstance(value, int) and -(2**63) <= value < 2**64, "a whole number of 64 bits")
NUMBER = Rule(
    lambda value: (isinstance(value, (int, float)) and not isinstance(value, bool)) or is_scalar(value), "a number"
)
FINITE = Rule(lambda value: NUMBER.holds(value) and math.isfinite(value), "a finite number")
TEXT = Rule(lambda value: isinstance(value, str), "text")
SCALAR = Rule(lambda value: is_scalar(value), "a tensor of one number")
WEIGHTS = Rule(
    lambda value: isinstance(value, Tensor) and value.layout == torch.strided and not value.is_complex(),
    "a tensor of real numbers",
)


def is_scalar(value: Any) -> bool:
    return isinstance(value, Tensor) and value.ndim == 0 and not value.is_complex()


def optional(shape: Rule) -> Rule:
    """``shape`` or nothing."""
    return Rule(lambda value: value is None or shape.holds(value), f"{shape.expected}, or nothing")


def like(example: Any) -> Any:
    """The shape of data that an object wrote itself; where they are empty or None, anything may stand."""
    if isinstance(example, Mapping):
        return {key: like(value) for key, value in example.items()} if example else Each(dict, ANYTHING)
    if isinstance(example, (list, tuple)):
        return Each(list, like(example[0])) if example else Each(list, ANYTHING)
    if isinstance(example, Tensor):
        if not example.numel():
            return WEIGHTS
        size = tuple(example.shape)
        return Rule(lambda value: WEIGHTS.holds(value) and value.shape == size, f"a tensor of shape {size}")
    kinds = {bool: FLAG, int: COUNT, float: NUMBER, str: TEXT}
    return kinds.get(type(example), ANYTHING)


def check_shape(found: Any, shape: Any, where: str) -> None:
    """Raises UsageError, which says ``where``, if ``found`` is not of that shape.

    Args:
        found: What a file holds.
        shape: A Rule, an Each, Keys, or a dictionary of the shapes of exactly these keys.
        where: Names the file or the part of it.
    """
    if isinstance(shape, Rule):
        if not shape.holds(found):
            refuse(found, shape.expected, where)
    elif isinstance(shape, Each):
        kinds = (list, tuple) if shape.kind is list else (Mapping,)
        if not isinstance(found, kinds):
            refuse(found, "a list" if shape.kind is list else "a dictionary", where)
        for key, value in found.items() if isinstance(found, Mapping) else enumerate(found):
            check_shape(value, shape.shape, f"{where}.{key}")
    else:
        keys = shape.shapes if isinstance(shape, Keys) else shape
        if not isinstance(found, Mapping):
            refuse(found, f"a dictionary with {', '.join(map(str, keys)) or 'nothing'}", where)
        strange = [key for key in found if key not in keys]
        if strange and not isinstance(shape, Keys):
            raise UsageError(f"{where} has the unknown entry {text_of(strange[0])}: {ADVICE}")
        for key, inner in keys.items():
            if key in found:
                check_shape(found[key], inner, f"{where}.{key}")
            elif not isinstance(shape, Keys) or shape.required:
                raise UsageError(f"{where} has no {key}: {ADVICE}")


ADVICE = "it is damaged, or another program or version wrote it, so give another checkpoint"


def refuse(found: Any, expected: str, where: str) -> None:
    raise UsageError(f"{where} is {text_of(found)} and not {expected}: {ADVICE}")


def text_of(found: Any) -> str:
    """``found`` as a few words."""
    if isinstance(found, Tensor):
        return f"a tensor of shape {tuple(found.shape)}"
    if found is None or isinstance(found, (bool, float, str)) or (isinstance(found, int) and abs(found) < LARGEST):
        text = " ".join(repr(found).split())
        return text if len(text) <= 60 else f"{text[:60]}…"
    return f"of type {type(found).__name__}"
