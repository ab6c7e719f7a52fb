"""``runs``: the runs that there are, beside one another, and without those that are not needed any more."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES
from gan_lightning.records import Record, find_records, natural, read_record
from gan_lightning.records.listing import Complete, Line, Lines, age_text, as_json, bytes_text
from gan_lightning.records.page import as_markdown, comparison, figures_table, options_table
from gan_lightning.storage.writing import check_writable, write_text

DIRECTED = [name for name, figure in FIGURES.items() if figure.better]
"""Figures of which there is a best."""


def runs(
    folder: str = "runs",
    match: str | None = None,
    sort: Literal["name", "best", "epochs", "images_seen", "size", "age"] = "name",
    figure: str = "fid",
    format: Literal["markdown", "json"] = "markdown",
    configs: str = "configs",
    *,
    complete: Complete,
) -> None:
    """Prints a table of the runs: what each changes against its configuration, how far it got and how good it became.

    Further commands are runs compare and runs remove.

    Args:
        folder: Where the runs are, at any depth.
        match: Only runs with this text in their name, their configuration or an option that they change.
        sort: What comes first: the lowest name or age, the best figure, or the most of all else.
        figure: The figure whose best value is shown.
        format: A Markdown table, or JSON for programs.
        configs: A folder of configurations besides those of the package. A run is compared with that of its name, or
            else with its model's defaults.

    Raises:
        UsageError: There is no such folder or figure, or no such run in it.
    """
    if figure not in DIRECTED:
        raise UsageError(f"--figure takes one that gets better or worse: {', '.join(DIRECTED)}, not {figure}")
    made = Lines(Path(configs), complete, figure)
    lines = [made.line(record) for record in found_in(Path(folder))]
    lines = [line for line in lines if match is None or line.matches(str(match))]
    if not lines:
        raise UsageError(f"no run in {folder} matches {match}: leave --match out to see all")
    lines.sort(key=order(sort, made.highest))
    if format == "json":
        print(json.dumps([as_json(line) for line in lines], indent=2))
    else:
        print("\n".join(made.markdown(lines)))


def found_in(folder: Path) -> list[Record]:
    """The runs below ``folder``. Raises UsageError where there are none."""
    records = find_records(folder)
    if not records:
        raise UsageError(f"there is no run in {folder}: give --folder one that has runs, each with its config.yaml")
    return records


def order(sort: str, highest: bool) -> Callable[[Line], Any]:
    """The key by which lines are sorted; what was never measured comes last."""
    sign = -1 if highest else 1
    keys: dict[str, Callable[[Line], Any]] = {
        "name": lambda line: natural(line.run),
        "best": lambda line: float("inf") if line.best is None else sign * line.best,
        "age": lambda line: -line.changed,
    }
    return keys.get(sort, lambda line: -getattr(line, sort))


def compare(runs: list[str], /, folder: str = "runs", output: str = "comparison.html") -> None:
    """Shows runs beside one another on one page: figures, options that differ, curves over each other and last grids.

    Args:
        runs: Folders of runs, or what the table of runs calls them.
        folder: Where the runs are.
        output: An .html file.

    Raises:
        UsageError: There is no such run, or the output cannot be written.
    """
    path = Path(output)
    if path.suffix != ".html":
        raise UsageError(f"--output must end in .html, not {output}")
    records = distinct(runs, Path(folder))
    if len(records) < 2:
        raise UsageError("runs compare takes two runs or more")
    check_writable(path.parent, "--output")
    write_text(path, comparison(records))
    lines = as_markdown(figures_table(records) | options_table(records), records)
    print("\n".join([*lines, "", f"comparison in {path}"]))


def remove(runs: list[str], /, folder: str = "runs", yes: bool = False) -> None:
    """Removes runs from the disk, after a question.

    Args:
        runs: Folders of runs, or what the table of runs calls them.
        folder: Where the runs are.
        yes: Whether to remove them unasked.

    Raises:
        UsageError: There is no such run, it is where the command was called, nobody is there to answer, or it cannot
            be removed.
    """
    records = distinct(runs, Path(folder))
    for record in records:
        if record.folder.resolve() in (here := Path.cwd(), *here.parents):
            raise UsageError(f"{record.folder} is where you are: go elsewhere to remove it")
    all_of_it = f"{counted(len(records), 'run')} of {bytes_text(sum(record.size for record in records))}"
    for record in records:
        epochs, size = counted(record.epochs, "epoch"), bytes_text(record.size)
        print(f"{record.folder}: {epochs}, {size}, written {age_text(record.changed)} ago")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("runs remove asks before it removes, and there is no terminal: give --yes true")
        if input(f"remove {all_of_it}? [y/N] ").strip().lower() not in ("y", "yes"):
            print("nothing is removed")
            return
    for record in records:
        try:
            shutil.rmtree(record.folder)
        except OSError as error:
            raise UsageError(f"{record.folder} cannot be removed: {error.strerror or error}") from error
        with contextlib.suppress(OSError):  # there are other runs of the name
            record.folder.parent.rmdir()
    print(f"removed {all_of_it}")


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def distinct(words: list[str], folder: Path) -> list[Record]:
    """The runs that are named, each once. Files, such as logs that a pattern of the shell matches too, are none."""
    records = [read_record(Path(word), folder) for word in words if not Path(word).is_file()]
    return list({record.folder.resolve(): record for record in records}.values())
