"""Whether what a file gives for an argument is what the class has there, before anything is built."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from gan_lightning.checkpoints.description import known_class, names_code
from gan_lightning.errors import UsageError

NUMBERS = bool, int, float
"""One stands for the other; the class itself says which it does not take."""


def check_built(description: Any, *bases: type) -> None:
    """Checks a description of an object that is to be one of ``bases``, and all within it.

    Raises:
        UsageError: A class in it is not known here or of another kind than its place takes, or a value is no such
            thing as its place takes.
    """
    cls = known_class(description["class_path"], *bases)
    check_arguments(cls, description.get("init_args", {}))


def check_arguments(cls: type, arguments: Any) -> None:
    """Checks the described arguments of ``cls``. Raises UsageError as ``check_built``."""
    if not isinstance(arguments, Mapping) or not all(isinstance(name, str) for name in arguments):
        raise UsageError(f"the checkpoint has no options of {cls.__name__} where they belong: do not trust it")
    hints = hints_of(cls)
    for name, value in arguments.items():
        check_value(value, hints.get(name, Any), f"{cls.__name__}'s {name}")


@functools.cache
def hints_of(cls: type) -> dict[str, Any]:
    """The type of each argument that the constructors of ``cls`` and its bases declare."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        init = vars(base).get("__init__")
        if not inspect.isfunction(init):
            continue
        try:
            known = get_type_hints(init)
        except (NameError, TypeError):  # names that only type checkers import
            known = {}
        for name, parameter in inspect.signature(init).parameters.items():
            hint = known.get(name, Any)
            hints[name] = Union[hint, None] if parameter.default is None else hint  # noqa: UP007
    return hints


def check_value(value: Any, hint: Any, where: str) -> None:
    """Raises UsageError where ``value`` describes nothing that ``hint`` admits."""
    admitted = list(members(hint))
    if isinstance(value, Mapping) and "class_path" in value:
        if Any not in admitted and not any(map(objects, admitted)):
            raise refused(value["class_path"], where)
        strange = sorted(map(str, value.keys() - {"class_path", "init_args"}))
        if strange:
            raise refused(strange[0], where)
        cls = known_class(value["class_path"])
        expected = tuple(kind for member in admitted for kind in objects(member))
        if Any not in admitted and not issubclass(cls, expected):
            raise refused(value["class_path"], where)
        check_arguments(cls, value.get("init_args", {}))
    elif isinstance(value, (list, tuple)):
        inner = [found for member in admitted if (found := items(member, len(value)))]
        if not inner:
            raise refused(list(value), where)
        for index, item in enumerate(value):
            check_value(item, Union[tuple(found[index] for found in inner)], where)  # noqa: UP007
    elif isinstance(value, Mapping):
        inner_hints = [(get_args(member) or (Any, Any))[1] for member in admitted if is_mapping(member)]
        if not inner_hints:
            raise refused(dict(value), where)
        for name, item in value.items():
            check_value(item, Union[tuple(inner_hints)], f"{where}.{name}")  # noqa: UP007
    elif not any(is_plain(value, member) for member in admitted):
        raise refused(value, where)
    elif isinstance(value, str) and Any in admitted and names_code(value):
        known_class(value)
        raise refused(value, where)


def refused(value: Any, where: str) -> UsageError:
    """What is said of a value that does not belong where it is."""
    text = " ".join(str(value).split())
    return UsageError(
        f"the checkpoint has {text if len(text) <= 80 else text[:80] + '…'} for {where}, which is not what belongs "
        "there: do not trust it"
    )


def members(hint: Any) -> Iterator[Any]:
    """The members of a union, or the hint itself; ``Any`` for what is too general to check."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        for member in get_args(hint):
            yield from members(member)
    elif origin is typing.Annotated:
        yield from members(get_args(hint)[0])
    elif hint is inspect.Parameter.empty or hint is object or isinstance(hint, (typing.TypeVar, str)):
        yield Any
    else:
        yield hint


def objects(member: Any) -> tuple[type, ...]:
    """The classes of which an object may be described there: the class itself, or what a function there gives."""
    if get_origin(member) is not None and issubclass_of(get_origin(member), Callable):  # type: ignore[arg-type]
        result = (get_args(member) or (None,))[-1]
        return objects(result)
    if get_origin(member) is type:
        return tuple(filter(inspect.isclass, get_args(member)))
    return (member,) if inspect.isclass(member) and member.__module__ != "builtins" else ()


def items(member: Any, count: int) -> list[Any]:
    """The hints of ``count`` items of a list; nothing where no list of that length belongs."""
    if member is Any or member in (list, tuple, Sequence):
        return [Any] * max(count, 1)
    origin, given = get_origin(member), get_args(member)
    if origin is tuple and given[-1:] != (...,):
        return list(given) if len(given) == count else []
    listed = issubclass_of(origin, Sequence) or origin in (typing.Iterable, typing.Collection)
    return [given[0]] * max(count, 1) if listed and given else []


def is_mapping(member: Any) -> bool:
    return member is Any or issubclass_of(get_origin(member) or member, Mapping)


def is_plain(value: Any, member: Any) -> bool:
    """Whether a number, text or None belongs where ``member`` is declared."""
    if member is Any:
        return True
    if get_origin(member) is Literal:
        return value in get_args(member)
    if not inspect.isclass(member):
        return False
    return issubclass(member, NUMBERS) if isinstance(value, NUMBERS) else isinstance(value, member)


def issubclass_of(cls: Any, base: type) -> bool:
    return inspect.isclass(cls) and issubclass(cls, base)
