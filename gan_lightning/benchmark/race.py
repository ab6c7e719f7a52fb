"""``fit`` and the textbook loop take turns until each has reached a quality, or has trained for long enough."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.benchmark.loops import TextbookLoop
from gan_lightning.benchmark.machine import Clock
from gan_lightning.callbacks import QualityMetrics
from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES

FIRST = 10_000
"""Images seen before the first measurement: with fewer, no GAN draws anything that is worth measuring."""

GROWTH = 1.1
"""Images seen at a measurement, over those at the one before: the time to the target is known to a tenth."""

TURN = 1_000
"""Images that ``fit`` takes in a turn: seconds on a CPU, during which other work on the machine changes little."""


class Target(NamedTuple):
    """A figure's value that training is to reach.

    Args:
        figure: Its name in ``FIGURES``.
        threshold: The value.
    """

    figure: str
    threshold: float

    @classmethod
    def parse(cls, text: str) -> Target:
        """The target that ``--until`` names, such as val/fid=0.15.

        Raises:
            UsageError: It is not NAME=VALUE, there is no such figure, or it has no direction to get better in.
        """
        name, _, value = text.partition("=")
        figure = name.strip().removeprefix("val/")
        try:
            threshold = float(value)
        except ValueError:
            threshold = math.nan
        if not math.isfinite(threshold):
            raise UsageError(f"--until takes a figure and a number, such as val/fid=0.15, not {text}")
        directed = [key for key, shown in FIGURES.items() if shown.better]
        if figure not in directed:
            wrong = f"{figure} gets neither better nor worse" if figure in FIGURES else f"there is no figure {figure}"
            raise UsageError(f"--until: {wrong}; those to be reached are {', '.join(directed)}")
        return cls(figure, threshold)

    @property
    def falls(self) -> bool:
        """Whether the figure gets better by falling."""
        return FIGURES[self.figure].better == "↓"

    def reached(self, value: float) -> bool:
        """Whether ``value`` is as good as the threshold."""
        return value <= self.threshold if self.falls else value >= self.threshold

    def __str__(self) -> str:
        return f"val/{self.figure} {'≤' if self.falls else '≥'} {self.threshold:g}"


class Progress:
    """How far a loop has come.

    Args:
        target: What it is to reach.
        limit: Seconds of training after which it gives up.
    """

    def __init__(self, target: Target, limit: float) -> None:
        self.target, self.limit = target, limit
        self.images, self.seconds = 0, 0.0
        self.curve: list[tuple[int, float, float]] = []
        """(images seen, seconds of training, the figure) at each measurement."""
        self.ended = False
        """Whether its epochs are over."""

    @property
    def reached(self) -> bool:
        return bool(self.curve) and self.target.reached(self.curve[-1][-1])

    @property
    def over(self) -> bool:
        """Whether it trains no more."""
        return self.reached or self.ended or self.seconds >= self.limit

    @property
    def due(self) -> bool:
        """Whether it is to be measured now."""
        last = self.curve[-1][0] if self.curve else 0
        return self.images >= max(FIRST, round(GROWTH * last)) or (self.over and self.images > last)

    def advance(self, images: int, seconds: float) -> None:
        """Counts what was trained."""
        self.images += images
        self.seconds += seconds

    def result(self) -> dict[str, Any]:
        """All of it; the seconds to the target are None where it was not reached."""
        return {
            "reached": self.reached,
            "seconds": self.seconds if self.reached else None,
            "seconds_trained": self.seconds,
            "ended": self.ended,
            "images": self.images,
            "curve": self.curve,
        }


class Race(Callback):
    """Stops ``fit`` after every ``TURN`` images and lets the textbook loop train as long.

    Where one is over, the other goes on alone. Measuring takes no part of the time. ``fit`` is over as well when its
    epochs are, which its learning rates may depend on.

    Args:
        textbook: What ``fit`` is compared with.
        metrics: What measures both, also a callback of the trainer.
        target: What they are to reach.
        limit: Seconds of training after which a loop gives up.
        clock: Of the device that trains.
    """

    def __init__(
        self, textbook: TextbookLoop, metrics: QualityMetrics, target: Target, limit: float, clock: Clock
    ) -> None:
        self.loop, self.metrics, self.clock = textbook, metrics, clock
        self.fit, self.textbook = Progress(target, limit), Progress(target, limit)
        self._start: Any = None
        self._stop: Any = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock.

        Raises:
            UsageError: Nothing can be measured.
        """
        if self.metrics.extractor is None:
            raise UsageError("--until needs figures, and none are measured of these data with these --metrics options")
        self._start = self.clock.mark()

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *_: Any) -> None:
        if self.fit.over:  # but the trainer has a smallest number of epochs
            return
        self._stop = self.clock.mark()
        if pl_module.images_seen - self.fit.images < TURN:
            return
        self._end_turn(trainer, pl_module)
        while not self.textbook.over and self.textbook.seconds < self.fit.seconds:
            self._run_textbook(trainer)
        trainer.should_stop = trainer.should_stop or self.fit.over
        self._start = self.clock.mark()

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """The last, shorter turn of ``fit``, and all that the textbook loop still has to do."""
        if not self.fit.over:
            self.fit.ended = True
            self._end_turn(trainer, pl_module)
        while not self.textbook.over:
            self._run_textbook(trainer)

    def _end_turn(self, trainer: Trainer, model: Any) -> None:
        """Counts what ``fit`` has done since its turn began, up to its last batch."""
        images = model.images_seen - self.fit.images
        if images:
            self.fit.advance(images, self.clock.seconds(self._start, self._stop))
        self._measure(self.fit, trainer, model)

    def _run_textbook(self, trainer: Trainer) -> None:
        steps = math.ceil(TURN / self.loop.batch_size)
        start = self.clock.mark()
        self.loop.run(steps)
        self.textbook.advance(steps * self.loop.batch_size, self.clock.seconds(start, self.clock.mark()))
        self._measure(self.textbook, trainer, self.loop.sampler)

    def _measure(self, progress: Progress, trainer: Trainer, model: Any) -> None:
        """Measures the images of ``model`` if that is due.

        Raises:
            UsageError: The figure is not measured of such a model.
        """
        if not progress.due:
            return
        name = progress.target.figure
        figures = self.metrics.measure(trainer, model, only=[name])
        if name not in figures:
            raise UsageError(f"--until: {name} is not measured of this model, only {', '.join(figures)}")
        progress.curve.append((progress.images, progress.seconds, figures[name]))
