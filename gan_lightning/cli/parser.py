"""An argument parser that says in one sentence what was mistyped and what was probably meant.

jsonargparse has a parser for the arguments of each class, nested as the classes are. A mistake passes through the
``error`` of each of them, from the inside out: the innermost one says what is wrong with which of its options, and
each one around it only puts its own option's name in front.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, NoReturn, get_args

from lightning.pytorch.cli import LightningArgumentParser

from gan_lightning.errors import nearest

KEY = re.compile(r'Parser key "([\w.]+)"(?: element \d+)?:\s*')
"""How jsonargparse begins what it says of a value."""

INNER = re.compile(r"^ *(?:- )?(?:Type .* callable class: )?(--.+?)(?:\. Got value: Namespace.*)?$", re.MULTILINE)
"""The sentence of a parser within, and what jsonargparse may put around it."""

UNKNOWN = re.compile(
    r"(?:(?:Group '(.+)'|Subcommand '.+') does not accept option|Option) '([^']+)'(?: is not accepted)?$"
)
"""What jsonargparse says of a key, in a file or among the arguments of a class, that is not an option."""

NOTHING = "Expected a <class 'NoneType'>"


class Parser(LightningArgumentParser):
    """LightningCLI's parser with errors of one sentence, on standard error, and exit status 2."""

    def __init__(self, *args: Any, prog: str = "gan_lightning", **options: Any) -> None:
        super().__init__(*args, prog=prog, **options)  # also of the parsers that show the help of a class

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        sentence = explain(message, self)
        if not self.exit_on_error:  # the parser of a class, or one that a program calls
            super().error(sentence, ex)
        sys.stderr.write(f"error: {sentence}\n")
        sys.exit(2)


def explain(message: str, parser: LightningArgumentParser) -> str:
    """The ``message`` that jsonargparse has for the error of ``parser``, often many lines long, as one sentence."""
    if key := KEY.match(message):
        option, reason = f"--{key[1]}", message[key.end() :]
        if inner := INNER.search(reason):
            return re.sub("--(?!help)", f"{option}.", inner[1])
        return explain_value(option, reason, parser)
    if unknown := UNKNOWN.match(message):
        if unknown[2] == "class_path":
            return "--class_path is given beside arguments of the class: they belong below init_args"
        return misspelt_option("--" + ".".join(filter(None, unknown.groups())), parser)
    if message.startswith("unrecognized arguments: "):
        if "--" not in message:
            return f"{message.partition(': ')[2]} follows no option: give it by a name, and --help lists the names"
        first = next(word for word in message.split() if word.startswith("--"))
        return misspelt_option(first.partition("=")[0], parser)
    if message.startswith("Unexpected config: "):
        found = shorten(message.partition(": ")[2]) or "an empty file"
        return f"--config: expected a file of options such as 'model: DCGAN', got {found}"
    if message.startswith("the following arguments are required: "):
        known = set(options(parser))
        named = [name.rpartition(".")[2] for name in message.partition(": ")[2].split(", ")]  # fit.model is --model
        return f"{' and '.join(f'--{name}' if f'--{name}' in known else name for name in named)} must be given"
    return " ".join(message.removeprefix("argument ").split())


def explain_value(option: str, reason: str, parser: LightningArgumentParser) -> str:
    """Why the value of ``option`` is refused: jsonargparse's own reasons, one for each type that is accepted."""
    reasons = leaves(reason)
    for text in reasons:
        _, is_class, word = text.partition("Expected a dot import path string:")
        word = word.strip()
        if is_class and not word:
            return f"{option}: expected the name of a class, got nothing"
        if is_class:
            return f"{option}: no such class as {word}: {nearest(word, class_names(option, parser))}"
    within = [text for text in reasons if ". Got value: " in text]  # of an element of a list, say
    value = (within[0].partition(". Got value: ") if within else reason.partition("\n  Given value: "))[2]
    types: list[str] = []
    others: list[str] = []
    for text in within or [text for text in reasons if text != NOTHING]:
        _, expected, accepted = readable(text.partition(". Got value: ")[0]).rpartition("Expected a ")
        (types if expected else others).append(accepted)
    said = [f"expected {' or '.join(dict.fromkeys(types))}"] if types else []
    hidden = not value or "Namespace(" in value or "NestedArg(" in value  # jsonargparse's own objects
    return f"{option}: {'; '.join([*said, *dict.fromkeys(others)])}{'' if hidden else f', got {shorten(value)}'}"


def leaves(reason: str) -> list[str]:
    """The reasons within ``reason``, which is one of them or a list of one for each member of a union."""
    _, union, rest = reason.partition("Errors:\n")
    if union:
        members = textwrap.dedent(rest.rpartition("Given value type:")[0]).removeprefix("- ").split("\n- ")
        return [leaf for member in members for leaf in leaves(member)]
    lines = [line.strip().removeprefix("- ") for line in reason.splitlines()]
    own = [line for line in lines if line and not line.startswith(("Problem with given class_path", "Expected a path"))]
    return [own[0].rpartition("expects a function or a callable class: ")[2]] if own else lines[:1]


def readable(text: str) -> str:
    """``text`` with types as they are written in a program: ``int`` for ``<class 'int'>``."""
    text = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", text)
    return re.sub(r"(?:\w+\.)*Literal\[(.*?)\]", r"\1", text)


def shorten(value: str) -> str:
    return textwrap.shorten(value, 80, placeholder=" …")


def misspelt_option(word: str, parser: LightningArgumentParser) -> str:
    """Says which option may be meant by ``word``; what follows a wrong first part stays as it is."""
    known = set(options(parser))
    head, dot, rest = word.partition(".")
    heads = {option.partition(".")[0] for option in known if "." in option or not dot}
    if head not in heads:
        return f"{word} is not an option: {nearest(head, heads, dot + rest)}"
    return f"{word} is not an option: {nearest(word, [option for option in known if not option.endswith('help')])}"


def subparsers(parser: LightningArgumentParser) -> dict[str, LightningArgumentParser]:
    """The parsers of the subcommands, by name."""
    return {
        name: subparser
        for action in parser._actions
        if isinstance(action.choices, dict)
        for name, subparser in action.choices.items()
    }


def options(parser: LightningArgumentParser) -> Iterator[str]:
    """Every option of the parser and of its subcommands."""
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
    for subparser in subparsers(parser).values():
        yield from options(subparser)


def class_names(option: str, parser: LightningArgumentParser) -> Iterator[str]:
    """The names of the classes that ``option`` may name."""
    for action in parser._actions:
        if option in action.option_strings:
            yield from (cls.__name__ for cls in classes(getattr(action, "_typehint", None)))


def classes(typehint: Any) -> Iterator[type]:
    """The classes in ``typehint`` and all that derive from them, but those that Python has built in."""
    members = get_args(typehint)
    for member in members:
        yield from classes(member)
    if not members and isinstance(typehint, type) and typehint.__module__ != "builtins":
        if not inspect.isabstract(typehint):
            yield typehint
        subclasses: list[type] = typehint.__subclasses__()
        for subclass in subclasses:
            yield from classes(subclass)
