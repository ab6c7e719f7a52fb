"""``benchmark``: how fast training is, where its time goes, and how long it takes to a quality."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_lightning.errors import UsageError, check_number
from gan_lightning.storage.shipped import config_file
from gan_lightning.storage.writing import check_writable, write_text

if TYPE_CHECKING:
    from gan_lightning.benchmark.measure import Build


def benchmark(
    *options: str,
    config: str = "configs/dcgan.yaml",
    rounds: int = 10,
    steps: int = 20,
    startup: bool = False,
    scaling: bool = False,
    side_by_side: int = 0,
    until: str | None = None,
    textbook: str | None = None,
    seeds: int = 3,
    at_most: float = 30.0,
    output: str | None = None,
    build: Build,
) -> None:
    """Measures fit, its bare step without Lightning and a textbook loop over the same networks, taking turns.

    With ``--until`` fit and the textbook loop instead train until a figure is good enough. What follows ``--`` are
    options of fit.

    Args:
        options: Options of fit.
        config: A YAML file.
        rounds: How often the three take turns.
        steps: Batches in a turn.
        startup: Whether to measure how long fit takes to its first batch.
        scaling: Whether to measure the bare step at other batch sizes, widths and image sizes as well.
        side_by_side: So many trainings at a time, each in a process with its share of the cores, are compared with
            one that has all cores; 0 for none.
        until: A figure and its value, such as val/fid=0.15: the seconds of training that fit and the textbook loop
            need to it are measured, and nothing else.
        textbook: With --until, the YAML file whose networks, data and batch size the textbook loop trains, by default
            that of --config. Options of fit are for both, but those of the model only for fit.
        seeds: With --until, how many seeds, from 0.
        at_most: With --until, the minutes of training after which a loop gives up.
        output: A .json file for all that was measured.
        build: Builds what ``fit`` would train; the command line's own.

    Raises:
        UsageError: An option is out of range, there is no such configuration, or the output cannot be written.
    """
    config_file(config)
    config_file(textbook or config)
    least = {"rounds": (rounds, 1), "steps": (steps, 1), "side_by_side": (side_by_side, 0), "seeds": (seeds, 1)}
    for name, (value, lowest) in least.items():
        check_number(f"--{name}", value, lowest)
    if not 0 < at_most < math.inf:
        raise UsageError(f"--at_most must be a positive number of minutes, not {at_most}")
    if output is not None:
        check_writable(Path(output).parent, "--output")
    if until is not None:
        if startup or scaling or side_by_side:
            raise UsageError("--until measures nothing else: leave out --startup, --scaling and --side_by_side")
        time_to_quality(options, config, textbook or config, until, seeds, at_most, output, build)
    elif textbook is not None:
        raise UsageError("--textbook is for --until: give both, or leave it out")
    else:
        throughput(options, config, rounds, steps, startup, scaling, side_by_side, output, build)


def time_to_quality(
    options: Sequence[str],
    config: str,
    textbook: str,
    until: str,
    seeds: int,
    at_most: float,
    output: str | None,
    build: Build,
) -> None:
    """Prints, and after each seed writes, how long ``fit`` and the textbook loop train until a figure is good enough.

    Raises:
        UsageError: There is no such figure, or it cannot be measured.
    """
    from gan_lightning.benchmark.quality import races
    from gan_lightning.benchmark.race import Target
    from gan_lightning.benchmark.report import race_lines, seed_line

    found: dict[str, Any] = {}
    for found in races(build, config, textbook, options, seeds, Target.parse(until), at_most):
        write(found, output)
        print(seed_line(found), flush=True)
    print("\n".join(["", *race_lines(found)]))
    tell(output)


def throughput(
    options: Sequence[str],
    config: str,
    rounds: int,
    steps: int,
    startup: bool,
    scaling: bool,
    side_by_side: int,
    output: str | None,
    build: Build,
) -> None:
    """Prints and writes how fast the three loops are, and whatever else is asked for."""
    from gan_lightning.benchmark.measure import measure, measure_scaling
    from gan_lightning.benchmark.processes import measure_side_by_side
    from gan_lightning.benchmark.report import as_lines, scaling_lines, side_by_side_line, startup_line
    from gan_lightning.benchmark.startup import measure_startup

    given = [f"--config={config}", *options]
    found = {"config": config, "options": list(options), **measure(build, given, rounds, steps)}
    lines = ["", *as_lines(found)]
    if startup:
        found["startup_seconds"] = measure_startup(given)
        lines += ["", startup_line(found["startup_seconds"])]
    if scaling:
        found["scaling"] = measure_scaling(build, given, rounds, steps)
        lines += ["", *scaling_lines(found["scaling"])]
    if side_by_side:
        found["side_by_side"] = measure_side_by_side(build, given, side_by_side, rounds, steps)
        lines += ["", side_by_side_line(found["side_by_side"])]
    print("\n".join(lines))
    write(found, output)
    tell(output)


def write(found: Mapping[str, Any], output: str | None) -> None:
    """Writes what was measured, if there is an ``output``."""
    if output is not None:
        write_text(Path(output), json.dumps(found, indent=2) + "\n")


def tell(output: str | None) -> None:
    """Says where the output is, if there is one."""
    if output is not None:
        print(f"\nall of it in {output}")
