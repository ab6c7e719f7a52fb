"""Objects that remember how they were built, so that a checkpoint can say it."""

from __future__ import annotations

from typing import Any

from typing_extensions import Self


class Rebuildable:
    """Keeps the arguments of its constructor's call, as given, in ``constructor_call``.

    They are taken where Python itself takes them, in ``__new__``, so a subclass may have any signature: ``*args``,
    ``**kwargs``, defaults of its own or ones that it passes on to its base.
    """

    constructor_call: tuple[tuple[Any, ...], dict[str, Any]]
    """Positional and keyword arguments."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        object.__setattr__(self, "constructor_call", (args, kwargs))  # a Module's own setter needs its __init__
        return self
