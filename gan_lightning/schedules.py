"""Numbers that change while training, as functions of the images seen."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError


class Schedule(Rebuildable, ABC):
    """A number as a function of the images seen. A new one is a class with ``__call__``."""

    @abstractmethod
    def __call__(self, images_seen: float) -> float:
        """The value after so many images."""


class Ramp(Schedule):
    """A schedule that stays at ``start``, goes to ``end``, and stays there.

    Args:
        start: The value up to ``delay`` images.
        end: The value from ``delay + images`` images on.
        images: How many images the change takes.
        delay: How many images pass before it.

    Raises:
        UsageError: ``images`` is not positive, ``delay`` is negative, or a number is not finite.
    """

    def __init__(self, start: float, end: float, images: float, delay: float = 0.0) -> None:
        if not (math.isfinite(start) and math.isfinite(end)):
            raise UsageError(f"a schedule goes from one finite number to another, not from {start:g} to {end:g}")
        if not 0 < images < math.inf or not 0 <= delay < math.inf:
            raise UsageError(f"a schedule changes over at least one image, not {images:g} after {delay:g}")
        self.start, self.end, self.images, self.delay = start, end, images, delay

    def __call__(self, images_seen: float) -> float:
        progress = min(max((images_seen - self.delay) / self.images, 0.0), 1.0)
        return self.start + self.share(progress) * (self.end - self.start)

    @abstractmethod
    def share(self, progress: float) -> float:
        """The share of the way from start to end, at a progress from 0 to 1."""


class Linear(Ramp):
    """A ``Ramp`` in equal steps, such as a learning rate that falls to zero over the second half of a run."""

    def share(self, progress: float) -> float:
        return progress


class Cosine(Ramp):
    """A ``Ramp`` along half a cosine, ½(1 - cos πt), as R3GAN's burn-in has it (arXiv:2501.05441)."""

    def share(self, progress: float) -> float:
        return 0.5 * (1 - math.cos(math.pi * progress))


Value = float | Schedule


def value_at(value: Value, images_seen: float) -> float:
    """The number itself, or what the schedule gives after so many images."""
    return value(images_seen) if isinstance(value, Schedule) else value
