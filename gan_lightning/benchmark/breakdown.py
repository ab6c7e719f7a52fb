"""Where the time of a step goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from gan_lightning.benchmark.loops import BareLoop
from gan_lightning.benchmark.machine import Clock
from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, PlayerName
from gan_lightning.training.players import PLAYERS

REST = "rest"
FORWARD: dict[PlayerName, str] = {
    DISCRIMINATOR: "discriminator, forward",
    GENERATOR: "discriminator in the generator's step, forward",
}
"""What the time of a player's loss, without backward, is called."""


class Stopwatch:
    """Times calls by name, each without the timed calls inside it.

    Args:
        clock: Of the device that works.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.spans: list[tuple[str, str | None, Any, Any]] = []
        self._open: list[str] = []

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, timed as ``name``."""

        def call(*args: Any, **options: Any) -> Any:
            caller = self._open[-1] if self._open else None
            self._open.append(name)
            start = self.clock.mark()
            try:
                return function(*args, **options)
            finally:
                self.spans.append((name, caller, start, self.clock.mark()))
                self._open.pop()

        return call

    def seconds(self) -> dict[str, float]:
        """The time of each name, without that of the names that it called."""
        totals: dict[str, float] = {}
        for name, caller, start, stop in self.spans:
            span = self.clock.seconds(start, stop)
            totals[name] = totals.get(name, 0.0) + span
            if caller is not None:
                totals[caller] = totals.get(caller, 0.0) - span
        return totals


def breakdown(loop: BareLoop, steps: int) -> dict[str, float]:
    """Seconds that an average step spends in each of its parts. The loop cannot be timed as a whole afterwards."""
    model, watch = loop.model, Stopwatch(Clock(loop.model.device))
    batches = loop.batches

    def read() -> Iterator[Any]:
        while True:
            yield watch.timed("data", next)(batches)

    for name, player in model.players.items():
        player.backward = watch.timed(f"{name}, backward", player.backward)  # type: ignore[method-assign]
    loop.batches, model.step = read(), model.alternate
    objective = model.objective

    def timed_objective(name: PlayerName, *args: Any) -> Any:
        return watch.timed(FORWARD[name], objective)(name, *args)

    model.objective = timed_objective  # type: ignore[assignment,method-assign]
    model.deal = watch.timed("generator, forward", model.deal)  # type: ignore[method-assign]
    model.update_average = watch.timed("averaged generator", model.update_average)  # type: ignore[method-assign]
    for optimizer in loop.optimizers:
        optimizer.step = watch.timed("optimisers", optimizer.step)
    watch.timed(REST, loop.run)(steps)
    backward = [f"{name}, backward" for name in PLAYERS]
    order = ["data", "generator, forward", *FORWARD.values(), *backward, "averaged generator", "optimisers", REST]
    seconds = watch.seconds()
    return {name: seconds.get(name, 0.0) / steps for name in order}


def launch_share(loop: BareLoop, steps: int) -> float:
    """The share of a step's time on the device in which Python is still launching it: near 1, the GPU waits for it."""
    clock, shares = Clock(loop.model.device), []
    for _ in range(steps):  # each waits for the one before, since a full queue of launches would make Python wait
        start, began = clock.mark(), time.perf_counter()
        loop.run(1)
        launched = time.perf_counter() - began
        shares.append(launched / clock.seconds(start, clock.mark()))
    return median(shares)
