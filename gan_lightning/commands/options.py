"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path

import torch

from gan_lightning import load
from gan_lightning.errors import UsageError
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.names import locate_model
from gan_lightning.storage.folders import run_name


def locate_trained(ckpt_path: str | None, model: str | None) -> Path:
    """Where the trained model is that ``--ckpt_path`` or ``--model`` asks for.

    Raises:
        UsageError: Both are given or none, or there is no such model.
    """
    if ckpt_path is not None and model is not None:
        raise UsageError(f"--ckpt_path {ckpt_path} and --model {model} are two models: leave one of them out")
    if model is not None:
        return locate_model(model)
    if ckpt_path is None:
        raise UsageError(
            "--ckpt_path must be given, such as runs/dcgan/version_0, or --model with the name of a trained generator, "
            "such as conditional_dcgan"
        )
    return Path(ckpt_path)


def open_trained(ckpt_path: str | None, model: str | None, device: str = "cpu") -> GenerativeModel:
    """The trained model that ``--ckpt_path`` or ``--model`` asks for, on the device.

    Raises:
        UsageError: As ``locate_trained`` and ``parse_device``.
    """
    return load(locate_trained(ckpt_path, model)).to(parse_device(device))


def name_of(ckpt_path: str | None, model: str | None) -> str:
    """What the trained model is called, for files: conditional_dcgan of the package's, name of user/name."""
    return run_name(Path(ckpt_path)) if ckpt_path is not None else Path(model or "model").stem


def parse_labels(labels: str | None) -> list[int] | None:
    """[0, 1, 2] from "0,1,2".

    Raises:
        UsageError: It is no list of whole numbers.
    """
    if labels is None:
        return None
    try:
        return [int(label) for label in str(labels).strip("[]").split(",")]
    except ValueError:
        raise UsageError(f"--labels takes a whole number or several, such as 7 or 0,1,2, not {labels}") from None


def parse_device(device: str) -> torch.device:
    """The device of that name.

    Raises:
        UsageError: There is none on this machine.
    """
    try:
        torch.zeros(1, device=device).item()  # which the device "meta", of shapes without values, refuses
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"there is no device {device} here: use --device cpu") from error
    return torch.device(device)
