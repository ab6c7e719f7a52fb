"""``fit`` and the loops that it is compared with take turns, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.profilers import SimpleProfiler

from gan_lightning.benchmark.machine import Clock

LOGGING = "log"
"""The phase of ``fit`` that logs the step's values."""


class Loop(Protocol):
    """Something that trains."""

    def run(self, steps: int) -> None: ...


class Contest(Callback):
    """Stops ``fit`` every so many batches and lets the other loops take as many.

    After a warm-up come the rounds, each timed for ``fit`` and for every loop, and then batches in which Lightning's
    profiler tells where ``fit`` spends its time.

    Args:
        loops: What ``fit`` is compared with, by name.
        rounds: How often the turns go round.
        steps: Batches in a turn.
        warm_up: Batches before the first turn, of each.
        profiled: Batches after the last turn; a multiple of ``log_every_n_steps`` has its share of logged ones.
    """

    def __init__(self, loops: Mapping[str, Loop], rounds: int, steps: int, warm_up: int, profiled: int) -> None:
        self.loops, self.rounds, self.steps = loops, rounds, steps
        self.warm_up, self.profiled = warm_up, profiled
        self.seconds: dict[str, list[float]] = {name: [] for name in ("fit", *loops)}
        self.profiler = SimpleProfiler()
        self._batches = 0
        self._start: Any = None
        self._unprofiled: Any = None

    @property
    def batches(self) -> int:
        """How many batches ``fit`` has to take."""
        return self.warm_up + self.rounds * self.steps + self.profiled

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for loop in self.loops.values():
            loop.run(self.warm_up)

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        clock = Clock(pl_module.device)
        self._batches += 1
        after = self._batches - self.warm_up
        if not 0 <= after <= self.rounds * self.steps or after % self.steps:
            return
        if after:
            self.seconds["fit"].append(clock.seconds(self._start, clock.mark()))
        if after < self.rounds * self.steps:
            for name, loop in self.loops.items():
                start = clock.mark()
                loop.run(self.steps)
                self.seconds[name].append(clock.seconds(start, clock.mark()))
        else:
            self._profile(trainer, pl_module)
        self._start = clock.mark()

    def _profile(self, trainer: Trainer, model: LightningModule) -> None:
        """From now on each hook's and each logged value's time is kept."""
        self._unprofiled = trainer.profiler  # type: ignore[attr-defined]
        trainer.profiler = self.profiler  # type: ignore[attr-defined]
        log_dict = model.log_dict

        def timed(*args: Any, **options: Any) -> None:
            with self.profiler.profile(LOGGING):
                log_dict(*args, **options)

        model.log_dict = timed  # type: ignore[method-assign]

    @property
    def epoch_end_seconds(self) -> float:
        """What the callbacks took at the average end of an epoch since profiling began."""
        ends = len(self.profiler.recorded_durations[f"[Callback]{type(self).__name__}.on_train_epoch_end"])
        return sum(self.callbacks_seconds("on_train_epoch_end").values()) / ends

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Takes the profiler away again, which would print all that it knows."""
        trainer.profiler = self._unprofiled  # type: ignore[attr-defined]

    def callbacks_seconds(self, hook: str) -> dict[str, float]:
        """What each callback took in ``hook`` since profiling began, by the callback's name."""
        found: dict[str, float] = {}
        for action, durations in self.profiler.recorded_durations.items():
            kind, _, rest = action.partition("]")
            if kind == "[Callback" and rest.rpartition(".")[2] == hook:
                name = rest.rpartition(".")[0].partition("{")[0]
                found[name] = found.get(name, 0.0) + sum(durations)
        return found
