"""The command line: Lightning's commands and the project's own, with mistakes told in one sentence."""

from __future__ import annotations

import inspect
import logging
import os
import sys
import warnings

from lightning.pytorch import LightningDataModule
from lightning.pytorch.utilities.exceptions import MisconfigurationException

from gan_lightning.cli.lightning_cli import DEFAULTS, GANCLI, SaveConfig
from gan_lightning.cli.parser import Parser
from gan_lightning.commands import COMMANDS
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN

NOISE = [
    "LightningCLI's args parameter is intended",  # commands that call fit
    "isinstance.treespec, LeafSpec.",  # Lightning's own use of a deprecated torch name
    "The dirpath has changed",  # a resumed run has a folder of its own
    "Using ModelCheckpoint with manual optimization",  # what it warns of is what we want
    "Checkpoint directory .* exists and is not empty",
    "find_unused_parameters=True was specified",
    "The number of training batches .* is smaller than the logging interval",
]
"""Warnings that no user of this command line can or need act on."""


def silence() -> None:
    """Keeps ``NOISE`` and advertisements off the terminal."""
    for message in NOISE:
        warnings.filterwarnings("ignore", message=f".*{message}")
    os.environ.setdefault("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # LightningCLI's use of jsonargparse
    logging.getLogger("lightning.pytorch.utilities.rank_zero").addFilter(lambda record: "Tip:" not in str(record.msg))


def main(args: list[str] | None = None) -> None:
    """Runs the command line ``args``, by default that of the process."""
    silence()
    words = sys.argv[1:] if args is None else args
    try:
        if words and words[0] in COMMANDS:
            run_command(words[0], words[1:])
        else:
            run_lightning(args if words else ["--help"])
    except MisconfigurationException as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
    except Exception as error:
        mistake = usage_error(error)
        if mistake is None:
            raise
        sys.exit(f"error: {mistake}")


def usage_error(error: BaseException | None) -> UsageError | None:
    """The UsageError behind ``error``, which jsonargparse wraps when it arises in a constructor."""
    while error is not None and not isinstance(error, UsageError):
        error = error.__cause__
    return error


def run_command(name: str, args: list[str]) -> None:
    """Calls the function of ``COMMANDS`` with its arguments parsed from ``args``, and with all that follows ``--``."""
    function = COMMANDS[name]
    parameters = inspect.signature(function).parameters.values()
    positional = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_ONLY]
    own, rest = (args[: args.index("--")], args[args.index("--") + 1 :]) if "--" in args else (args, [])
    parser = Parser(prog=f"gan_lightning {name}", description=(function.__doc__ or "").split("\n\n")[0])
    for word in positional:
        parser.add_argument(word, type=str)
    parser.add_function_arguments(function, skip=set(positional))
    if any(parameter.name == "data" for parameter in parameters):
        parser.set_defaults({"data": DEFAULTS["data"]})
    options = parser.instantiate_classes(parser.parse_args(own))
    function(*[options.pop(word) for word in positional], *rest, **options)


def run_lightning(args: list[str] | None, cli_class: type[GANCLI] = GANCLI) -> GANCLI:
    """Runs LightningCLI on ``args``; None stands for the command line of the process, which other ranks repeat."""
    return cli_class(
        GAN,
        LightningDataModule,
        subclass_mode_model=True,
        subclass_mode_data=True,
        parser_class=Parser,
        parser_kwargs={
            "prog": "gan_lightning",
            "description": f"Trains GANs on MNIST and its relatives. More commands: {', '.join(COMMANDS)}.",
        },
        seed_everything_default=0,
        auto_configure_optimizers=False,
        save_config_callback=SaveConfig,
        args=args,
    )
