"""Trainings side by side, each with its share of the cores, against one after the other with all cores."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import torch

from gan_lightning.benchmark.loops import BareLoop
from gan_lightning.benchmark.machine import Clock
from gan_lightning.benchmark.measure import WARM_UP, Build, precision_of
from gan_lightning.errors import UsageError


def measure_side_by_side(build: Build, options: Sequence[str], count: int, rounds: int, steps: int) -> dict[str, Any]:
    """The bare steps a second of one process with all cores and of ``count`` processes that share them, in turns."""
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    pipes, workers = [], []
    for _ in range(count):
        ours, theirs = context.Pipe()
        workers.append(context.Process(target=serve, args=(theirs, build, options), daemon=True))
        workers[-1].start()
        theirs.close()  # or a worker that ends early would be waited for for ever
        pipes.append(ours)
    answers(pipes)  # they are ready
    rates: dict[str, list[float]] = {"alone": [], "together": []}
    for _ in range(rounds):
        rates["alone"].append(steps / max(ask(pipes[:1], cores, steps)))
        rates["together"].append(count * steps / max(ask(pipes, max(1, cores // count), steps)))
    for pipe, worker in zip(pipes, workers, strict=True):
        pipe.send(None)
        worker.join()
    gains = [b / a for a, b in zip(rates["alone"], rates["together"], strict=True)]
    return {"processes": count, "cores": cores, "steps_per_second": rates, "gain": gains, "median_gain": median(gains)}


def ask(pipes: Sequence[Connection], threads: int, steps: int) -> list[float]:
    """The seconds that each of the processes takes for ``steps`` steps when all of them work at the same time."""
    for pipe in pipes:
        pipe.send((threads, steps))
    return answers(pipes)


def answers(pipes: Sequence[Connection]) -> list[Any]:
    """What each of the processes says next.

    Raises:
        UsageError: One has ended.
    """
    try:
        return [pipe.recv() for pipe in pipes]
    except EOFError:
        raise UsageError(
            f"one of the {len(pipes)} trainings side by side ended early, perhaps for want of memory: give a smaller "
            "--side_by_side"
        ) from None


def serve(pipe: Connection, build: Build, options: Sequence[str]) -> None:
    """Takes as many steps as it is told to, with so many threads, until it is told nothing more."""
    with tempfile.TemporaryDirectory() as folder:
        trainer, model, data = build(options, folder)
        loop = BareLoop(model, data, precision_of(trainer))
        clock = Clock(trainer.strategy.root_device)
        loop.run(WARM_UP)
        pipe.send("ready")
        while (task := pipe.recv()) is not None:
            threads, steps = task
            torch.set_num_threads(threads)
            start = clock.mark()
            loop.run(steps)
            pipe.send(clock.seconds(start, clock.mark()))
