"""What people type, in the form in which the parser takes it: home folders and negative numbers."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

HOME = re.compile(r"(^|[=,])~(?=/)")
"""Where a home folder may begin. A shell replaces the first kind only, and nothing does so in a file."""

NEGATIVE = re.compile(r"-\.?(\d|inf$)", re.IGNORECASE)
"""How a negative number begins, which argparse takes for an option where it has an exponent."""


def spelt_out(words: Sequence[str]) -> list[str]:
    """The words of a command line as the parser takes them."""
    spelt: list[str] = []
    for word in words:
        before = spelt[-1] if spelt else ""
        word = HOME.sub(lambda match: match[1] + os.path.expanduser("~"), word)
        if before.startswith("--") and before != "--" and "=" not in before and NEGATIVE.match(word):
            spelt[-1] = f"{before}={word}"
        else:
            spelt.append(word)
    return spelt


def spelt_out_data(data: Any) -> Any:
    """The content of a configuration as the parser takes it."""
    if isinstance(data, dict):
        return {key: spelt_out_data(value) for key, value in data.items()}
    if isinstance(data, list):
        return [spelt_out_data(value) for value in data]
    return os.path.expanduser(data) if isinstance(data, str) and data.startswith("~/") else data
