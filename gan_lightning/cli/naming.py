"""Names: of the configurations that a command line begins with, and of a run that no option names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gan_lightning.cli.agreement import CLASSES, named_options
from gan_lightning.storage.folders import run_name
from gan_lightning.storage.shipped import config_file

CONFIG = "--config"

NAME_OR_PATH = re.compile(r"[\w./~-]+")
"""What a configuration is called by; anything else is its content."""


def with_config_files(words: Sequence[str]) -> list[str]:
    """The words of a command line with each configuration as ``--config=FILE``, be it called by its path or its name.

    Raises:
        UsageError: There is no such file, and no configuration that comes with the package is called so.
    """
    found: list[str] = []
    waiting = iter(words)
    for word in waiting:
        option, given, value = word.partition("=")
        if option in (CONFIG, "-c"):
            value = value if given else next(waiting, "")
            word = f"{CONFIG}={config_file(value) if NAME_OR_PATH.fullmatch(value) else value}"
        found.append(word)
    return found


def name_of_run(words: list[str]) -> str:
    """The name of the first configuration that has a model, of the run that goes on, or of the model.

    A model is called as a file would be, such as conditional_dcgan, and one of given networks after its generator.

    Args:
        words: As ``with_config_files`` gives them.
    """
    named = named_options(words)
    for word in words:
        if word.startswith(f"{CONFIG}=") and "model" in named_options([word]):
            return Path(word.partition("=")[2]).stem
    if "model" not in named and "ckpt_path" in named:
        return run_name(Path(named["ckpt_path"]))
    classes = named.get("model.generator"), named.get("model"), CLASSES["model"]
    return snake_case(next(name for name in classes if name and isinstance(name, str)).rpartition(".")[2])


def snake_case(name: str) -> str:
    """The name of a class as that of a folder; that of a network without what it is a network of."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.removesuffix("Generator")).lower()
