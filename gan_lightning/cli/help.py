"""The help of each command, read from its source, as importing what it needs takes seconds."""

from __future__ import annotations

import ast
import inspect
import re
import shutil
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent

ALL_OPTIONS = "--trainer.help"
"""What asks the commands of Lightning for their own help."""

LIGHTNING = {
    "fit": "Trains a GAN.",
    "validate": "Measures a trained GAN as training does, and logs the figures.",
    "test": "Measures a trained GAN, and rates its images.",
    "predict": "Draws images of a trained GAN in batches, as Lightning does.",
}
"""The commands of Lightning's command line."""

EXAMPLES = {
    "fit": "fit --config configs/dcgan.yaml [options]",
    **{name: f"{name} --ckpt_path runs/dcgan/version_0 [options]" for name in ("validate", "test", "predict")},
}

RUN = {
    "--config FILE": "A YAML file of options; of several, later ones win. Options that follow win over all of them.",
    "--ckpt_path PATH": "A checkpoint, a run's folder, or last or best for those of the newest run of that name.",
    "--seed_everything SEED": "Of everything random but the data, which have a seed of their own. (default: 0)",
    "--print_config": "Prints the whole configuration, and ends.",
}
RESUME = {"--resume": "Goes on with the newest run of this name, in its folder, if there is one."}

MODEL = {
    "--model NAME": "VanillaGAN, ConditionalGAN, DCGAN, ConditionalDCGAN, ACGAN, InfoGAN, or GAN with any networks.",
    "--model.OPTION VALUE": "Such as --model.loss Hinge. --model.help NAME lists the options of a model.",
}

DATA = {"--data NAME": "MNISTDataModule, the default, ImageFolderDataModule or HuggingFaceDataModule."}

TRAINER = {
    "--trainer.max_epochs N": "How many epochs.",
    "--trainer.max_time D:H:M:S": "How long at most.",
    "--trainer.check_val_every_n_epoch N": "How often figures are measured.",
    "--trainer.accelerator NAME": "cpu, gpu or auto.",
    "--trainer.devices N": "How many processes, each with a device.",
    "--trainer.precision NAME": "32-true, bf16-mixed, ...",
    "--trainer.logger NAME": "TensorBoardLogger, CSVLogger, WandbLogger, MLFlowLogger or false.",
    "--trainer.logger.name NAME": "What the run is called.",
    ALL_OPTIONS: "Lists all options, those of Lightning's Trainer included; that takes some seconds.",
}


@dataclass(frozen=True)
class Option:
    """An argument of a function or a class, as a command line has it."""

    name: str
    annotation: str
    default: str | None
    """None if it must be given, empty where there is nothing to tell."""
    positional: bool
    text: str

    @property
    def entry(self) -> tuple[str, str]:
        """How it is typed, and what it does."""
        if self.positional:
            return f"{self.name.upper()}{' ...' if self.annotation == 'list[str]' else ''}", self.text
        told = "(required)" if self.default is None else f"(default: {self.default})" if self.default else ""
        typed = f"--{self.name} {'true|false' if self.annotation == 'bool' else self.name.rpartition('.')[2].upper()}"
        return typed, f"{self.text} {told}".rstrip()


@cache
def definitions(path: Path) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """The functions and classes of a file, by name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def arguments_told(docstring: str) -> dict[str, str]:
    """What the section Args of a docstring says of each argument."""
    section = re.search(r"^Args:\n((?:[ ]{4}.*\n?|\n)+)", docstring, flags=re.MULTILINE)
    entries = re.split(r"\n(?=\w)", textwrap.dedent(section[1]).strip()) if section else []
    pairs = (entry.partition(": ") for entry in entries)
    return {name: " ".join(text.split()).replace("``", "") for name, _, text in pairs}


def default_told(value: ast.expr) -> str:
    """A default as it is typed; nothing for None, and for what has a name in the program."""
    told = {"True": "true", "False": "false", "None": ""}
    return "" if isinstance(value, ast.Name) else told.get(ast.unparse(value), ast.unparse(value).strip("'"))


def options_of(node: ast.FunctionDef | ast.ClassDef, prefix: str = "") -> list[Option]:
    """The arguments of a function, or those that an object of a class is made from; their names begin by ``prefix``."""
    told = arguments_told(ast.get_docstring(node) or "")
    if isinstance(node, ast.ClassDef):
        node = next(item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__")
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    values = [None] * (len(node.args.posonlyargs + node.args.args) - len(node.args.defaults))
    defaults = [*values, *node.args.defaults, *node.args.kw_defaults]
    return [
        Option(
            f"{prefix}{argument.arg}",
            ast.unparse(argument.annotation) if argument.annotation else "",
            None if default is None else default_told(default),
            argument in node.args.posonlyargs,
            told.get(argument.arg, ""),
        )
        for argument, default in zip(arguments, defaults, strict=True)
        if argument.arg in told and argument.arg != "build"
    ]


def help_of(command: str) -> str:
    """The help of a command."""
    return lightning_help(command) if command in LIGHTNING else own_help(command)


def own_help(command: str) -> str:
    """The help of a command of the project's own, from its function."""
    file, _, second = command.partition(" ")
    function = definitions(PACKAGE / "commands" / f"{file}.py")[second or file]
    options = [option for option in options_of(function) if option.name != "data"]
    words = [option.entry[0] for option in options if option.positional or option.default is None]
    passes_on = isinstance(function, ast.FunctionDef) and function.args.vararg is not None
    usage = " ".join([command, *words, "[options]", *(["-- [options of fit]"] if passes_on else [])])
    described = (ast.get_docstring(function) or "").partition("\n\nArgs:")[0]
    takes_data = "data" in arguments_told(ast.get_docstring(function) or "")
    groups = {"": [option.entry for option in options], **({"data": data_options()} if takes_data else {})}
    return page(usage, described, groups)


def lightning_help(command: str) -> str:
    """The help of ``fit`` and its like: what is this project's, with the most used options of Lightning's Trainer."""
    groups = {
        "run": [*RUN.items(), *(RESUME.items() if command == "fit" else [])],
        "model": [*MODEL.items()],
        "data": data_options(),
        "pictures, figures and checkpoints": [option.entry for option in callback_options()],
        "trainer": [*TRAINER.items()],
    }
    return page(EXAMPLES[command], LIGHTNING[command], groups)


def data_options() -> list[tuple[str, str]]:
    """What is typed for the data, and what that does."""
    module = definitions(PACKAGE / "data" / "datamodule.py")["MNISTDataModule"]
    return [*DATA.items(), *(option.entry for option in options_of(module, "data."))]


def callback_options() -> list[Option]:
    """The options of the callbacks that are always there."""
    source = (PACKAGE / "cli" / "lightning_cli.py").read_text(encoding="utf-8")
    named = re.findall(r'^    "(\w+)": callbacks\.(\w+),', source, flags=re.MULTILINE)
    classes = {name: node for path in (PACKAGE / "callbacks").glob("*.py") for name, node in definitions(path).items()}
    return [option for key, name in named for option in options_of(classes[name], f"{key}.")]


def page(usage: str, described: str, groups: dict[str, list[tuple[str, str]]]) -> str:
    """Usage, description and groups of options, as wide as the terminal."""
    width = min(shutil.get_terminal_size().columns, 100) - 2
    lines = [f"usage: gan_lightning {usage}"]
    for paragraph in described.replace("``", "").split("\n\n"):
        lines += ["", *textwrap.wrap(inspect.cleandoc(paragraph), width)]
    for group, entries in groups.items():
        lines += ["", *([f"{group}:"] if group else [])]
        for typed, text in entries:
            lines += [f"  {typed}", *textwrap.wrap(text, width, initial_indent=" " * 6, subsequent_indent=" " * 6)]
    return "\n".join(lines)
