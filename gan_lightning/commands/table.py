"""``table``: configurations trained over several seeds, and their figures with error bars."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch

from gan_lightning.callbacks.history import read_history
from gan_lightning.commands.children import Children
from gan_lightning.commands.training_run import Run, identity, plain, threads
from gan_lightning.commands.variations import variations
from gan_lightning.commands.watch import Watch, say
from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES, about, as_text
from gan_lightning.records import natural
from gan_lightning.records.listing import Complete
from gan_lightning.storage.shipped import config_file
from gan_lightning.storage.writing import check_writable, write_text

SHOWN = [
    "fid",
    "kid",
    "inception_score",
    "precision",
    "recall",
    "density",
    "coverage",
    "label_accuracy",
    "nn_distance_ratio",
]
"""The figures that a table has columns for by default."""

Result = dict[str, Any]
"""A run's metrics.json, and what it was a run of."""


def table(
    *options: str,
    configs: list[str],
    vary: list[str] = [],  # noqa: B006  (it is only read)
    seeds: int = 3,
    side_by_side: int = 1,
    output: str = "table.json",
    runs: str = "runs/table",
    figures: list[str] = SHOWN,
    complete: Complete,
) -> None:
    """Trains each configuration with each seed, tests it and prints mean ± standard deviation as a Markdown table.

    What follows ``--`` are options of fit, given to every run. A run that was interrupted goes on when the command is
    given again, and one that is done, in its folder or in the output, is not repeated. The output keeps the runs of
    other configurations and seeds that are in it already: a table grows.

    Args:
        options: Options of fit.
        configs: YAML files, such as [configs/vanilla.yaml,configs/dcgan.yaml].
        vary: An option and its values, such as data.batch_size=64,128; of several, all combinations have a row each.
        seeds: How many seeds, from 0.
        side_by_side: How many runs are trained at a time, each with its share of the cores.
        output: A .json file for all figures of all runs, the protocol and the table.
        runs: The folder of the runs.
        figures: The table's columns.

    Raises:
        UsageError: There is no such configuration or figure, the output cannot be written or is something else's, or a
            run failed.
    """
    for config in configs:
        config_file(config)
    own = any("metrics.extra" in option for option in options)
    if (unknown := set(figures) - set(FIGURES)) and not own:
        raise UsageError(f"there is no figure {', '.join(sorted(unknown))}: there are {', '.join(FIGURES)}")
    varied = variations(vary)
    for name, value in (("seeds", seeds), ("side_by_side", side_by_side)):
        if value < 1:
            raise UsageError(f"--{name} must be at least 1, not {value}")
    path = Path(output)
    check_writable(path.parent, "--output")
    kept = read_results(path)
    if vary:  # a mistake in the last row is told before the first one is trained
        for config, variation in product(configs, varied):
            complete([f"--config={config}", *options, *variation])
    environment = threads(side_by_side)
    wanted = [
        Run(config, seed, list(options), Path(runs, identity(config, options, each)), f"seed_{seed}", environment, each)
        for seed, config, each in product(range(seeds), configs, varied)
    ]
    current = tuple(identity(config, options) for config in configs)
    results = [result for result in kept if result["config"] not in configs or result["run"].startswith(current)]
    done = {(result["run"], result["seed"]) for result in results}
    to_do = [run for run in wanted if key(run) not in done]
    with Children() as children, Watch(len(to_do)) as watch, ThreadPoolExecutor(side_by_side) as pool:
        for result in pool.map(lambda run: train_and_test(run, children, watch), to_do):
            results.append(result)
            write_results(path, results, figures)
    lines = write_results(path, results, figures)
    print("\n".join(["", *lines, "", f"all figures in {output}"]))


def key(run: Run) -> tuple[str, int]:
    """What a run is known by among results."""
    return run.parent.name, run.seed


def train_and_test(run: Run, children: Children, watch: Watch) -> Result:
    """What a table keeps of a run, after as much training and testing as it still needs."""
    if run.metrics is None and not children.signal:
        say(f"{run.title}: training, with its log in {run.log}")
    with watch.over(run.title, run.folder):
        found = run.finish(children)
    seconds = read_history(run.folder / "history.csv")[-1]["seconds"]
    shown = ", ".join(f"{figure} {as_text(figure, found['figures'][figure])}" for figure in ("fid", "inception_score"))
    say(f"{run.title}: {shown} after {seconds / 60:.1f} minutes")
    training = {"seconds": seconds, **machine(), "threads": run.environment["OMP_NUM_THREADS"]}
    varied = {"varied": plain(run.variation)} if run.variation else {}
    what = {"config": run.config, "options": run.options, **varied, "seed": run.seed, "run": run.parent.name}
    return {**what, "training": training, **found}


def read_results(path: Path) -> list[Result]:
    """The runs in a table that was written before; none where there is no such file.

    Raises:
        UsageError: The file is no table.
    """
    if not path.exists():
        return []
    try:
        results = json.loads(path.read_text())["runs"]
        whole = all({"config", "run", "seed", "training", "figures", "real"} <= result.keys() for result in results)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise UsageError(
            f"{path} is there already, and is no table that this one could extend: choose another --output"
        )
    return results


def write_results(path: Path, results: list[Result], figures: list[str]) -> list[str]:
    """Writes the table, rows in order of configurations' names; gives its lines."""
    results = sorted(results, key=lambda result: (result["config"], natural(row_title(result)), result["seed"]))
    lines = markdown(results, figures)
    write_text(path, json.dumps({"table": lines, "runs": results}, indent=2) + "\n")
    return lines


def markdown(results: list[Result], figures: list[str]) -> list[str]:
    """The lines of a Markdown table with a row for each configuration or variation, and for each data set's own."""
    arrows = [f"`{figure}` {about(figure).better}".strip() for figure in figures]
    lines = [f"| | {' | '.join(arrows)} | images seen | minutes | cores |", f"| --- |{' ---: |' * (len(figures) + 3)}"]
    for title in dict.fromkeys(map(row_title, results)):
        own = [result for result in results if row_title(result) == title]
        cells = row([result["figures"] for result in own], figures)
        lines.append(f"| {title} | {' | '.join([*cells, *costs(own)])} |")
    for title, real in real_rows(results):
        lines.append(f"| {title} | {' | '.join(row([real], figures))} | | | |")
    return lines


def row_title(result: Result) -> str:
    """How the row of a result begins: its configuration, and what is varied."""
    return " ".join(f"`{word}`" for word in [result["config"], *result.get("varied", [])])


def real_rows(results: list[Result]) -> Iterator[tuple[str, dict[str, float]]]:
    """The figures of real images by each protocol that there is among the results."""
    protocols = {json.dumps(result["protocol"]): result for result in results}
    for result in protocols.values():
        protocol = result["protocol"]
        what = f", {protocol['dataset']}, N = {protocol['num_images']:,}" if len(protocols) > 1 else ""
        yield f"real images{what}", result["real"]


def row(results: list[dict[str, float]], figures: list[str]) -> list[str]:
    """Cells with mean ± standard deviation (of the sample, with n - 1) over ``results``."""
    cells = []
    for figure in figures:
        values = [result[figure] for result in results if figure in result]
        cell = as_text(figure, mean(values)) if values else ""
        if len(values) > 1:
            decimals = len(cell.partition(".")[2])
            cell += f" ± {stdev(values):.2g}" if "e" in cell else f" ± {stdev(values):.{decimals}f}"
        cells.append(cell)
    return cells


def costs(results: list[Result]) -> list[str]:
    """Cells with the means of the images seen, the minutes of training and the cores of each run."""
    training = [result["training"] for result in results]
    images = mean(result["source"]["images_seen"] for result in results)
    cores = "–".join(sorted({str(part["threads"]) for part in training}))
    return [f"{images:,.0f}", f"{mean(part['seconds'] for part in training) / 60:.1f}", cores]


def machine() -> dict[str, Any]:
    """What a run is made on."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()
    return {"device": device, "torch": torch.__version__}
