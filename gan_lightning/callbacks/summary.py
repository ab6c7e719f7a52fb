"""What the networks are, at the start."""

from __future__ import annotations

from typing import Any

from lightning.pytorch.callbacks import RichModelSummary
from rich import get_console
from rich.table import Table


class NetworkSummary(RichModelSummary):
    """The networks and how many parameters each has, in a line each.

    Lightning's own also has the operations of a forward pass, which it takes to be none, as a step of two players is
    no forward pass.
    """

    @staticmethod
    def summarize(summary_data: list[tuple[str, list[str]]], *_: Any, **__: Any) -> None:
        columns = dict(summary_data)
        table = Table(box=None, show_header=False)
        for name, kind, parameters in zip(columns["Name"], columns["Type"], columns["Params"], strict=True):
            if parameters.strip() not in ("0", "--"):
                table.add_row(name, kind, f"{parameters.strip()} parameters")
        get_console().print(table)
