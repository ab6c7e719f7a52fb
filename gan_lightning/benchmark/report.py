"""What a benchmark found, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from gan_lightning.metrics.report import as_text

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


def seed_line(found: Mapping[str, Any]) -> str:
    """What became of the newest race, in a sentence."""
    race = found["races"][-1]
    parts = []
    for name in ("fit", "textbook"):
        run = race[name]
        value = f"val/{found['figure']} {as_text(found['figure'], run['curve'][-1][-1])}" if run["curve"] else "nothing"
        parts.append(f"{TITLES[name]} got to {value} in {run['seconds_trained']:,.0f} s")
    return f"seed {race['seed']}: {', '.join(parts)}"


def race_lines(found: Mapping[str, Any]) -> list[str]:
    """The result of the races, as ``benchmark --until --output`` writes it, line by line."""
    runs, where, figure = found["races"], found["machine"], found["figure"]
    count = f"{len(runs)} seed{'s' if len(runs) > 1 else ''}"
    lines = [
        f"{found['config']} by fit, {found['precision']}; {found['textbook']} by the textbook loop",
        f"{where['device']}, {where['cores']} cores, {where['threads']} threads, torch {where['torch']}",
        f"measured with {found['protocol']['num_images']:,} images; real ones have {as_text(figure, found['floor'])}",
        "",
        f"{'until ' + found['until']:<28} {'seconds of training':<32} images seen",
    ]
    for name in ("fit", "textbook"):
        lines.append(f"  {TITLES[name]:<26} {seconds_cell(found, name):<32} {images_cell(runs, name)}")
    return [*lines, f"{'textbook loop : fit':<28} {ratio_cell(runs)}", f"median (lowest to highest) of {count}"]


def seconds_cell(found: Mapping[str, Any], name: str) -> str:
    """The seconds of a loop, with those of the seeds that got there."""
    known = [run[name]["seconds"] for run in found["races"] if run[name]["reached"]]
    late = len(found["races"]) - len(known)
    if found["median_seconds"][name] is None:
        ended = any(run[name]["ended"] for run in found["races"])
        given_up = f"not within {'its epochs' if ended else format(found['at_most_minutes'], 'g') + ' minutes'}"
        return f"{given_up}, but for {len(known)} of {len(found['races'])}" if known else given_up
    low, high = f"{min(known):,.1f}", "not reached" if late else f"{max(known):,.1f}"
    return f"{found['median_seconds'][name]:,.1f} ({low} to {high})"


def images_cell(runs: Sequence[Mapping[str, Any]], name: str) -> str:
    """The images that a loop had seen when it got there or gave up."""
    return with_spread([run[name]["images"] for run in runs], 0)


def ratio_cell(runs: Sequence[Mapping[str, Any]]) -> str:
    """How many times as long the textbook loop takes, or the least that it may be."""
    if not all(run["fit"]["reached"] for run in runs):
        return "unknown, since fit did not always get there"
    known = [run["ratio_at_least"] if run["ratio"] is None else run["ratio"] for run in runs]
    bound = "at least " if any(run["ratio"] is None for run in runs) else ""
    return bound + with_spread(known, 2)
