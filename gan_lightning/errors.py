"""The one exception for mistakes that the user can mend, numbers that are mistakes, and what was meant instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SEEDS = 2**32 - 1
"""The largest seed, as NumPy has it."""


class UsageError(ValueError):
    """What was given, what is accepted and what to type instead, in one sentence.

    The command line prints it without a traceback and exits with status 2.
    """


def check_number(name: str, value: float | None, lowest: float, highest: float = float("inf")) -> None:
    """Raises UsageError where ``value`` is NaN, or not from ``lowest`` to ``highest``; None is no number to check."""
    if value is not None and not lowest <= value <= highest:
        bounds = f"at least {lowest}" if highest == float("inf") else f"from {lowest} to {highest}"
        raise UsageError(f"{name} must be {bounds}, not {value}")


def nearest(word: str, known: Iterable[str], rest: str = "") -> str:
    """A question for the one of ``known`` that is most like ``word``, with ``rest`` after it."""
    near = difflib.get_close_matches(word, sorted(set(known)), n=1)
    return f"did you mean {near[0]}{rest}?" if near else "--help lists what is accepted"
