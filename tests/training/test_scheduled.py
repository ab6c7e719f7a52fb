"""Numbers that follow the images seen: in closed form, in the step, in the log and after a resume."""

import math
import warnings
from functools import partial

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from torch.optim.lr_scheduler import StepLR

from gan_lightning.errors import UsageError
from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, R1, LeCam
from gan_lightning.schedules import Cosine, Linear, value_at
from gan_lightning.training.ema import ema_weight
from gan_lightning.training.knobs import Knobs

BATCH = 16
SGD = partial(torch.optim.SGD, lr=0.1)


@pytest.mark.parametrize("delay", [0, 50])
def test_a_linear_schedule_takes_equal_steps(delay):
    schedule = Linear(3.0, 1.0, images=100, delay=delay)
    for images, expected in ((0, 3), (25, 2.5), (50, 2), (100, 1), (10**9, 1)):
        assert schedule(delay + images) == pytest.approx(expected)
    assert schedule(0) == schedule(delay) == 3.0


@pytest.mark.parametrize(("start", "end"), [(2e-4, 5e-5), (0.0, 1.0), (0.9, 0.99)])
@pytest.mark.parametrize("delay", [0, 50])
def test_a_cosine_schedule_is_r3gans_burn_in(start, end, delay):
    schedule = Cosine(start, end, images=100, delay=delay)
    for images in (0, 1, 10, 50, 75, 99, 100):
        expected = end + 0.5 * (1 + math.cos(math.pi * images / 100)) * (start - end)
        assert schedule(delay + images) == pytest.approx(expected)
    assert schedule(10**9) == pytest.approx(end)
    assert schedule(0) == start


@pytest.mark.parametrize("options", [{"images": 0}, {"images": -1}, {"images": math.nan}, {"images": 1, "delay": -1}])
def test_a_schedule_over_no_images_is_refused(options):
    with pytest.raises(UsageError, match="changes over at least one image"):
        Linear(0.0, 1.0, **options)


def test_knobs_are_written_in_place():
    knobs = Knobs({"a": partial(value_at, Linear(0.0, 1.0, 100)), "b": partial(value_at, 3.0)})
    knobs.to(torch.device("cpu"))
    tensors = dict(knobs.tensors)
    for images in (0, 10, 10, 20):
        knobs.fill(images)
        assert knobs["a"] is tensors["a"], "a recorded step reads it here"
        assert (knobs["a"].item(), knobs["b"].item()) == pytest.approx((images / 100, 3.0))
        assert knobs.values == {"a": images / 100, "b": 3.0}


SCHEDULES = {
    "learning_rate_schedule": Cosine(1.0, 0.25, images=10 * BATCH),
    "beta2_schedule": Linear(0.9, 0.99, images=8 * BATCH, delay=2 * BATCH),
    "ema_half_life": Linear(10.0, 1000.0, images=100 * BATCH),
}
RATES = {DISCRIMINATOR: 4e-4, GENERATOR: 1e-4}


def scheduled():
    """A model of which everything that can follow a schedule does."""
    adam = {f"{name}_optimizer": partial(torch.optim.Adam, lr=rate, betas=(0.5, 0.9)) for name, rate in RATES.items()}
    penalties = [R1(Linear(1.0, 0.0, images=9 * BATCH), every=2), LeCam(0.3)]
    return tiny_model(penalties=penalties, **SCHEDULES, **adam)


class Values(Callback):
    """What each step was taken with, and what it logged."""

    def __init__(self):
        self.used, self.logged = [], []

    def on_train_batch_end(self, trainer, model, *_):
        groups = {name: player.optimizer.param_groups[0] for name, player in model.players.items()}
        self.used.append(
            {
                **{name: tensor.item() for name, tensor in model.knobs.tensors.items()},
                **{f"{name}_lr": float(group["lr"]) for name, group in groups.items()},
                **{f"{name}_betas": group.get("betas") for name, group in groups.items()},
            }
        )
        self.logged.append({k: float(v) for k, v in trainer.callback_metrics.items() if k.startswith("train/")})
        if trainer.global_step == 5:
            trainer.save_checkpoint(trainer.default_root_dir + "/cut.ckpt")


def train(make_trainer, model, steps=12, **options):
    torch.manual_seed(0)
    values = Values()
    trainer = make_trainer(max_steps=steps, limit_val_batches=0, log_every_n_steps=1, callbacks=[values])
    trainer.fit(model, tiny_data(), **options)
    return values


def test_every_scheduled_number_follows_the_images_seen_before_the_step(make_trainer):
    found = train(make_trainer, scheduled())
    assert len(found.used) == 12
    for step, used in enumerate(found.used):
        seen = step * BATCH
        rate = 0.25 + 0.5 * (1 + math.cos(math.pi * min(step / 10, 1))) * 0.75
        beta2 = 0.9 + 0.09 * min(max(step - 2, 0) / 8, 1)
        expected = {
            "R1_weight": max(1 - step / 9, 0),
            "LeCam_weight": 0.3,
            "ema_half_life": 10 + 990 * step / 100,
            "ema_weight": ema_weight(BATCH, 10 + 990 * step / 100, seen),
            "discriminator_lr": 4e-4 * rate,
            "generator_lr": 1e-4 * rate,
        }
        betas = {name: used.pop(name) for name in ("discriminator_betas", "generator_betas")}
        assert used == pytest.approx(expected, rel=1e-6), step
        for pair in betas.values():
            assert pair == pytest.approx((0.5, beta2)), step


def test_scheduled_numbers_are_logged_with_the_step_that_used_them(make_trainer):
    found = train(make_trainer, scheduled())
    for step, (used, logged) in enumerate(zip(found.used, found.logged, strict=True)):
        for name in ("R1_weight", "ema_half_life", "discriminator_lr", "generator_lr"):
            assert logged[f"train/{name}"] == pytest.approx(used[name]), (step, name)
        for name in (DISCRIMINATOR, GENERATOR):
            assert logged[f"train/{name}_beta2"] == pytest.approx(used[f"{name}_betas"][1]), step
        assert logged["train/images_seen"] == (step + 1) * BATCH
        assert "train/LeCam_weight" not in logged, "it does not change"


def test_what_is_constant_is_not_logged_but_for_the_learning_rates(make_trainer):
    (logged,) = train(make_trainer, tiny_model(penalties=[R1()]), steps=1).logged
    assert not {name for name in logged if "weight" in name or "beta2" in name or "half_life" in name}
    assert logged["train/generator_lr"] == pytest.approx(2e-4)


def test_schedules_go_on_after_a_resume(make_trainer, tmp_path):
    whole_model, resumed_model = scheduled(), scheduled()
    whole = train(make_trainer, whole_model)
    resumed = train(make_trainer, resumed_model, ckpt_path=tmp_path / "cut.ckpt")
    assert resumed.used == whole.used[5:]
    assert whole.logged[5]["train/R1"] == whole.logged[4]["train/R1"], "the newest value of a lazy term is logged"
    assert resumed.logged == whole.logged[5:]
    for name, value in whole_model.state_dict().items():
        assert torch.equal(resumed_model.state_dict()[name], value), name


def test_a_resume_may_change_the_schedule(make_trainer, tmp_path):
    train(make_trainer, scheduled())
    faster = scheduled()
    faster.learning_rate_schedule = Linear(1.0, 0.0, images=8 * BATCH)
    found = train(make_trainer, faster, ckpt_path=tmp_path / "cut.ckpt")
    expected = [max(1 - step / 8, 0) * 4e-4 for step in range(5, 12)]
    assert [used["discriminator_lr"] for used in found.used] == pytest.approx(expected)


@pytest.mark.parametrize("player", [DISCRIMINATOR, GENERATOR])
def test_a_schedule_and_a_scheduler_are_refused_together(player):
    options = {"learning_rate_schedule": Linear(1.0, 0.0, 100), f"{player}_scheduler": partial(StepLR, step_size=1)}
    with pytest.raises(UsageError, match="takes the place of the players' schedulers: leave one or the other out"):
        tiny_model(**options)


def test_a_schedule_of_beta2_takes_adam(make_trainer):
    model = tiny_model(beta2_schedule=Linear(0.9, 0.99, 100), discriminator_optimizer=SGD)
    with pytest.raises(UsageError, match="takes optimisers with two betas, such as Adam"):
        make_trainer(max_steps=1).fit(model, tiny_data())


@pytest.mark.parametrize("optimizer", [SGD, partial(torch.optim.Adam, lr=0.1)])
def test_a_scheduler_of_the_step_counts_its_own_players_steps(make_trainer, optimizer):
    halving = partial(StepLR, step_size=1, gamma=0.5)
    model = tiny_model(
        discriminator_steps=3,
        scheduler_interval="step",
        discriminator_scheduler=halving,
        generator_scheduler=halving,
        discriminator_optimizer=optimizer,
        generator_optimizer=optimizer,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = train(make_trainer, model, steps=7)
    rates = {name: [used[f"{name}_lr"] for used in found.used] for name in (DISCRIMINATOR, GENERATOR)}
    assert rates[DISCRIMINATOR] == pytest.approx([0.1 * 0.5**step for step in range(1, 8)])
    assert rates[GENERATOR] == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025])
    assert not [str(w.message) for w in caught if "lr_scheduler.step()" in str(w.message)], "torch minds the order"
