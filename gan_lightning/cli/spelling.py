"""What people type, in the form in which the parser takes it: home folders, negative numbers and short names."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Sequence
from typing import Any

from gan_lightning.training.optim import Adam

HOME = re.compile(r"(^|[=,])~(?=/)")
"""Where a home folder may begin. A shell replaces the first kind only, and nothing does so in a file."""

NEGATIVE = re.compile(r"-\.?(\d|inf$)", re.IGNORECASE)
"""How a negative number begins, which argparse takes for an option where it has an exponent."""


OURS = {
    Adam.__name__: f"{Adam.__module__}.{Adam.__name__}",
    "ReduceLROnPlateau": "torch.optim.lr_scheduler.ReduceLROnPlateau",
}
"""Short names that two classes have: ours and torch's mean ours, torch's and Lightning's torch's."""

NAMES_A_CLASS = "_optimizer", "_scheduler", "class_path"
"""How an option ends whose value may be one of ``OURS``."""


def spelt_out(words: Sequence[str]) -> list[str]:
    """The words of a command line as the parser takes them."""
    spelt: list[str] = []
    for word in words:
        before = spelt[-1] if spelt else ""
        word = HOME.sub(lambda match: match[1] + os.path.expanduser("~"), word)
        option, given, value = word.partition("=")
        if given and option.startswith("--"):
            spelt.append(option + given + ours(option, value))
        elif before.startswith("--") and before != "--" and "=" not in before:
            spelt[-1:] = [f"{before}={word}"] if NEGATIVE.match(word) else [before, ours(before, word)]
        else:
            spelt.append(word)
    return spelt


def ours(option: str, value: str) -> str:
    """The full path of a class of ``OURS`` where ``option`` is given its short name, or else the ``value``."""
    return OURS.get(value, value) if option.endswith(NAMES_A_CLASS) else value


def gathered(words: Sequence[str], lists: Collection[str]) -> list[str]:
    """The words with each of the options ``lists`` that is repeated, or given one value, as one list in brackets."""
    values: dict[str, list[str]] = {}
    rest, waiting = [], iter(words)
    for word in waiting:
        option, given, value = word.partition("=")
        if option.removeprefix("--") not in lists or not option.startswith("--"):
            rest.append(word)
            continue
        value = value if given else next(waiting, "")
        if value.startswith("[") or not value:
            rest.append(f"{option}={value}")
        else:
            values.setdefault(option, []).append(value)
    return [*rest, *(f"{option}={json.dumps(several)}" for option, several in values.items())]


def spelt_out_data(data: Any, option: str = "") -> Any:
    """The content of a configuration as the parser takes it; ``option`` is the key that it stands at."""
    if isinstance(data, dict):
        return {key: spelt_out_data(value, str(key)) for key, value in data.items()}
    if isinstance(data, list):
        return [spelt_out_data(value) for value in data]
    if not isinstance(data, str):
        return data
    return os.path.expanduser(data) if data.startswith("~/") else ours(option, data)
