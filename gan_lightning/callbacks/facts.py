"""What a run is told by and repeated from, as ``run.json``."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Trainer
from torch import nn

from gan_lightning.storage.origin import command, device_name, revision, versions
from gan_lightning.storage.writing import write_text

FILE = "run.json"


def facts(trainer: Trainer, model: Any) -> dict[str, Any]:
    """What is known of a run when its training starts, as plain data."""
    data = getattr(trainer, "datamodule", None)
    found = {
        "model": type(model).__name__,
        "data": getattr(data, "dataset", type(data).__name__),
        "classes": list(getattr(data, "classes", [])),
        "image_shape": list(model.generator.image_shape),
        "batch_size": getattr(data, "batch_size", None),
        "batches_per_epoch": trainer.num_training_batches,
        "seed": model.seed,
        "parameters": {name: num_parameters(getattr(model, name)) for name in ("generator", "discriminator")},
        **surroundings(trainer),
        "started": now(),
        "command": command(),
    }
    return {name: value for name, value in found.items() if value is not None}


def surroundings(trainer: Trainer) -> dict[str, Any]:
    """What a run's numbers depend on besides its configuration."""
    found = {
        "device": device_name(trainer.strategy.root_device),
        "accelerator": trainer.strategy.root_device.type,
        "processes": trainer.world_size,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "precision": str(trainer.precision),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "versions": versions(),
        "revision": revision(),
    }
    return {name: value for name, value in found.items() if value is not None}


def origin(checkpoint: Path, trainer: Trainer) -> dict[str, Any]:
    """The checkpoint of another run that this one begins with."""
    return {"checkpoint": str(checkpoint), "batches": trainer.global_step, "sha256": sha256(checkpoint)}


def sha256(path: Path) -> str:
    """By which the contents of a file are known."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def num_parameters(network: nn.Module) -> int:
    """How many numbers training changes."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def write_facts(folder: Path, trainer: Trainer, model: Any) -> None:
    """Writes the facts to ``folder`` when training starts.

    A run that goes on there keeps those of its beginning, and has under "went_on" after how many batches that was, by
    which command, and its surroundings then. One that goes on from another run has that one's checkpoint under "from".
    """
    known, before = read_facts(folder), trainer.ckpt_path
    if before is None or not known:
        known = facts(trainer, model)
        if before is not None:
            known["from"] = origin(Path(before), trainer)
    else:
        known.pop("ended", None)
        again = {"batches": trainer.global_step, "started": now(), "command": command(), **surroundings(trainer)}
        known["went_on"] = [*known.get("went_on", []), again]
    write(folder, known)


def write_end(folder: Path) -> None:
    """Notes that the run has come to its end, which one that is interrupted has not."""
    if known := read_facts(folder):
        write(folder, {**known, "ended": now()})


def write(folder: Path, known: dict[str, Any]) -> None:
    write_text(folder / FILE, json.dumps(known, indent=2) + "\n")


def read_facts(folder: Path) -> dict[str, Any]:
    """What ``write_facts`` has written; nothing where it could not."""
    try:
        known = json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
