"""``benchmark``: how fast training is, and where its time goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from gan_lightning.commands.runs import check_config
from gan_lightning.errors import UsageError
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
    output: str | None = None,
    build: Build,
) -> None:
    """Measures fit, its bare step without Lightning and a textbook loop over the same networks, taking turns.

    What follows ``--`` are options of fit.

    Args:
        options: Options of fit.
        config: A YAML file.
        rounds: How often the three take turns.
        steps: Batches in a turn.
        startup: Whether to measure how long fit takes to its first batch.
        scaling: Whether to measure the bare step at other batch sizes, widths and image sizes as well.
        side_by_side: So many trainings at a time, each in a process with its share of the cores, are compared with
            one that has all cores; 0 for none.
        output: A .json file for all that was measured.
        build: Builds what ``fit`` would train; the command line's own.

    Raises:
        UsageError: An option is out of range, there is no such configuration, or the output cannot be written.
    """
    from gan_lightning.benchmark.measure import measure, measure_scaling
    from gan_lightning.benchmark.processes import measure_side_by_side
    from gan_lightning.benchmark.report import as_lines, scaling_lines, side_by_side_line, startup_line
    from gan_lightning.benchmark.startup import measure_startup

    check_config(config, "--config")
    for name, value, least in (("rounds", rounds, 1), ("steps", steps, 1), ("side_by_side", side_by_side, 0)):
        if value < least:
            raise UsageError(f"--{name} must be at least {least}, not {value}")
    if output is not None:
        check_writable(Path(output).parent, "--output")
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
    if output is not None:
        write_text(Path(output), json.dumps(found, indent=2) + "\n")
        print(f"\nall of it in {output}")
