"""Short names of classes."""

from __future__ import annotations

import functools
from typing import Any

from jsonargparse import _typehints


def prefer_own_classes() -> None:
    """Has a short name, such as Adam, mean the project's own class where a library has one of the same name.

    jsonargparse refuses a name of two classes, and has no option to prefer one.
    """
    resolve = _typehints.resolve_class_path_by_name
    if hasattr(resolve, "__wrapped__"):
        return

    @functools.wraps(resolve)
    def resolve_own_first(cls: Any, name: str) -> str:
        try:
            return resolve(cls, name)
        except ValueError:
            paths = _typehints.get_all_subclass_paths(cls)
            own = [path for path in paths if path.startswith("gan_lightning.") and path.endswith(f".{name}")]
            if len(own) != 1:
                raise
            return own[0]

    _typehints.resolve_class_path_by_name = resolve_own_first
