"""What a run is told by and repeated from, as ``run.json``."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

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
        "device": device_name(trainer.strategy.root_device),
        "processes": trainer.world_size,
        "cores": os.cpu_count(),
        "precision": str(trainer.precision),
        "versions": versions(),
        "revision": revision(),
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": command(),
    }
    return {name: value for name, value in found.items() if value is not None}


def num_parameters(network: nn.Module) -> int:
    """How many numbers training changes."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def write_facts(folder: Path, trainer: Trainer, model: Any) -> None:
    """Writes the facts to ``folder``, unless a run goes on there, which keeps those of its beginning."""
    path = folder / FILE
    if trainer.ckpt_path is None or not path.is_file():
        write_text(path, json.dumps(facts(trainer, model), indent=2) + "\n")


def read_facts(folder: Path) -> dict[str, Any]:
    """What ``write_facts`` has written; nothing where it could not."""
    try:
        return json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return {}
