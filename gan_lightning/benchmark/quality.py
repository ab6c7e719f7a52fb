"""Time to quality: how long ``fit`` and the textbook loop train until a figure is good enough."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from gan_lightning.benchmark.loops import TextbookLoop
from gan_lightning.benchmark.machine import Clock, machine
from gan_lightning.benchmark.measure import Build
from gan_lightning.benchmark.race import Race, Target
from gan_lightning.callbacks import QualityMetrics
from gan_lightning.data import ImageDataModule
from gan_lightning.errors import UsageError

LOOPS = "fit", "textbook"


def races(
    build: Build, config: str, textbook: str, options: Sequence[str], seeds: int, target: Target, minutes: float
) -> Iterator[dict[str, Any]]:
    """All results so far, after the race of each seed.

    Args:
        build: Builds what ``fit`` would train.
        config: The configuration of ``fit``.
        textbook: That of the textbook loop.
        options: Options of fit.
        seeds: How many races, with the seeds from 0.
        target: What ends a race.
        minutes: Of training, after which a loop gives up.
    """
    found: dict[str, Any] = {
        "until": str(target),
        "figure": target.figure,
        "threshold": target.threshold,
        "at_most_minutes": minutes,
        "config": config,
        "textbook": textbook,
        "options": list(options),
        "races": [],
    }
    for seed in range(seeds):
        outcome, surroundings = race(build, config, textbook, options, seed, target, 60 * minutes)
        found |= surroundings
        found["races"].append({"seed": seed, **outcome, **compared(outcome)})
        found["median_seconds"] = {name: median_seconds(found["races"], name) for name in LOOPS}
        yield found


def race(
    build: Build, config: str, textbook: str, options: Sequence[str], seed: int, target: Target, limit: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What became of ``fit`` and of the textbook loop with this seed, and what is the same for all seeds."""
    seeded = [f"--seed_everything={seed}", f"--data.seed={seed}", "--trainer.limit_val_batches=0"]
    with tempfile.TemporaryDirectory() as folder:
        other = None
        if textbook != config:  # before the one that is trained, which seeds torch
            other = build([f"--config={textbook}", *without_model(options), *seeded], folder)
        trainer, model, data = build([f"--config={config}", *options, *seeded], folder, measured=True)
        _, textbook_model, textbook_data = other or (trainer, model, data)
        check_comparable(data, textbook_data)
        device = trainer.strategy.root_device
        (metrics,) = (callback for callback in trainer.callbacks if isinstance(callback, QualityMetrics))
        loop = TextbookLoop(textbook_model, textbook_data, device)
        contest = Race(loop, metrics, target, limit, Clock(device))
        trainer.callbacks.append(contest)
        trainer.fit(model, data)
    evaluation, num_images = metrics.evaluation, metrics.num_images
    assert evaluation is not None
    surroundings = {
        "floor": evaluation.floor(num_images)[target.figure],
        "protocol": asdict(evaluation.protocol(num_images)),
        "precision": trainer.precision,
        "machine": machine(device),
    }
    return {"fit": contest.fit.result(), "textbook": contest.textbook.result()}, surroundings


def without_model(options: Sequence[str]) -> list[str]:
    """The options but for those of the model, with their values: the textbook loop's has others."""
    kept, dropping = [], False
    for word in options:
        dropping = word.startswith("--model") or (dropping and not word.startswith("--"))
        kept += [] if dropping else [word]
    return kept


def check_comparable(data: ImageDataModule, other: ImageDataModule) -> None:
    """Raises UsageError where the figures of images like ``other`` are not those of images like ``data``."""
    ours, theirs = ((one.dataset, tuple(one.image_shape), list(one.classes)) for one in (data, other))
    if ours != theirs:
        raise UsageError(
            f"--textbook: its images are {theirs[0]} of (channels, height, width) {theirs[1]} and classes {theirs[2]}, "
            f"those of --config {ours[0]} of {ours[1]} and classes {ours[2]}: figures are only compared on the same"
        )


def compared(outcome: Mapping[str, Any]) -> dict[str, float | None]:
    """How many times as long the textbook loop took; where one has not got there, what is known of that."""
    fit, textbook = (outcome[name] for name in LOOPS)
    if fit["reached"] and textbook["reached"]:
        return {"ratio": textbook["seconds"] / fit["seconds"]}
    found: dict[str, float | None] = {"ratio": None}
    if fit["reached"]:
        found["ratio_at_least"] = textbook["seconds_trained"] / fit["seconds"]
    if textbook["reached"]:
        found["ratio_at_most"] = textbook["seconds"] / fit["seconds_trained"]
    return found


def median_seconds(runs: Sequence[Mapping[str, Any]], loop: str) -> float | None:
    """The median over the seeds, of which those that did not get there are the longest; None if it is one of them."""
    known = [math.inf if run[loop]["seconds"] is None else run[loop]["seconds"] for run in runs]
    middle = median(known)
    return middle if math.isfinite(middle) else None
