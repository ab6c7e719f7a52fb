"""Trials of a search: each a run of ``fit``, watched while it trains, and told to the study that chose its options."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from gan_lightning.callbacks.history import Row, read_history
from gan_lightning.commands.children import Children
from gan_lightning.commands.training_run import Run, plain
from gan_lightning.commands.watch import Watch, say
from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES, as_text

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

RUN = "run"
"""What a trial keeps: its run's name, which is that of an interrupted trial's where it goes on in that."""


class Course:
    """What a run has measured so far, and whether it is worth going on: asked again and again while it trains.

    Args:
        trial: The trial that hears of each new measurement.
        history: The run's ``history.csv``.
        figure: The name of what is measured.
    """

    def __init__(self, trial: Trial, history: Path, figure: str) -> None:
        self.trial, self.history, self.figure = trial, history, figure
        self.reported = 0
        self.pruned = False

    def __call__(self) -> bool:
        """Whether to stop."""
        measured = self.measured()
        for row in measured[self.reported :]:
            self.trial.report(row[f"val/{self.figure}"], step=int(row["epoch"]) + 1)
        self.pruned = self.pruned or (len(measured) > self.reported and bool(self.trial.should_prune()))
        self.reported = len(measured)
        return self.pruned

    def measured(self) -> list[Row]:
        """The epochs with a finite figure."""
        rows = read_history(self.history) if self.history.is_file() else []
        return [row for row in rows if math.isfinite(row.get(f"val/{self.figure}", math.nan))]

    def best(self) -> float | None:
        """The best figure of all epochs; None where there is none."""
        values = [row[f"val/{self.figure}"] for row in self.measured()]
        return (max if FIGURES[self.figure].better == "↑" else min)(values, default=None)


class Trials:
    """Makes trials, from several threads, and says how each ended.

    Args:
        study: What chooses their options.
        space: What each option may be.
        run: From a name and options to the run of them.
        figure: What is to be as good as possible.
    """

    def __init__(
        self,
        study: Study,
        space: Mapping[str, BaseDistribution],
        run: Callable[[str, list[str]], Run],
        figure: str,
    ) -> None:
        self.study, self.space, self.run, self.figure = study, dict(space), run, figure
        self.failure: UsageError | None = None
        """Why the last trial that failed did so."""
        self._lock = Lock()

    def requeue(self) -> None:
        """Has trials that were running when an earlier call of the command was killed go on in their runs."""
        from optuna.trial import TrialState

        for trial in self.study.get_trials(states=(TrialState.RUNNING,)):
            self.study.tell(trial.number, state=TrialState.FAIL)
            self.study.enqueue_trial(trial.params, user_attrs={RUN: name_of(trial)})

    def done(self) -> int:
        """How many have ended, one that goes on not among them."""
        waiting = {name_of(trial) for trial in self.study.trials if not trial.state.is_finished()}
        return len({name_of(trial) for trial in self.study.trials} - waiting)

    def make(self, children: Children, watch: Watch) -> None:
        """One more trial, unless a signal has come."""
        from optuna.trial import TrialState

        with self._lock:
            if children.signal:
                return
            taken = {name_of(other) for other in self.study.trials}
            trial = self.study.ask(self.space)
            if RUN not in trial.user_attrs:
                trial.set_user_attr(RUN, next(name for n in count() if (name := f"trial_{n}") not in taken))
        name = name_of(trial)
        run = self.run(name, words_of(trial))
        say(f"{name}: {', '.join(plain(run.variation))}, with its log in {run.log}")
        course = Course(trial, run.folder / "history.csv", self.figure)
        try:
            with watch.over(name, run.folder):
                run.perform("fit", children, course)
            value = course.best()
            if value is None:
                raise UsageError(f"no val/{self.figure} was measured: see {run.log}")
        except UsageError as error:
            if children.signal:  # the command goes on with it when it is given again
                return
            self.failure = error
            self.study.tell(trial, state=TrialState.FAIL)
            say(f"{name}: failed, {error}")
            return
        if course.pruned:
            self.study.tell(trial, state=TrialState.PRUNED)
            how = ", stopped early, since others were better by then"
        elif children.signal:
            return
        else:
            course()
            self.study.tell(trial, value)
            how = ""
        say(f"{name}: {self.figure} {as_text(self.figure, value)}{how}")


def name_of(trial: Trial | FrozenTrial | Any) -> str:
    """The name of a trial's run."""
    return str(trial.user_attrs.get(RUN, f"trial_{trial.number}"))


def words_of(trial: Trial | FrozenTrial) -> list[str]:
    """The options of a trial's run, numbers with as many digits as are worth reading."""
    return [
        f"--{option}={f'{value:.6g}' if isinstance(value, float) else value}" for option, value in trial.params.items()
    ]
