"""What a checkpoint has to hold, and what of it is never obeyed."""

from __future__ import annotations

import copy
from typing import Any

import torch
from packaging.version import InvalidVersion, Version

from gan_lightning.checkpoints.shape import (
    ANYTHING,
    COUNT,
    NUMBER,
    SCALAR,
    SEED,
    TEXT,
    WEIGHTS,
    Each,
    Keys,
    Rule,
    check_shape,
    optional,
)

CLASS_PATH = "_class_path"
"""The key of the hyperparameters under which Lightning's command line, too, keeps the model's class."""

INSTANTIATOR = "_instantiator"
"""The key under which Lightning keeps a function that it calls to build the object."""

PLAIN = bool, int, float, str, type(None)
"""What an optimiser's options are kept as."""

NO_PATHS: dict[str, Any] = {
    "best_model_path": "",
    "last_model_path": "",
    "kth_best_model_path": "",
    "best_k_models": {},
    "dirpath": None,
}
"""What a ModelCheckpoint that has saved nothing says of its files. It deletes those that it knows of."""

FRAMES = Rule(
    lambda value: WEIGHTS.holds(value) and (not value.numel() or (value.ndim == 5 and value.dtype == torch.uint8)),
    "a tensor of frames, each some images",
)

OPTION = Rule(
    lambda value: all(isinstance(item, PLAIN) for item in (value if isinstance(value, list) else [value])),
    "a number, a text, true, false, null or a list of those",
)

PLACE = Keys({"epoch": COUNT, "position": COUNT}, required=False)
"""Where a training stream stands."""

TRAINING = Keys(
    {
        "images_seen": COUNT,
        "seed": optional(SEED),
        "tally": Keys({"sums": Each(dict, SCALAR), "counts": Each(dict, COUNT)}),
        "scalars": Each(dict, SCALAR),
        "terms": Each(dict, Each(dict, ANYTHING)),
        "adaptation": ANYTHING,
        "optimizers": Each(list, Keys({"class_path": TEXT, "options": Each(dict, OPTION)})),
    }
)
ADAPTATION = Keys({"p": SCALAR, "sign": SCALAR, "batches": COUNT, "images": COUNT})

OPTIMIZER = Keys(
    {"state": Each(dict, Each(dict, ANYTHING)), "param_groups": Each(list, Keys({"params": Each(list, COUNT)}))}
)

SCORES = Keys(
    {"best_model_score": optional(NUMBER), "current_score": optional(NUMBER), "kth_value": NUMBER}, required=False
)
"""What a ModelCheckpoint compares with what it measures."""

CALLBACKS = Keys(
    {
        "History": Keys({"rows": Each(list, Each(dict, NUMBER)), "validated": Each(dict, NUMBER), "seconds": NUMBER}),
        "LossCurves": Keys({"history": Each(dict, Each(list, NUMBER))}),
        "TrainingGIF": Keys({"frames": FRAMES}),
        "BestCheckpoint": Keys({"best": optional(NUMBER)}, required=False),
    },
    required=False,
)


def is_version(value: Any) -> bool:
    """Whether it is a version of Lightning whose checkpoints need no translation."""
    try:
        return Version(value) >= Version("2.0")
    except (InvalidVersion, TypeError):
        return False


CHECKPOINT = Keys(
    {
        "state_dict": Each(dict, WEIGHTS),
        "hyper_parameters": Each(dict, ANYTHING),
        "training": TRAINING,
        "pytorch-lightning_version": Rule(is_version, "a version of Lightning from 2 up"),
    }
)
PARTS = Keys(
    {
        "epoch": COUNT,
        "global_step": COUNT,
        "datamodule_hyper_parameters": Keys({CLASS_PATH: TEXT}, required=False),
        "loops": Keys({"fit_loop": Each(dict, Each(dict, ANYTHING))}),
        "callbacks": Each(dict, ANYTHING),
        "optimizer_states": Each(list, OPTIMIZER),
        "lr_schedulers": Each(list, Each(dict, ANYTHING)),
    },
    required=False,
)
"""Parts that a checkpoint of weights alone lacks."""


def check_contents(checkpoint: dict[str, Any]) -> None:
    """Checks the types of all that is read of a checkpoint, and strips it of what must never be obeyed.

    Those are the paths of the files that another run wrote, which Lightning might delete, and the function that it
    would call to build an object.

    Args:
        checkpoint: Is changed.

    Raises:
        UsageError: Something is missing or of another type; the sentence names it.
    """
    check_shape(checkpoint, CHECKPOINT, "the checkpoint")
    check_shape(checkpoint, PARTS, "the checkpoint")
    check_shape(checkpoint.get("callbacks", {}), CALLBACKS, "the checkpoint.callbacks")
    if checkpoint["training"]["adaptation"] is not None:
        check_shape(checkpoint["training"]["adaptation"], ADAPTATION, "the checkpoint.training.adaptation")
    for options in ("hyper_parameters", "datamodule_hyper_parameters"):
        if options in checkpoint:
            check_shape({name: name for name in checkpoint[options]}, Each(dict, TEXT), f"the checkpoint.{options}")
            checkpoint[options].pop(INSTANTIATOR, None)
    for state in checkpoint.get("callbacks", {}).values():
        if isinstance(state, dict) and state.keys() & NO_PATHS.keys():
            check_shape(state, SCORES, "the checkpoint.callbacks")
            state |= copy.deepcopy(NO_PATHS)
