"""Options of Lightning's Trainer that cannot work, or that would work in silence on something else than was meant."""

from __future__ import annotations

import os
from typing import Any

import torch
from jsonargparse import Namespace
from lightning.fabric.plugins.environments import (
    LSFEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)
from lightning.pytorch import Callback, callbacks

from gan_lightning.errors import SEEDS, UsageError, check_number

REPLACED = {
    "gradient_clip_val": ("it clips both players alike", "--model.gradient_clip_norm"),
    "gradient_clip_algorithm": ("gradients are clipped by their norm", "--model.gradient_clip_norm"),
    "accumulate_grad_batches": (
        "the players take turns on every batch, which may be computed in parts",
        "--data.batch_size with --model.micro_batches",
    ),
    "barebones": (
        "it allows no pictures, figures and logs",
        "--trainer.logger false with --trainer.enable_checkpointing false and --metrics.num_images 0",
    ),
}
"""Trainer options that do not work here: why not, and what to use."""

LOWEST = {
    "log_every_n_steps": 1,
    "check_val_every_n_epoch": 1,
    "num_sanity_val_steps": -1,
    "num_nodes": 1,
    "fast_dev_run": 0,
    "reload_dataloaders_every_n_epochs": 0,
}
"""Numbers that Lightning divides by, or takes in silence."""

FEW = 16
"""Processes that any machine can start, if slowly."""

CLUSTERS = SLURMEnvironment, LSFEnvironment, TorchElasticEnvironment

MISFITS: dict[type[Callback], tuple[str, str]] = {
    callbacks.GradientAccumulationScheduler: REPLACED["accumulate_grad_batches"],
    callbacks.BatchSizeFinder: ("it tries steps of one optimiser", "--data.batch_size"),
    callbacks.LearningRateFinder: ("it looks for the learning rate of one optimiser", "--model.generator_optimizer.lr"),
    callbacks.StochasticWeightAveraging: ("it averages what one optimiser trains", "--model.ema_half_life"),
    callbacks.SpikeDetection: (
        "it looks at one loss, and a run whose losses are not finite stops by itself",
        "EarlyStopping with --trainer.callbacks.monitor val/fid",
    ),
    callbacks.BackboneFinetuning: ("it freezes a backbone, which a GAN has not", "--model.generator_optimizer.lr"),
}
"""Callbacks that do not work with two optimisers: why not, and what to use."""


SPLITTING = "fsdp", "deepspeed", "modelparallel"
"""Strategies, in lower case, by which a process holds a part of a network only."""

EXCHANGE = "ddp_comm_hook", "static_graph"
"""Options of DDP for its exchange of gradients, of which there is none here: each player's are averaged at its step."""


def name_of(strategy: Any) -> str:
    """What a strategy is called that is given by its name, or as a class with options."""
    return str(getattr(strategy, "class_path", strategy)).rpartition(".")[2]


def check_trainer(options: Namespace, defaults: Namespace) -> None:
    """Raises UsageError where the ``options`` below ``--trainer``, of which these are the ``defaults``, cannot work."""
    for option, (reason, replacement) in REPLACED.items():
        if options[option] != defaults[option]:
            raise UsageError(f"--trainer.{option} does not fit a GAN ({reason}): use {replacement} instead")
    for option, lowest in LOWEST.items():
        check_number(f"--trainer.{option}", options[option], lowest)
    devices = str(options.devices)
    if devices.isdigit():  # on a CPU Lightning starts as many processes, however many that is
        check_number("--trainer.devices", int(devices), 0, max(os.cpu_count() or 1, FEW))
    alone = not options.plugins and "MASTER_ADDR" not in os.environ and not any(c.detect() for c in CLUSTERS)
    if options.num_nodes > 1 and alone:
        raise UsageError(
            f"--trainer.num_nodes {options.num_nodes} waits for other machines, and no cluster says where they are: "
            "leave it out, or set MASTER_ADDR, MASTER_PORT and NODE_RANK on each"
        )
    if "spawn" in str(options.strategy):
        raise UsageError(
            f"--trainer.strategy {options.strategy} loses what its processes have trained: use ddp instead"
        )
    if options.limit_train_batches == 0:
        raise UsageError("--trainer.limit_train_batches 0 would train on nothing: give at least 1, or leave it out")
    if any(name in str(options.strategy).lower() for name in SPLITTING):
        raise UsageError(
            f"--trainer.strategy {name_of(options.strategy)} splits a network over processes, which two networks that "
            "take turns within a step rule out: use ddp, and --model.micro_batches where memory is short"
        )
    for option in EXCHANGE:
        if getattr(options.strategy, "init_args", {}).get(option):
            raise UsageError(
                f"DDP's {option} is for gradients that it exchanges itself, and here each player's are averaged before "
                "its step: leave it out"
            )
    if options.sync_batchnorm and not torch.cuda.is_available():
        raise UsageError(
            "--trainer.sync_batchnorm true takes GPUs: leave it out, since the statistics of batch norms are averaged "
            "over processes before they are used or saved"
        )
    interval = options.val_check_interval
    if isinstance(interval, (int, float)) and not interval > 0:
        raise UsageError(
            f"--trainer.val_check_interval must be a positive number of batches or share of an epoch, not {interval}; "
            "--trainer.limit_val_batches 0 leaves validation out"
        )


def checked_callbacks(given: list[Callback] | Callback | None) -> list[Callback]:
    """The callbacks as a list, of several, of one or of none.

    Raises:
        UsageError: One cannot work with two optimisers, or would do nothing.
    """
    several = [given] if isinstance(given, Callback) else list(given or [])
    for callback in several:
        for misfit, (reason, replacement) in MISFITS.items():
            if isinstance(callback, misfit):
                name = misfit.__name__
                raise UsageError(f"{name} does not fit a GAN ({reason}): use {replacement} instead")
        if isinstance(callback, callbacks.ModelCheckpoint) and callback._train_time_interval is not None:
            raise UsageError(
                "ModelCheckpoint knows no train_time_interval where a model steps its optimisers itself: give it "
                "every_n_train_steps instead"
            )
    return several


def check_seed(seed: Any) -> None:
    """Raises UsageError where the ``seed`` is a number that is out of range; true and false are none."""
    if not isinstance(seed, bool):
        check_number("--seed_everything", seed, 0, SEEDS)
