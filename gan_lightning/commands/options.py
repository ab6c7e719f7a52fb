"""Options that several commands have."""

from __future__ import annotations

import torch

from gan_lightning.errors import UsageError


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
