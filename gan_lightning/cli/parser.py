"""An argument parser that says in one sentence what was mistyped and what was probably meant."""

from __future__ import annotations

import contextlib
import difflib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from typing import NoReturn, get_args

from lightning.pytorch.cli import LightningArgumentParser


class Parser(LightningArgumentParser):
    """LightningCLI's parser with errors of one sentence, on standard error, and exit status 2."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        if not self.exit_on_error:  # jsonargparse tries types one after the other
            super().error(message, ex)
        sys.stderr.write(f"error: {explain(message, self)}\n")
        sys.exit(2)


def explain(message: str, parser: LightningArgumentParser) -> str:
    """jsonargparse's ``message``, which may go over many lines, as one sentence with the nearest accepted word."""
    nested = re.search(r"NestedArg\(key='([\w.]+)'", message)
    group = re.search(r'Parser key "([\w.]+)"', message)
    option = f"--{group[1]}.{nested[1]}" if group and nested else f"--{group[1]}" if group else ""

    if unknown := re.search(r"unrecognized arguments: (--\S+)", message):
        return _misspelt(unknown[1].partition("=")[0], _options(parser))
    if unknown := re.search(r"does not accept option '([\w.]+)'", message):
        return _misspelt(f"--{unknown[1]}", _options(parser))
    if unknown := re.search(r"Option '([\w.]+)' is not accepted", message):
        prefix = option.rpartition(".")[0] if nested else ""
        return _misspelt(f"{prefix}.{unknown[1]}" if prefix else unknown[1], _options_of_classes(message, prefix))
    if unknown := re.search(r"Expected a dot import path string: (\S+)", message):
        return _misspelt(unknown[1], _class_names(), f"a class for {option}")
    if wrong := re.search(r"Expected an? <class '(\w+)'>\. Got value: (.+)", message):
        return f"{option} takes a value of type {wrong[1]}, not {wrong[2].strip()}"
    if wrong := re.search(r"invalid choice: '(\S+)' \(choose from (.+)\)", message):
        return _misspelt(wrong[1], re.findall(r"\w+", wrong[2]), "a command")
    if wrong := re.search(r"Given value: (?:NestedArg\(.*val='(.*)'\)|(.+))", message):
        kinds = [kind for kind in re.findall(r"Expected an? <class '(\w+)'>", message) if kind != "NoneType"]
        kinds += re.findall(r"Expected an? typing\.Literal\['(\w+)'\]", message)
        takes = f"takes a value of type {' or '.join(kinds)}" if kinds else "takes something else"
        return f"{option} {takes}, not {wrong[1] or wrong[2]}"
    return " ".join(message.split())


def _misspelt(word: str, known: Iterable[str], what: str = "an option") -> str:
    known = sorted(set(known))
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "--help lists what is accepted"
    return f"{word} is not {what}: {hint}"


def _options(parser: LightningArgumentParser) -> Iterator[str]:
    """Every option of the parser and of its subcommands, with the arguments of the classes that an option may name."""
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        for cls in get_args(getattr(action, "_typehint", None)):
            for name in _parameters(cls) if isinstance(cls, type) else ():
                yield f"--{action.dest}.{name}"
        if isinstance(action.choices, dict):
            for subparser in action.choices.values():
                yield from _options(subparser)


def _options_of_classes(message: str, prefix: str) -> Iterator[str]:
    """The arguments of the last class that ``message`` names."""
    paths = re.findall(r"class_path[= ]'([\w.]+)'", message)
    if paths:
        module, _, name = paths[-1].rpartition(".")
        for parameter in _parameters(getattr(sys.modules.get(module), name, object)):
            yield f"{prefix}.{parameter}" if prefix else parameter


def _class_names() -> Iterator[str]:
    """The names of this project's classes that an option may name."""
    for module in [module for name, module in sys.modules.items() if name.startswith("gan_lightning.")]:
        yield from (name for name, value in vars(module).items() if inspect.isclass(value))


def _parameters(cls: type) -> set[str]:
    """The constructor arguments of ``cls``, of its bases and of all that derive from it."""
    names = set()
    for member in (*cls.__mro__, *_subclasses(cls)):
        with contextlib.suppress(ValueError):  # some built-in types have no signature
            names |= set(inspect.signature(member).parameters)
    return names - {"args", "kwargs"}


def _subclasses(cls: type) -> Iterator[type]:
    direct: list[type] = cls.__subclasses__()
    for subclass in direct:
        yield subclass
        yield from _subclasses(subclass)
