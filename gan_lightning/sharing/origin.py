"""Where a generator comes from: what its file keeps of its training, and what its model card tells."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_lightning.checkpoints.contents import CLASS_PATH, OPTION
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.checkpoints.shape import ANYTHING, COUNT, TEXT, Each, Keys, Rule
from gan_lightning.metrics.report import Protocol
from gan_lightning.storage.folders import folder_of_run

FIGURE = Rule(lambda value: isinstance(value, (int, float)) and abs(value) < 1e12, "a number")

ORIGIN = Keys(
    {
        "data": Each(dict, OPTION),
        "recipe": Keys({"class_path": TEXT, "init_args": Each(dict, ANYTHING)}, required=False),
        "images_seen": COUNT,
        "figures": Each(dict, FIGURE),
        "real": Each(dict, FIGURE),
        "protocol": TEXT,
    },
    required=False,
)
"""What a file keeps of it."""

DATA = "dataset", "digits", "samples_per_class", "image_size", "channels"
"""Options of data modules that say what the images are, and not where they lie on somebody's machine."""


@dataclass(frozen=True)
class Origin:
    """The training of a generator.

    Args:
        data: Options of its data module that say what the images are, such as {"dataset": "mnist"}.
        recipe: Its model, as a checkpoint describes it.
        images_seen: Real images until then.
        figures: What ``test`` has measured, by name.
        real: The figures of real images.
        protocol: How both were measured, in a line.
    """

    data: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    images_seen: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    real: dict[str, float] = field(default_factory=dict)
    protocol: str = ""


def origin_of(path: Path) -> Origin:
    """What the checkpoint at ``path``, and a ``metrics.json`` that was measured on it, say.

    Raises:
        UsageError: There is no checkpoint.
    """
    checkpoint = read_checkpoint(path)
    saved = checkpoint.get("datamodule_hyper_parameters", {})
    hyperparameters = checkpoint["hyper_parameters"]
    options = {name: value for name, value in hyperparameters.items() if not name.startswith("_") and value is not None}
    seen = checkpoint["training"]["images_seen"]
    return Origin(
        data={name: saved[name] for name in DATA if saved.get(name) is not None} if "dataset" in saved else {},
        recipe={"class_path": hyperparameters[CLASS_PATH], "init_args": options},
        images_seen=seen,
        **measured(folder_of_run(path) / "metrics.json", seen),
    )


def measured(path: Path, images_seen: int) -> dict[str, Any]:
    """The figures at ``path``, if they are of the model after so many images; nothing where there are none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["source"]["images_seen"] != images_seen:
            return {}
        protocol = str(Protocol(**content["protocol"]))
        return {"figures": dict(content["figures"]), "real": dict(content["real"]), "protocol": protocol}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
