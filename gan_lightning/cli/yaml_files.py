"""Configurations that somebody else wrote, read within bounds: aliases of aliases of aliases fill the memory.

And what is written, which may hold options of any class.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from enum import Enum
from typing import Any

import yaml
from jsonargparse import get_loader, set_dumper, set_loader

from gan_lightning.checkpoints.expansion import check_expansion
from gan_lightning.cli.spelling import spelt_out_data
from gan_lightning.errors import UsageError


def load_yaml(text: str, name: str = "the configuration") -> Any:
    """The data that ``text`` is YAML of.

    Raises:
        UsageError: It unfolds to far more than its length, or is nested without end; the sentence says ``name``.
        yaml.YAMLError: It is no YAML.
    """
    check_yaml(text, name)
    return spelt_out_data(yaml.safe_load(text))


def check_yaml(text: str, name: str = "the configuration") -> None:
    """Raises UsageError as ``load_yaml``; what is no YAML passes, since the parser says why."""
    try:
        with contextlib.suppress(yaml.YAMLError):
            check_expansion(yaml.compose(text, Loader=yaml.SafeLoader), nodes, len(text), name)
    except RecursionError:
        raise UsageError(f"{name} is nested too deeply to be read: do not trust it") from None


def nodes(node: Any) -> Iterable[Any]:
    """The nodes within a node, those that an alias repeats included."""
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def bound_yaml() -> None:
    """Has jsonargparse read all configurations, wherever they are named, within bounds."""
    load = get_loader("yaml")
    if getattr(load, "bounded", False):
        return

    def bounded(text: str) -> Any:
        check_yaml(text)
        return spelt_out_data(load(text))

    bounded.bounded = True  # type: ignore[attr-defined]
    set_loader("yaml", bounded, (yaml.YAMLError,))


class Dumper(yaml.SafeDumper):
    """Writes what YAML has no form for, such as a span of time or an enumeration's member, as text."""


Dumper.add_multi_representer(object, lambda dumper, value: dumper.represent_str(str(value)))
Dumper.add_multi_representer(Enum, lambda dumper, member: dumper.represent_data(member.value))


def write_any_yaml() -> None:
    """Has jsonargparse write all configurations: a callback's odd argument must not end a run."""
    set_dumper("yaml", lambda data: yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False))
