"""``python -m gan_lightning``: Lightning's commands and the project's own, with mistakes told in one sentence."""

from __future__ import annotations

import importlib
import inspect
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from gan_lightning.cli.agreement import CLASSES, import_datasets
from gan_lightning.cli.overview import IMPORT, answer
from gan_lightning.cli.parser import Parser
from gan_lightning.cli.refusals import mistake
from gan_lightning.cli.run import build, complete, run_lightning, silence
from gan_lightning.cli.spelling import gathered, spelt_out
from gan_lightning.commands import COMMANDS
from gan_lightning.errors import SEEDS, UsageError, check_number, nearest

SERVICES = {"build": build, "complete": complete}
"""What a command is handed that has a parameter of this name, since commands know nothing of the command line."""

MOST = 1_000_000
"""Of images, epochs or whatever else a command counts: what more of them take is a mistake."""


def main(args: Sequence[str]) -> None:
    """Runs the command line ``args``.

    It ends with status 2 after a mistake of the user, which it says in one sentence, and with 130 after Ctrl-C.
    """
    silence()
    try:
        words = spelt_out(import_modules(args))
        if answer(words):  # what is left without IMPORT
            return
        if words[0] in COMMANDS:
            run_command(*split(words))
        else:
            run_lightning(words)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        told = mistake(error)
        if told is None:
            raise
        sys.stderr.write(f"error: {told}\n")
        sys.exit(2)


def import_modules(words: Sequence[str]) -> list[str]:
    """Imports what ``--import`` names, from the working directory, too; gives the other words.

    Raises:
        UsageError: There is no such module, or none is named.
    """
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    rest, waiting = [], iter(words)
    for word in waiting:
        option, _, value = word.partition("=")
        if option != IMPORT:
            rest.append(word)
            continue
        for name in (value or next(waiting, "")).split(","):
            try:
                importlib.import_module(name)
            except (ModuleNotFoundError, ValueError) as error:
                raise UsageError(
                    f"{IMPORT} takes a module that can be imported from here, such as my_models for my_models.py, "
                    f"not {name or 'nothing'}"
                ) from error
    return rest


def split(words: list[str]) -> tuple[str, list[str]]:
    """The command, whose name may be two words, and what follows it.

    Raises:
        UsageError: The second word is none of those that the first one takes.
    """
    seconds = [name.partition(" ")[2] for name in COMMANDS if name.startswith(f"{words[0]} ")]
    if not seconds or len(words) == 1 or words[1].startswith("-"):
        return words[0], words[1:]
    if words[1] not in seconds:
        raise UsageError(f"{words[0]} {words[1]} is not a command: {nearest(words[1], seconds)}")
    return " ".join(words[:2]), words[2:]


def run_command(name: str, args: list[str]) -> None:
    """Calls the function of ``COMMANDS`` with its arguments parsed from ``args``, and with all that follows ``--``."""
    function = COMMANDS[name]
    parameters = inspect.signature(function).parameters
    positional = [key for key, parameter in parameters.items() if parameter.kind is parameter.POSITIONAL_ONLY]
    passes_on = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters.values())
    given: dict[str, Any] = {key: service for key, service in SERVICES.items() if key in parameters}
    own, rest = (args[: args.index("--")], args[args.index("--") + 1 :]) if "--" in args else (args, [])
    if rest and not passes_on:
        raise UsageError(f"{name} passes no options on: leave out -- {' '.join(rest)}")
    parser = Parser(prog=f"gan_lightning {name}", description=(function.__doc__ or "").split("\n\n")[0])
    for word in positional:
        parser.add_argument(word, type=str, nargs="+" if parameters[word].annotation == "list[str]" else None)
    parser.add_function_arguments(function, skip={*positional, *given})
    if "data" in parameters:
        parser.set_defaults({"data": {"class_path": CLASSES["data"]}})
        import_datasets(own)
    lists = {key for key, parameter in parameters.items() if parameter.annotation == "list[str]"}
    options = parser.instantiate_classes(parser.parse_args(gathered(own, lists - {*positional})))
    check_number("--seed", options.get("seed"), 0, SEEDS)
    for option, value in options.items():
        if isinstance(value, int) and value > MOST and option != "seed":
            raise UsageError(f"--{option} must be at most {MOST}, not {value}")
    function(*[options.pop(word) for word in positional], *rest, **options, **given)
