"""Options that a search tries values of: what ``--search`` of ``sweep`` asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gan_lightning.commands.variations import FIXED, parse_word
from gan_lightning.errors import UsageError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FORM = "an option with a range or with values, such as model.width=16..64, lr=1e-5..1e-3:log or data.batch_size=32,64"

RANGE = re.compile(r"(?P<low>.+?)\.\.(?P<high>.+?)(?P<log>:log)?")


def parse_search(given: Sequence[str]) -> dict[str, BaseDistribution]:
    """What each option may be.

    Raises:
        UsageError: A word is not of ``FORM``, an option is named twice, or the sweep itself gives it.
    """
    found: dict[str, BaseDistribution] = {}
    for word in given:
        option, is_given, text = word.removeprefix("--").partition("=")
        if not (option and is_given and text):
            raise UsageError(f"--search takes {FORM}, not {word or 'nothing'}")
        if option.startswith(FIXED):
            raise UsageError(f"--search {word} is none that can be searched: --seed says which seed trials have")
        if option in found:
            raise UsageError(f"--search names {option} twice: give all of its values at once")
        found[option] = parse_values(word, text)
    if not found:
        raise UsageError(f"--search must be given: it takes {FORM}")
    return found


def parse_values(word: str, text: str) -> BaseDistribution:
    """What ``text`` of a ``word`` admits: whole numbers where both ends are, or else any, or one of several values.

    Raises:
        UsageError: It is an impossible range.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    ends = RANGE.fullmatch(text)
    if not ends:
        return CategoricalDistribution(parse_word(word)[1])
    try:
        low, high = (number(ends[name]) for name in ("low", "high"))
        kind = IntDistribution if isinstance(low, int) and isinstance(high, int) else FloatDistribution
        if low >= high:
            raise ValueError("its end is not above its beginning")
        return kind(low, high, log=ends["log"] is not None)  # type: ignore[arg-type]
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--search {word} is no range that can be searched ({error}): it takes {FORM}") from error


def number(text: str) -> int | float:
    """A number, whole if it is written so."""
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def ends_of(distribution: BaseDistribution) -> list[str]:
    """Values that are valid if all are: both ends of a range, or all of several."""
    choices = getattr(distribution, "choices", None)
    return [str(value) for value in choices or (distribution.low, distribution.high)]  # type: ignore[attr-defined]
