"""The measurements that ``benchmark`` is made of."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from statistics import median
from typing import Any, Protocol

import torch

from gan_lightning.benchmark.breakdown import breakdown, launch_share
from gan_lightning.benchmark.contest import LOGGING, Contest, Loop
from gan_lightning.benchmark.loops import BareLoop, TextbookLoop
from gan_lightning.benchmark.machine import Clock, machine, matrix_peak, peak_memory
from gan_lightning.benchmark.operations import operations_by_kind, work
from gan_lightning.benchmark.report import ratios
from gan_lightning.data import ImageDataModule
from gan_lightning.models import GAN
from gan_lightning.training.module import AlternatingModule
from gan_lightning.training.recorded import obstacle

WARM_UP = 5
"""Batches that nobody times: caches fill, buffers are allocated, graphs are recorded."""

SIZES = {"data.batch_size": (32, 64, 128, 256), "model.width": (32, 64, 128), "data.image_size": (16, 28, 32, 64)}
"""What the table of scaling varies, one after the other."""


class Build(Protocol):
    """From the options of ``fit`` and a folder for its files to its trainer, model and data."""

    def __call__(
        self, options: Sequence[str], folder: str, measured: bool = False
    ) -> tuple[Any, GAN, ImageDataModule]: ...


def measure(build: Build, options: Sequence[str], rounds: int, steps: int) -> dict[str, Any]:
    """``fit`` with ``options`` against its bare step and the textbook loop, in ``rounds`` turns of ``steps``."""
    with tempfile.TemporaryDirectory() as folder:
        trainer, model, data = build([*options, "--trainer.limit_val_batches=0"], folder)
        plain = BareLoop(copy.deepcopy(model), data, precision_of(trainer))
        device, batches = trainer.strategy.root_device, len(data.images(train=True)[0]) // data.batch_size
        contest = contest_of(trainer, model, data, rounds, steps)
        trainer.fit_loop.epoch_loop.max_steps = contest.batches
        trainer.fit_loop.max_epochs = -(-contest.batches // batches)
        trainer.callbacks.append(contest)
        trainer.fit(model, data)
        memory = peak_memory(device)
    seconds = {name: [t / steps for t in times] for name, times in contest.seconds.items()}
    if contest.batches <= batches:  # no epoch ended within a turn
        seconds["fit"] = [t + contest.epoch_end_seconds / batches for t in seconds["fit"]]
    plain.run(WARM_UP)
    return {
        "model": type(model).__name__,
        "data": data.dataset,
        "batch_size": data.batch_size,
        "precision": trainer.precision,
        "machine": machine(device),
        "images_per_second": {name: [data.batch_size / t for t in times] for name, times in seconds.items()},
        "ratios": {f"fit/{other}": ratios(seconds, other, "fit") for other in ("bare", "textbook")},
        "epoch_end_seconds": contest.epoch_end_seconds,
        **speed(plain, median(seconds["bare"])),
        "peak_memory_bytes": memory,
        **({"launch_share": launch_share(plain, steps)} if device.type == "cuda" else {"work": work(plain, steps)}),
        "step_milliseconds": step_milliseconds(plain, contest, seconds, contest.epoch_end_seconds / batches),
    }


def contest_of(trainer: Any, model: GAN, data: ImageDataModule, rounds: int, steps: int) -> Contest:
    """The bare step, by the same fast means as ``fit``, and the textbook loop, to take turns with it."""
    device, own = trainer.strategy.root_device, copy.deepcopy(model)
    if own.compile_networks:
        own.generator.compile()
        own.discriminator.compile()
    graphed = bool(own.cuda_graph) and obstacle(trainer, own, AlternatingModule) is None
    warm_up = WARM_UP * model.discriminator_steps  # a step with the generator's turn is recorded for itself
    loops: dict[str, Loop] = {
        "bare": BareLoop(own, data, precision_of(trainer), graphed),
        "textbook": TextbookLoop(model, data, device),
    }
    return Contest(loops, rounds, steps, warm_up, profiled=trainer.log_every_n_steps)


def speed(loop: BareLoop, seconds: float) -> dict[str, float]:
    """What an average bare step computes, which takes ``seconds``, and what share of the machine's peak that is."""
    flop = sum(operations_by_kind(loop).values()) / loop.model.discriminator_steps
    peak = matrix_peak(loop.model.device, compute_type(loop))
    return {
        "gigaflop_per_step": flop / 1e9,
        "gigaflop_per_second": flop / seconds / 1e9,
        "matrix_gigaflop_per_second": peak / 1e9,
        "share_of_peak": flop / seconds / peak,
    }


def step_milliseconds(
    loop: BareLoop, contest: Contest, seconds: Mapping[str, list[float]], epoch_end: float
) -> dict[str, float]:
    """The parts of a batch of ``fit``: those of the bare step, for which ``loop`` is used up, and what comes on top."""
    parts = breakdown(loop, contest.steps)
    scale = median(seconds["bare"]) / sum(parts.values())  # the parts were timed at another moment
    parts = {name: t * scale for name, t in parts.items()}
    parts["callbacks"] = sum(contest.callbacks_seconds("on_train_batch_end").values()) / contest.profiled
    parts["logging"] = sum(contest.profiler.recorded_durations[LOGGING]) / contest.profiled
    parts["epoch's end"] = epoch_end
    parts["Lightning"] = max(0.0, median(seconds["fit"]) - sum(parts.values()))
    return {name: 1000 * t for name, t in parts.items()}


def measure_scaling(build: Build, options: Sequence[str], rounds: int, steps: int) -> list[dict[str, Any]]:
    """The bare step at each of ``SIZES`` that the model and the data have, other options as they are."""
    with tempfile.TemporaryDirectory() as folder:
        _, model, data = build(options, folder)
        known = {f"model.{name}" for name in model.hparams} | {f"data.{name}" for name in data.hparams}
        sizes = [(option, value) for option, values in SIZES.items() if option in known for value in values]
        return [
            {
                "option": option.rpartition(".")[2],
                "value": value,
                **cost(build, [*options, f"--{option}={value}"], rounds, steps),
            }
            for option, value in sizes
        ]


def cost(build: Build, options: Sequence[str], rounds: int, steps: int) -> dict[str, float]:
    """What a bare step costs: the median of ``rounds`` turns of a tenth of ``steps``."""
    with tempfile.TemporaryDirectory() as folder:
        trainer, model, data = build(options, folder)
        loop, clock = BareLoop(model, data, precision_of(trainer)), Clock(model.device)
        turn, times = -(-steps // 10), []
        loop.run(2)
        for _ in range(rounds):
            start = clock.mark()
            loop.run(turn)
            times.append(clock.seconds(start, clock.mark()) / turn)
    step = median(times)
    return {"milliseconds": 1000 * step, "images_per_second": data.batch_size / step, **speed(loop, step)}


def precision_of(trainer: Any) -> Callable[[], AbstractContextManager]:
    """The context in which the trainer has steps taken, such as autocast."""
    return trainer.precision_plugin.train_step_context


def compute_type(loop: BareLoop) -> torch.dtype:
    """What the loop's matrices are multiplied in: float32, or what autocast makes of it."""
    kind = loop.model.device.type
    with loop.precision():
        return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else torch.float32
