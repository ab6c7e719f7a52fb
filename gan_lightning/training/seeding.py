"""Random numbers that depend on where the training is, not on how it got there."""

from __future__ import annotations

import numpy as np
import torch


def mix_seed(*numbers: int) -> int:
    """One well-mixed 63-bit seed from several non-negative numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def seed_device(seed: int, device: torch.device) -> None:
    """Seeds torch's default generators of the CPU and of ``device``.

    Unlike ``torch.manual_seed`` it leaves other devices alone, which makes it cheap enough for every step.
    """
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)
