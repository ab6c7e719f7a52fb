"""The measurements that ``benchmark`` is made of."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from statistics import median
from typing import Any

import torch
from lightning.pytorch import LightningModule

from gan_lightning.benchmark.breakdown import breakdown, launch_share
from gan_lightning.benchmark.contest import LOGGING, Contest, Loop
from gan_lightning.benchmark.loops import BareLoop, TextbookLoop
from gan_lightning.benchmark.machine import Clock, machine, matrix_peak, peak_memory
from gan_lightning.benchmark.operations import operations_by_kind, work
from gan_lightning.benchmark.report import ratios
from gan_lightning.cli import run_lightning
from gan_lightning.data import ImageDataModule
from gan_lightning.errors import UsageError
from gan_lightning.lightning_cli import GANCLI
from gan_lightning.models import GAN

WARM_UP = 5
"""Batches that nobody times: caches fill, buffers are allocated, graphs are recorded."""

SIZES = {"data.batch_size": (32, 64, 128, 256), "model.width": (32, 64, 128), "data.image_size": (16, 28, 32, 64)}
"""What the table of scaling varies, one after the other."""


class BuildOnly(GANCLI):
    """``fit`` up to the point where training would start."""

    def fit(self, model: LightningModule, **_: Any) -> None:
        """Leaves it to whoever built this."""

    def after_fit(self) -> None:
        """There is nothing to tell."""


def build(options: Sequence[str], folder: str) -> tuple[Any, GAN, ImageDataModule]:
    """The trainer, the model and the data of ``fit`` with ``options``, its files going to ``folder``.

    Raises:
        UsageError: The options are for more than one device.
    """
    built = run_lightning(["fit", *options, f"--trainer.logger.save_dir={folder}"], BuildOnly)
    if built.trainer.world_size > 1:
        raise UsageError("a benchmark runs on one device: give -- --trainer.devices 1")
    built.datamodule.prepare_data()
    built.model.to(built.trainer.strategy.root_device)
    return built.trainer, built.model, built.datamodule


def measure(options: Sequence[str], rounds: int, steps: int) -> dict[str, Any]:
    """``fit`` with ``options`` against its bare step and the textbook loop, in ``rounds`` turns of ``steps``."""
    with tempfile.TemporaryDirectory() as folder:
        trainer, model, data = build([*options, "--trainer.max_epochs=1", "--trainer.limit_val_batches=0"], folder)
        device, precision = trainer.strategy.root_device, trainer.precision_plugin.train_step_context
        batches = len(data.images(train=True)[0]) // data.batch_size
        plain = BareLoop(copy.deepcopy(model), data, precision)
        graphed = bool(model.cuda_graph) and device.type == "cuda"
        loops: dict[str, Loop] = {
            "bare": BareLoop(compiled(model), data, precision, graphed),
            "textbook": TextbookLoop(model, data, device),
        }
        contest = Contest(loops, rounds, steps, warm_up=WARM_UP, profiled=trainer.log_every_n_steps)
        if batches < contest.batches:
            raise UsageError(
                f"an epoch has {batches} batches, and this takes {contest.batches}: give fewer --rounds or --steps"
            )
        trainer.limit_train_batches = contest.batches
        trainer.callbacks.append(contest)
        peaks = [matrix_peak(device, compute_type(precision, device))]
        trainer.fit(model, data)
        peaks.append(matrix_peak(device, compute_type(precision, device)))
    epoch_end = sum(contest.callbacks_seconds("on_train_epoch_end").values())
    batch = {name: [t / steps for t in seconds] for name, seconds in contest.seconds.items()}
    batch["fit"] = [t + epoch_end / batches for t in batch["fit"]]
    plain.run(WARM_UP)
    flop, bare = sum(operations_by_kind(plain).values()), median(batch["bare"])
    found: dict[str, Any] = {
        "model": type(model).__name__,
        "data": data.dataset,
        "batch_size": data.batch_size,
        "precision": trainer.precision,
        "machine": machine(device),
        "images_per_second": {name: [data.batch_size / t for t in times] for name, times in batch.items()},
        "ratios": {f"fit/{other}": ratios(batch, other, "fit") for other in ("bare", "textbook")},
        "epoch_end_seconds": epoch_end,
        "gigaflop_per_step": flop / 1e9,
        "gigaflop_per_second": flop / bare / 1e9,
        "matrix_gigaflop_per_second": max(peaks) / 1e9,
        "share_of_peak": flop / bare / max(peaks),
        "peak_memory_bytes": peak_memory(device),
    }
    if device.type == "cuda":
        found["launch_share"] = launch_share(plain, steps)
    else:
        found["work"] = work(plain, steps)
    parts = breakdown(plain, steps)
    logging = sum(contest.profiler.recorded_durations[LOGGING]) / contest.profiled
    callbacks = sum(contest.callbacks_seconds("on_train_batch_end").values()) / contest.profiled
    beyond = {"callbacks": callbacks, "logging": logging, "epoch's end": epoch_end / batches}
    scale = bare / sum(parts.values())  # the parts were timed at another moment
    parts = {name: t * scale for name, t in parts.items()} | beyond
    parts["Lightning"] = max(0.0, median(batch["fit"]) - sum(parts.values()))
    found["step_milliseconds"] = {name: 1000 * t for name, t in parts.items()}
    return found


def measure_scaling(options: Sequence[str], rounds: int, steps: int) -> list[dict[str, Any]]:
    """The bare step at each of ``SIZES`` that the model has, other options as they are."""
    rows = []
    for option, values in SIZES.items():
        for value in values:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    trainer, model, data = build([*options, f"--{option}={value}"], folder)
                except SystemExit:  # a model without that option
                    break
                device, precision = trainer.strategy.root_device, trainer.precision_plugin.train_step_context
                loop, clock = BareLoop(model, data, precision), Clock(device)
                loop.run(2)
                flop, times = sum(operations_by_kind(loop).values()), []
                for _ in range(rounds):
                    start = clock.mark()
                    loop.run(max(1, steps // 10))
                    times.append(clock.seconds(start, clock.mark()) / max(1, steps // 10))
                peak = matrix_peak(device, compute_type(precision, device))
            rows.append(
                {
                    "option": option.rpartition(".")[2],
                    "value": value,
                    "milliseconds": 1000 * median(times),
                    "images_per_second": data.batch_size / median(times),
                    "gigaflop_per_step": flop / 1e9,
                    "share_of_peak": flop / median(times) / peak,
                }
            )
    return rows


def compiled(model: GAN) -> GAN:
    """A copy of the model with its networks compiled if it is to be."""
    own = copy.deepcopy(model)
    if own.compile_networks:
        own.generator.compile()
        own.discriminator.compile()
    return own


def compute_type(precision: Callable[[], AbstractContextManager], device: torch.device) -> torch.dtype:
    """What matrices are multiplied in: float32, or what autocast makes of it."""
    with precision():
        return torch.get_autocast_dtype(device.type) if torch.is_autocast_enabled(device.type) else torch.float32
