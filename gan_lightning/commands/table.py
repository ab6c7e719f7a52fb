"""``table``: configurations trained over several seeds, and their figures with error bars."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch

from gan_lightning.commands.children import Children
from gan_lightning.commands.runs import Run, check_config, identity
from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES, as_text
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


def table(
    *options: str,
    configs: list[str],
    seeds: int = 3,
    output: str = "table.json",
    runs: str = "runs/table",
    figures: list[str] = SHOWN,
) -> None:
    """Trains each configuration with each seed, tests it and prints mean ± standard deviation as a Markdown table.

    What follows ``--`` are options of fit, given to every run. A run that was interrupted goes on when the command is
    given again, and one that is done is not repeated.

    Args:
        options: Options of fit.
        configs: YAML files, such as [configs/vanilla.yaml,configs/dcgan.yaml].
        seeds: How many seeds, from 0.
        output: A .json file for all figures of all runs, the protocol and the table.
        runs: The folder of the runs.
        figures: The table's columns.

    Raises:
        UsageError: There is no such configuration or figure, the output cannot be written, or a run failed.
    """
    for config in configs:
        check_config(config, "--configs [FILE,FILE]")
    if unknown := set(figures) - set(FIGURES):
        raise UsageError(f"there is no figure {', '.join(sorted(unknown))}: there are {', '.join(FIGURES)}")
    if seeds < 1:
        raise UsageError(f"--seeds must be at least 1, not {seeds}")
    check_writable(Path(output).parent, "--output")
    with Children() as children:
        results = [
            {"config": config, "seed": seed, **train_and_test(config, seed, list(options), Path(runs), children)}
            for seed in range(seeds)
            for config in configs
        ]
    lines = markdown(results, configs, figures)
    content = {"options": list(options), "machine": machine(), "table": lines, "runs": results}
    write_text(Path(output), json.dumps(content, indent=2) + "\n")
    print("\n".join(["", *lines, "", f"all figures in {output}"]))


def train_and_test(config: str, seed: int, options: list[str], runs: Path, children: Children) -> dict[str, Any]:
    """The contents of the run's metrics.json, after as much training and testing as it still needs."""
    run = Run(config, seed, options, parent=runs / identity(config, options), name=f"seed_{seed}")
    if run.metrics is None:
        print(f"{config}, seed {seed}: training, with its log in {run.log}", flush=True)
    result = run.finish(children)
    shown = ", ".join(f"{figure} {as_text(figure, result['figures'][figure])}" for figure in ("fid", "inception_score"))
    print(f"{config}, seed {seed}: {shown}", flush=True)
    return result


def markdown(results: list[dict[str, Any]], configs: list[str], figures: list[str]) -> list[str]:
    """The lines of a Markdown table with a row for each configuration and one for real images."""
    arrows = [f"`{figure}` {FIGURES[figure].better}".strip() for figure in figures]
    lines = [f"| | {' | '.join(arrows)} |", f"| --- |{' ---: |' * len(figures)}"]
    for config in configs:
        own = [result["figures"] for result in results if result["config"] == config]
        lines.append(row(f"`{config}`", own, figures))
    return [*lines, row("real images", [results[0]["real"]], figures)]


def row(title: str, results: list[dict[str, float]], figures: list[str]) -> str:
    """A row with mean ± standard deviation (of the sample, with n - 1) over ``results``."""
    cells = []
    for figure in figures:
        values = [result[figure] for result in results if figure in result]
        cell = as_text(figure, mean(values)) if values else ""
        if len(values) > 1:
            decimals = len(cell.partition(".")[2])
            cell += f" ± {stdev(values):.2g}" if "e" in cell else f" ± {stdev(values):.{decimals}f}"
        cells.append(cell)
    return f"| {title} | {' | '.join(cells)} |"


def machine() -> dict[str, Any]:
    """What the runs were made on."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()
    return {"device": device, "cores": os.cpu_count(), "torch": torch.__version__}
