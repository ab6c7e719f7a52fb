"""Configurations that somebody else wrote, read within bounds: aliases of aliases of aliases fill the memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import yaml
from jsonargparse import get_loader, set_loader

from gan_lightning.checkpoints.expansion import check_expansion
from gan_lightning.errors import UsageError


def load_yaml(text: str, name: str = "the configuration") -> Any:
    """The data that ``text`` is YAML of.

    Raises:
        UsageError: It unfolds to far more than its length, or is nested without end; the sentence says ``name``.
        yaml.YAMLError: It is no YAML.
    """
    check_yaml(text, name)
    return yaml.safe_load(text)


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
        return load(text)

    bounded.bounded = True  # type: ignore[attr-defined]
    set_loader("yaml", bounded, (yaml.YAMLError,))
