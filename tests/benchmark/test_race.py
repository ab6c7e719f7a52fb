"""fit and the textbook loop race to a figure: turns, what is counted, and what becomes of who does not get there."""

from types import SimpleNamespace

import pytest
import torch
from helpers import tiny_data, tiny_model

from gan_lightning.benchmark import race
from gan_lightning.benchmark.loops import TextbookLoop
from gan_lightning.benchmark.machine import Clock
from gan_lightning.benchmark.quality import check_comparable, compared, median_seconds, without_model
from gan_lightning.benchmark.race import Race, Target
from gan_lightning.callbacks import QualityMetrics
from gan_lightning.errors import UsageError
from gan_lightning.metrics.evaluation import Evaluation
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.models import ConditionalGAN
from gan_lightning.networks.modes import eval_mode

BATCH = 100
MEASURING = 1e6
"""Seconds that a measurement takes: so many that no sum of the others hides them."""


class FakeClock:
    """A clock whose time is set by hand."""

    now = 0.0

    def mark(self):
        return self.now

    def seconds(self, start, stop):
        return stop - start


class FakeLoop:
    """A textbook loop whose batches take ``cost`` seconds."""

    batch_size, images_seen = BATCH, 0

    def __init__(self, clock, cost, log):
        self.clock, self.cost, self.log, self.sampler = clock, cost, log, self

    def run(self, steps):
        self.clock.now += steps * self.cost
        self.images_seen += steps * BATCH
        self.log.append(("textbook", steps * BATCH))


class FakeMetrics:
    """Measures 1,000,000 / images seen, in a very long time."""

    extractor = object()

    def __init__(self, clock, figure="fid"):
        self.clock, self.figure = clock, figure

    def measure(self, trainer, model, only):
        self.clock.now += MEASURING
        value = 1e6 / model.images_seen
        return {self.figure: value if self.figure == "fid" else 1 / value}


def run(target, limit=1e5, epochs=10**6, fit_cost=1.0, textbook_cost=2.0, metrics=FakeMetrics):
    """The race of a ``fit`` of ``epochs`` images, with the order of its turns and the trainer."""
    clock, log = FakeClock(), []
    loop = FakeLoop(clock, textbook_cost, log)
    contest = Race(loop, metrics(clock, target.figure), target, limit, clock)
    trainer, model = SimpleNamespace(should_stop=False), SimpleNamespace(images_seen=0)
    contest.on_train_start(trainer, model)
    while not trainer.should_stop and model.images_seen < epochs:
        clock.now += fit_cost
        model.images_seen += BATCH
        log.append(("fit", BATCH))
        contest.on_train_batch_end(trainer, model)
    contest.on_train_end(trainer, model)
    return contest, log, model


def test_the_textbook_loop_trains_as_long_as_fit_while_both_train():
    contest, log, _ = run(Target("fid", 50.0))
    turns = [log[0]]
    for name, images in log[1:]:
        if turns[-1][0] == name:
            turns[-1] = (name, turns[-1][1] + images)
        else:
            turns.append((name, images))
    assert turns[:5] == [("fit", 1000), ("textbook", 1000), ("fit", 2000), ("textbook", 1000), ("fit", 2000)]
    spent = {"fit": 0.0, "textbook": 0.0}
    for name, images in turns[:-1]:
        spent[name] += images / BATCH * {"fit": 1.0, "textbook": 2.0}[name]
        assert abs(spent["fit"] - spent["textbook"]) <= 2.0 * race.TURN / BATCH
    assert contest.fit.reached
    assert contest.textbook.reached


def test_only_training_is_counted():
    contest, _, model = run(Target("fid", 50.0))
    for progress, cost in ((contest.fit, 1.0), (contest.textbook, 2.0)):
        assert progress.seconds == cost * progress.images / BATCH
        assert [seconds for _, seconds, _ in progress.curve] == [cost * n / BATCH for n, _, _ in progress.curve]
    assert contest.fit.images == model.images_seen


def test_measurements_are_a_tenth_apart_from_ten_thousand_images_on():
    contest, _, _ = run(Target("fid", 50.0))
    seen = [images for images, _, _ in contest.fit.curve]
    assert seen == [10_000, 11_000, 13_000, 15_000, 17_000, 19_000, 21_000]
    assert [value for _, _, value in contest.fit.curve] == [1e6 / images for images in seen]


@pytest.mark.parametrize(("fit_cost", "textbook_cost", "first"), [(1.0, 9.0, "fit"), (9.0, 1.0, "textbook")])
def test_who_is_not_there_yet_goes_on_alone(fit_cost, textbook_cost, first):
    contest, log, _ = run(Target("fid", 50.0), fit_cost=fit_cost, textbook_cost=textbook_cost)
    names = [name for name, _ in log]
    other = "textbook" if first == "fit" else "fit"
    last = len(names) - 1 - names[::-1].index(first)
    assert set(names[last + 1 :]) == {other}
    assert len(names) - last > race.TURN / BATCH
    for progress in (contest.fit, contest.textbook):
        assert progress.result()["reached"]
        assert progress.images == 21_000, "and nobody trains on after that"


def test_a_loop_gives_up_after_its_time_with_a_last_measurement():
    contest, _, _ = run(Target("fid", 50.0), limit=250.0)
    found = contest.textbook.result()
    assert (found["reached"], found["seconds"], found["ended"]) == (False, None, False)
    assert 250.0 <= found["seconds_trained"] < 250.0 + 2 * race.TURN / BATCH
    assert found["curve"][-1] == (found["images"], found["seconds_trained"], 1e6 / found["images"])
    assert contest.fit.reached


def test_fit_is_over_with_its_epochs():
    contest, _, _ = run(Target("fid", 50.0), epochs=10_300)
    found = contest.fit.result()
    assert (found["reached"], found["seconds"], found["ended"]) == (False, None, True)
    assert found["curve"][-1] == (10_300, 103.0, 1e6 / 10_300)
    assert contest.textbook.reached


def test_its_last_images_may_be_enough():
    contest, _, _ = run(Target("fid", 1e6 / 10_300), epochs=10_300)
    assert contest.fit.result()["seconds"] == 103.0


def test_a_trainer_that_does_not_stop_is_not_measured_any_more():
    contest, _, model = run(Target("fid", 50.0))
    before = contest.fit.result()
    model.images_seen += 10 * race.TURN
    contest.on_train_batch_end(SimpleNamespace(should_stop=True), model)
    assert contest.fit.result() == before


def test_figures_that_rise_are_reached_from_below():
    contest, _, _ = run(Target("precision", 0.02))
    assert [value >= 0.02 for _, _, value in contest.fit.curve] == [False] * (len(contest.fit.curve) - 1) + [True]
    assert len(contest.fit.curve) > 1


@pytest.mark.parametrize(
    ("text", "value", "reached"),
    [("val/fid=0.15", 0.15, True), ("fid=1.5e-1", 0.151, False), ("val/precision=0.9", 0.91, True)],
)
def test_targets_are_reached_at_their_threshold_or_beyond(text, value, reached):
    assert Target.parse(text).reached(value) is reached
    assert not Target.parse(text).reached(float("nan"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("val/fid", "takes a figure and a number, such as val/fid=0.15, not val/fid"),
        ("val/fid=low", "takes a figure and a number"),
        ("val/fid=nan", "takes a figure and a number"),
        ("val/fid=inf", "takes a figure and a number"),
        ("val/fidd=1", "there is no figure fidd; those to be reached are fid, kid"),
        ("val/sharpness=1", "sharpness gets neither better nor worse"),
    ],
)
def test_other_targets_are_mistakes(text, sentence):
    with pytest.raises(UsageError, match=sentence):
        Target.parse(text)


def test_what_cannot_be_measured_is_told():
    with pytest.raises(UsageError, match="label_accuracy is not measured of this model, only fid"):
        run(Target("label_accuracy", 0.9), metrics=lambda clock, _: FakeMetrics(clock))

    class Without(FakeMetrics):
        extractor = None

    with pytest.raises(UsageError, match="--until needs figures"):
        run(Target("fid", 1.0), metrics=Without)


@pytest.mark.parametrize("cls", [None, ConditionalGAN])
def test_figures_are_those_of_validation(make_trainer, monkeypatch, cls):
    """Of the averaged generator of ``fit``, and of the textbook loop's own, by the same latents and labels."""
    monkeypatch.setattr(race, "FIRST", 32)
    monkeypatch.setattr(race, "TURN", 16)
    torch.manual_seed(0)
    model = tiny_model() if cls is None else cls(latent_dim=8, hidden_dims=[16, 32])
    data, metrics = tiny_data(), QualityMetrics(200, seed=3)
    loop = TextbookLoop(model, data, torch.device("cpu"))
    contest = Race(loop, metrics, Target("fid", 0.0), 0.2, Clock(torch.device("cpu")))
    make_trainer(max_epochs=1, limit_val_batches=0, callbacks=[metrics, contest]).fit(model, data)
    labels = torch.arange(200) * 0
    if cls is not None:
        test = data.images(False)[1]
        labels = test[torch.arange(200) * len(test) // 200]
    evaluation, latents = Evaluation(extractor_for(data), data), model.latents(200, 3)
    with eval_mode(loop.generator), torch.no_grad():
        drawn = model.to_uint8(loop.generator(latents, labels))
    ours = evaluation.measure(model.render(latents, labels))["fid"]
    assert contest.fit.curve[-1][-1] == pytest.approx(ours, rel=1e-5)
    assert contest.textbook.curve[-1][-1] == pytest.approx(evaluation.measure(drawn)["fid"], rel=1e-3)
    assert contest.textbook.images % data.batch_size == 0


def outcome(fit, textbook, trained=100.0):
    """The result of a race, of the seconds of both or None."""
    return {
        name: {"reached": seconds is not None, "seconds": seconds, "seconds_trained": seconds or trained}
        for name, seconds in (("fit", fit), ("textbook", textbook))
    }


@pytest.mark.parametrize(
    ("fit", "textbook", "expected"),
    [
        (10.0, 30.0, {"ratio": 3.0}),
        (10.0, None, {"ratio": None, "ratio_at_least": 10.0}),
        (None, 30.0, {"ratio": None, "ratio_at_most": 0.3}),
        (None, None, {"ratio": None}),
    ],
)
def test_ratios_are_known_or_bounded(fit, textbook, expected):
    assert compared(outcome(fit, textbook)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [((3.0, 1.0, 2.0), 2.0), ((3.0, 1.0, None), 3.0), ((3.0, None, None), None)]
)
def test_seeds_that_do_not_get_there_take_longest(seconds, expected):
    assert median_seconds([outcome(value, None) for value in seconds], "fit") == expected


def test_the_textbook_loop_s_configuration_is_given_no_options_of_the_model():
    options = ["--model.loss", "Hinge", "--data.root", "x", "--model.penalties+=R1", "--trainer.max_epochs=3"]
    assert without_model(options) == ["--data.root", "x", "--trainer.max_epochs=3"]


def test_only_the_same_images_are_compared():
    check_comparable(tiny_data(), tiny_data(batch_size=8))
    for other in (tiny_data(image_size=16), tiny_data(digits=[3])):
        with pytest.raises(UsageError, match="--textbook: its images are"):
            check_comparable(tiny_data(), other)
