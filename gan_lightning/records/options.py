"""The options of a run as flat names and values, as they are typed, and how two sets of them differ."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

Options = dict[str, Any]
"""Values by the names that they have on a command line, such as ``model.generator_optimizer.lr``."""

SHORT = "gan_lightning.", "lightning.", "pytorch_lightning."
"""Packages whose classes are typed by their names alone."""

SILENT = "trainer.logger", "trainer.default_root_dir", "trainer.enable_progress_bar", "data.root", "data.download"
"""Options that say where files are and what is printed, which changes no result; names that begin like these, too."""

OF_THE_COMMAND = "ckpt_path", "verbose", "weights_only", "resume"


class ClassPath(str):
    """The path of a class that an option names, by the module that the class is written in, where it is known."""

    def __new__(cls, path: str) -> ClassPath:
        known = known_class(path)
        return super().__new__(cls, f"{known.__module__}.{known.__qualname__}" if known else path)


def known_class(path: str) -> type | None:
    """The class of that path, if it was imported already: a configuration of somebody else's names what it likes."""
    module, _, name = str(path).rpartition(".")
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else None


def flatten(config: Mapping[str, Any]) -> Options:
    """The options in the content of a ``config.yaml``, without those that change no result."""
    return {
        name: value for name, value in leaves("", config) if not name.startswith(SILENT) and name not in OF_THE_COMMAND
    }


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each option below ``name``. The elements of a list have numbers where they are classes."""
    if isinstance(value, Mapping) and "class_path" in value:
        yield name, ClassPath(value["class_path"])
        for arguments in ("init_args", "dict_kwargs"):
            yield from leaves(name, value.get(arguments) or {})
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(f"{name}.{key}" if name else str(key), part)
    elif isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        for index, part in enumerate(value):
            yield from leaves(f"{name}.{index}", part)
    else:
        yield name, value


def not_default(options: Options) -> Options:
    """The options without those that have the value that their class gives them by itself."""
    defaults = {name: default_arguments(path) for name, path in options.items() if isinstance(path, ClassPath)}
    return {
        name: value
        for name, value in options.items()
        if value != defaults.get(parent(name), {}).get(name.rpartition(".")[2], options)
    }


def default_arguments(path: ClassPath) -> Options:
    """The defaults of the arguments of a class, and of those that it derives from; none of one that is not known."""
    found: Options = {}
    for base in reversed(getattr(known_class(path), "__mro__", ())):
        if inspect.isfunction(vars(base).get("__init__")):
            parameters = inspect.signature(base.__init__).parameters.values()
            found |= {p.name: as_yaml(p.default) for p in parameters if p.default is not p.empty}
    return found


def as_yaml(value: Any) -> Any:
    """A default as a configuration has it; of an object that is its class."""
    if isinstance(value, (list, tuple)):
        return [as_yaml(part) for part in value]
    plain = value is None or isinstance(value, (bool, int, float, str))
    return value if plain else ClassPath(f"{type(value).__module__}.{type(value).__qualname__}")


def parent(name: str) -> str:
    return name.rpartition(".")[0]


def changes(options: Options, base: Options) -> Options:
    """What a run with ``options`` has otherwise than one with ``base``; null for what it leaves out."""
    own, other = not_default(options), not_default(base)
    changed = {}
    for name in dict.fromkeys([*own, *other]):
        goes_with_its_class = name not in options and options.get(parent(name)) != base.get(parent(name))
        if own.get(name) != other.get(name) and not goes_with_its_class:
            changed[name] = options.get(name)
    return changed


def as_word(value: Any) -> str:
    """The value of an option as it is typed."""
    if isinstance(value, ClassPath):
        return value.rpartition(".")[2] if value.startswith(SHORT) else str(value)
    return value if isinstance(value, str) else json.dumps(value, default=str)
