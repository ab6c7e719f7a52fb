"""``curves``: how fast figures get better, from the files that ``benchmark --until`` writes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Literal

from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES
from gan_lightning.pictures.images import write_png
from gan_lightning.pictures.plots import Curve
from gan_lightning.pictures.plots import curves as plot
from gan_lightning.storage.writing import check_writable

LABELS = {"seconds": "Seconds of training", "images": "Images seen"}
"""What the x axis may show."""


def curves(
    files: list[str],
    /,
    output: str = "curves.png",
    x: Literal["seconds", "images"] = "seconds",
) -> None:
    """Draws the figure over the time of training: a thin line for each seed, a thick one for the median of all.

    Args:
        files: .json files of benchmark --until.
        output: A .png file.
        x: Whether over seconds of training or over images seen.

    Raises:
        UsageError: A file is none of those, they do not belong together, or the output cannot be written.
    """
    if Path(output).suffix != ".png":
        raise UsageError(f"--output must end in .png, not {output}")
    check_writable(Path(output).parent, "--output")
    found = {path: read_races(path) for path in files}
    check_together(found)
    first = next(iter(found.values()))
    try:
        runs = named_runs(found, 0 if x == "images" else 1)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"the curves of {', '.join(files)} are damaged: run benchmark --until again") from error
    title = f"{FIGURES[first['figure']].title} (val/{first['figure']})"
    middle = {name: median_curve(each) for name, each in runs.items()}
    thin = {name: each for name, each in runs.items() if len(each) > 1}
    floor = ("real images", first["floor"]) if first["floor"] > 0 else None
    write_png(Path(output), plot({title: middle}, LABELS[x], logarithmic=True, runs=thin, floor=floor))
    print(f"curves in {output}")


def read_races(path: str) -> dict[str, Any]:
    """What ``benchmark --until`` has written to ``path``.

    Raises:
        UsageError: It is no such file.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): give files of benchmark --until") from error
    except ValueError:
        content = None
    needed: dict[str, type] = {"races": list, "figure": str, "protocol": dict, "floor": float}
    needed |= {"config": str, "textbook": str}
    if not isinstance(content, dict) or not all(isinstance(content.get(key), kind) for key, kind in needed.items()):
        raise UsageError(f"{path} is no .json file of benchmark --until --output")
    return content


def check_together(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises UsageError where the files are of several figures, or of figures that were measured differently."""
    (path, first), *others = found.items()
    if first["figure"] not in FIGURES:
        raise UsageError(f"{path} has a figure that is unknown here, {first['figure']}")
    for other, content in others:
        if content["figure"] != first["figure"]:
            raise UsageError(f"{path} is about {first['figure']} and {other} about {content['figure']}: give one kind")
        if content["protocol"] != first["protocol"]:
            raise UsageError(f"the figures of {path} and {other} were measured differently, so they are not compared")


def named_runs(found: Mapping[str, Mapping[str, Any]], column: int) -> dict[str, list[Curve]]:
    """The curves (x, figure) of all seeds for each configuration and loop, with x from ``column``."""
    named = [
        (f"{Path(content[key]).stem}: {title}", path, [race[loop]["curve"] for race in content["races"]])
        for path, content in found.items()
        for loop, title, key in (("fit", "fit", "config"), ("textbook", "textbook loop", "textbook"))
    ]
    times = Counter(name for name, _, _ in named)
    short = len({Path(path).stem for path in found}) == len(found)
    return {
        name if times[name] == 1 else f"{name} ({Path(path).stem if short else path})": [
            [(float(row[column]), float(row[2])) for row in rows] for rows in each
        ]
        for name, path, each in named
    }


def median_curve(runs: Sequence[Curve]) -> Curve:
    """The median of the seeds at each measurement that all of them have."""
    return [(median(x for x, _ in points), median(y for _, y in points)) for points in zip(*runs, strict=False)]
