"""fit and the others take turns."""

import pytest
from helpers import tiny_data, tiny_model

from gan_lightning.benchmark.contest import LOGGING, Contest


class Loop:
    """Notes the turns of a loop, and where fit was then."""

    def __init__(self, name, turns):
        self.name, self.turns, self.trainer = name, turns, None

    def run(self, steps):
        self.turns.append((self.name, steps, self.trainer.global_step))


def test_turns_alternate_and_every_one_is_timed(make_trainer):
    turns = []
    loops = {name: Loop(name, turns) for name in ("bare", "textbook")}
    contest = Contest(loops, rounds=2, steps=3, warm_up=1, profiled=6)
    assert contest.batches == 1 + 2 * 3 + 6
    trainer = make_trainer(max_steps=contest.batches, limit_val_batches=0, callbacks=[contest], log_every_n_steps=3)
    for loop in loops.values():
        loop.trainer = trainer
    profiler = trainer.profiler
    trainer.fit(tiny_model(), tiny_data(samples_per_class=20))
    assert turns == [
        *[("bare", 1, 0), ("textbook", 1, 0)],
        *[("bare", 3, 1), ("textbook", 3, 1)],
        *[("bare", 3, 4), ("textbook", 3, 4)],
    ]
    assert {name: len(seconds) for name, seconds in contest.seconds.items()} == {"fit": 2, "bare": 2, "textbook": 2}
    assert all(second > 0 for seconds in contest.seconds.values() for second in seconds)
    assert len(contest.profiler.recorded_durations[LOGGING]) == 2, "two of the last six batches are logged"
    assert contest.callbacks_seconds("on_train_batch_end").keys() >= {"Contest"}
    assert trainer.profiler is profiler


@pytest.mark.parametrize("hook", ["on_train_epoch_end", "on_train_batch_start"])
def test_hooks_are_told_apart(hook):
    contest = Contest({}, rounds=1, steps=1, warm_up=0, profiled=0)
    durations = contest.profiler.recorded_durations
    durations["[Callback]SampleGrid.on_train_epoch_end"] = [1.0, 2.0]
    durations["[Callback]ModelCheckpoint{'monitor': None, 'mode': 'min'}.on_train_epoch_end"] = [4.0]
    durations["[LightningModule]DCGAN.on_train_epoch_end"] = [8.0]
    expected = {"SampleGrid": 3.0, "ModelCheckpoint": 4.0} if hook == "on_train_epoch_end" else {}
    assert contest.callbacks_seconds(hook) == expected


def test_the_end_of_an_epoch_is_averaged_over_epochs():
    contest = Contest({}, rounds=1, steps=1, warm_up=0, profiled=0)
    durations = contest.profiler.recorded_durations
    durations["[Callback]SampleGrid.on_train_epoch_end"] = [1.0, 2.0]
    durations["[Callback]Contest.on_train_epoch_end"] = [0.25, 0.75]
    assert contest.epoch_end_seconds == 2.0
