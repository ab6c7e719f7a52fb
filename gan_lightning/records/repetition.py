"""Whether a run that was made again is the same, and what may be the reason where it is not."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_lightning.callbacks.history import read_history
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.storage.folders import CHECKPOINTS

CLOCK = "seconds"
"""The column of a history that no two runs have in common."""

SURROUNDINGS = "device", "accelerator", "threads", "processes", "precision", "revision"
"""What ``run.json`` has of a run, beside the versions, that its numbers may depend on."""


SHOWN = 8
"""Differences of a file that are told."""


@dataclass(frozen=True)
class Comparison:
    """One of a run's files beside the same file of another run.

    Args:
        what: What was compared.
        count: How many of them there are.
        differences: What differs, and by how much, a line each.
    """

    what: str
    count: int
    differences: list[str]

    def __str__(self) -> str:
        if not self.differences:
            return f"{self.what}: all {self.count:,} agree to the bit"
        more = len(self.differences) - SHOWN
        lines = [*self.differences[:SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
        return "\n  ".join([f"{self.what}: {len(self.differences):,} of {self.count:,} differ", *lines])


def compare_runs(first: Path, second: Path) -> list[Comparison]:
    """The last checkpoints, the histories and the figures of two runs' folders, the latter where there are any."""
    kept, again = (read_checkpoint(folder / CHECKPOINTS / "last.ckpt") for folder in (first, second))
    found = [
        compare_tensors("tensors of the networks", kept["state_dict"], again["state_dict"]),
        compare_tensors("tensors of the optimisers", *(c.get("optimizer_states") for c in (kept, again))),
        compare_numbers("columns of history.csv", *(history(folder) for folder in (first, second))),
    ]
    if (first / "metrics.json").is_file():
        found.append(compare_numbers("figures of metrics.json", *(figures(folder) for folder in (first, second))))
    return found


def compare_tensors(what: str, first: Any, second: Any) -> Comparison:
    """The tensors that two containers of plain data hold, bit by bit; those that differ most come first."""
    kept, again = dict(tensors(first)), dict(tensors(second))
    names = list(dict.fromkeys([*kept, *again]))
    apart = {name: gap(kept.get(name), again.get(name)) for name in names if not same(kept.get(name), again.get(name))}
    ordered = sorted(apart, key=lambda name: apart[name], reverse=True)
    return Comparison(what, len(names), [f"{name} by at most {apart[name]:.3g}" for name in ordered])


def tensors(value: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor within ``value``, by its place."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, (Mapping, list, tuple)):
        for key, part in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from tensors(part, f"{name}.{key}" if name else str(key))


def same(first: Tensor | None, second: Tensor | None) -> bool:
    """Whether both have the same bits, which NaN may have, and 0 and -0 have not."""
    if first is None or second is None or (first.shape, first.dtype) != (second.shape, second.dtype):
        return False
    bits = (part.contiguous().flatten().view(torch.uint8) for part in (first, second))
    return torch.equal(*bits)


def gap(first: Tensor | None, second: Tensor | None) -> float:
    """The largest difference between two elements; infinite where one of the two is missing or of another shape."""
    if first is None or second is None or first.shape != second.shape:
        return math.inf
    return float((first.double() - second.double()).abs().max())


def compare_numbers(what: str, first: Mapping[str, list[float]], second: Mapping[str, list[float]]) -> Comparison:
    """The numbers of each name, of which there may be several in order."""
    names = list(dict.fromkeys([*first, *second]))
    lines = []
    for name in names:
        kept, again = first.get(name, []), second.get(name, [])
        if len(kept) != len(again):
            lines.append(f"{name}: {len(kept)} values, and {len(again)} again")
        elif gaps := [abs(a - b) for a, b in zip(kept, again, strict=True) if not alike(a, b)]:
            lines.append(f"{name} by at most {max(gaps):.2g}, the last of {kept[-1]:.6g} and {again[-1]:.6g}")
    return Comparison(what, len(names), lines)


def alike(first: float, second: float) -> bool:
    return first == second or (math.isnan(first) and math.isnan(second))


def history(folder: Path) -> dict[str, list[float]]:
    """The columns of a run's ``history.csv`` but for its clock; none where there is no such file."""
    path = folder / "history.csv"
    rows = read_history(path) if path.is_file() else []
    names = dict.fromkeys(name for row in rows for name in row if name != CLOCK)
    return {name: [row[name] for row in rows if name in row] for name in names}


def figures(folder: Path) -> dict[str, list[float]]:
    """The figures in a run's ``metrics.json``."""
    found: dict[str, float] = json.loads((folder / "metrics.json").read_text())["figures"]
    return {name: [value] for name, value in found.items()}


def reasons(known: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """What two runs' facts have differently that may explain different numbers, the facts of the first one first."""
    found = [f"{name} {a} and {b}" for name, a, b in both(known, again) if a != b]
    for place, facts in (("first", known), ("second", again)):
        if str(facts.get("revision")).endswith("-dirty"):
            found.append(f"the code of the {place} run had changes that no revision has")
    for part in known.get("went_on", []):
        changed = [f"{name} {b}" for name, a, b in both(known, part) if a != b]
        if changed:
            found.append(f"from batch {part['batches']:,} on the first run had {', '.join(changed)}")
    if again.get("accelerator", "cpu") != "cpu" and not again.get("deterministic"):
        found.append("a GPU adds up in no fixed order, unless --trainer.deterministic is true")
    return found


def both(known: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each of the surroundings and versions, with what it was and what it is; null where that is not known."""
    for name in SURROUNDINGS:
        yield name, known.get(name), again.get(name)
    versions = [facts.get("versions", {}) for facts in (known, again)]
    for name in dict.fromkeys([*versions[0], *versions[1]]):
        yield name, versions[0].get(name), versions[1].get(name)
