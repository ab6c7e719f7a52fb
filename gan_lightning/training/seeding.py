"""Random numbers that depend on where the training is, not on how it got there.

Each use of random numbers has a stream of seeds of its own, so that no two uses share one.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

USES = "fetch", "step", "order", "split", "stacks", "validation", "prediction"
"""What random numbers are drawn for. The place of a name is part of its seeds, so new ones go to the end."""


@lru_cache
def stream_seed(use: str, *place: int) -> int:
    """A well-mixed 63-bit seed for one of ``USES`` at a place, such as (seed, epoch).

    Args:
        use: What the numbers are for.
        place: Non-negative numbers. Places of different lengths have different seeds.
    """
    entropy = (USES.index(use) + 1, len(place), *place)  # SeedSequence ignores zeros at the end, so the length counts
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> np.uint64(1))


def step_seed(use: str, seed: int, rank: int, step: int) -> int:
    """The seed of a step: the start of the process's stream plus the step.

    torch's CPU generator reads the low 32 bits of a seed. Consecutive seeds differ in them for 2^32 steps, where
    mixed ones would begin to repeat after some 2^16.
    """
    return (stream_seed(use, seed, rank) + step) % 2**63


def seed_device(seed: int, device: torch.device) -> None:
    """Seeds torch's default generators of the CPU and of ``device``.

    Unlike ``torch.manual_seed`` it leaves other devices alone, which makes it cheap enough for every step.
    """
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)
