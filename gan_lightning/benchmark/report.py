"""What a benchmark found, as text."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

TITLES = {"fit": "fit", "bare": "the bare step", "textbook": "the textbook loop"}


def ratios(seconds: Mapping[str, list[float]], slower: str, faster: str) -> list[float]:
    """How many times as fast as ``slower`` each round found ``faster``."""
    return [a / b for a, b in zip(seconds[slower], seconds[faster], strict=True)]


def with_spread(values: list[float], decimals: int) -> str:
    """The median with the smallest and the largest value."""
    low, high = min(values), max(values)
    return f"{median(values):,.{decimals}f} ({low:,.{decimals}f} to {high:,.{decimals}f})"


def as_lines(found: Mapping[str, Any]) -> list[str]:
    """A benchmark's result, as ``benchmark --output`` writes it, line by line."""
    rates, where = found["images_per_second"], found["machine"]
    lines = [
        f"{found['model']} on {found['data']}, batch {found['batch_size']}, {found['precision']}",
        f"{where['device']}, {where['cores']} cores, {where['threads']} threads, torch {where['torch']}",
        "",
        f"{'images per second':<40} median (lowest to highest of {len(rates['fit'])} rounds)",
        *(f"  {title:<38} {with_spread(rates[name], 0)}" for name, title in TITLES.items()),
        f"{'fit : bare step':<40} {with_spread(found['ratios']['fit/bare'], 3)}",
        f"{'fit : textbook loop':<40} {with_spread(found['ratios']['fit/textbook'], 2)}",
        f"{'an epoch ends with':<40} {found['epoch_end_seconds']:.2f} s of pictures and checkpoints",
        "",
        f"{'a step computes':<40} {found['gigaflop_per_step']:.2f} GFLOP",
        f"{'the bare step reaches':<40} {found['gigaflop_per_second']:,.0f} GFLOP/s",
        f"{'a product of large matrices':<40} {found['matrix_gigaflop_per_second']:,.0f} GFLOP/s",
        f"{'share of that peak':<40} {found['share_of_peak']:.0%}",
        f"{'peak memory':<40} {found['peak_memory_bytes'] / 2**20:,.0f} MiB",
    ]
    if "launch_share" in found:
        bound = "Python's launches" if found["launch_share"] > 0.9 else "the GPU's work"
        lines.append(f"{'launching takes':<40} {found['launch_share']:.0%} of a step: {bound} set its pace")
    whole = sum(found["step_milliseconds"].values())
    lines += ["", f"{'a batch of fit':<48} ms    share"]
    lines += [f"  {part:<46} {t:8.2f} {t / whole:6.1%}" for part, t in found["step_milliseconds"].items()]
    if "work" in found:
        lines += ["", f"{'a bare step by kind of work':<48} ms    GFLOP/s"]
        for kind, cost in found["work"].items():
            speed = f"{cost['gigaflop_per_second']:10,.0f}" if cost["gigaflop_per_second"] else ""
            lines.append(f"  {kind:<46} {cost['milliseconds']:8.2f}{speed}")
    return lines


def startup_line(found: Mapping[str, float]) -> str:
    """How long a command takes to start, in a sentence."""
    return (
        f"fit ends its first batch after {found['one_batch']:.1f} s, of which importing libraries takes "
        f"{found['import_libraries']:.1f} s and importing this package {found['import_package']:.2f} s"
    )


def scaling_lines(rows: list[Mapping[str, Any]]) -> list[str]:
    """A Markdown table of what the bare step costs at other sizes."""
    lines = [
        "| | ms a step | images/s | GFLOP a step | share of peak |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        lines.append(
            f"| {row['option']} {row['value']} | {row['milliseconds']:.1f} | {row['images_per_second']:,.0f} "
            f"| {row['gigaflop_per_step']:.2f} | {row['share_of_peak']:.0%} |"
        )
    return lines


def side_by_side_line(found: Mapping[str, Any]) -> str:
    """What trainings side by side gain, in a sentence."""
    return (
        f"{found['processes']} trainings side by side take {with_spread(found['gain'], 2)} times as many steps "
        f"a second as one after the other with all {found['cores']} cores"
    )
