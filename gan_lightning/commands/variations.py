"""Values of options crossed with one another: what ``--vary`` of ``table`` asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product

import yaml

from gan_lightning.errors import UsageError

FIXED = "seed_everything", "data.seed", "trainer.logger", "config"
"""Options that the table itself gives."""

Variation = list[str]
"""Options of fit, ``--key=value``, that tell a row from others of the same configuration."""


def variations(given: Sequence[str]) -> list[Variation]:
    """Every combination of the values that ``given`` words such as ``data.batch_size=64,128`` name.

    Raises:
        UsageError: A word is none of that form, an option is named twice, or it is one of ``FIXED``.
    """
    values: dict[str, list[str]] = {}
    for word in given:
        option, several = parse_word(word)
        if option.startswith(FIXED):
            raise UsageError(f"--vary {word} is none that the table lets vary: --seeds says how many seeds there are")
        if option in values:
            raise UsageError(f"--vary names {option} twice: give all of its values at once, as in {option}=1,2")
        values[option] = several
    return [
        [f"--{option}={value}" for option, value in zip(values, chosen, strict=True)]
        for chosen in product(*values.values())
    ]


def parse_word(word: str) -> tuple[str, list[str]]:
    """The option and its values, each once. A value in brackets or braces may have commas of its own.

    Raises:
        UsageError: The word is not of that form.
    """
    option, _, text = word.partition("=")
    try:
        values = yaml.load(f"[{text}]", yaml.BaseLoader)  # which leaves numbers as they are typed
    except yaml.YAMLError:
        values = []
    if not (option and isinstance(values, list) and values and "" not in values):
        raise UsageError(
            f"--vary takes an option and its values, such as data.batch_size=64,128, not {word or 'nothing'}"
        )
    words = [value if isinstance(value, str) else json.dumps(value).replace('"', "") for value in values]
    return option.removeprefix("--"), list(dict.fromkeys(words))
