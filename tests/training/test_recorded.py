"""The recorded step computes what the eager one computes; what cannot be recorded is named."""

from functools import partial
from types import SimpleNamespace

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy
from torch.optim.lr_scheduler import ExponentialLR, OneCycleLR, SequentialLR
from training_runs import Losses, Recordings, train

from gan_lightning.errors import UsageError
from gan_lightning.models import VanillaGAN
from gan_lightning.objectives import R1, LeCam
from gan_lightning.schedules import Cosine, Linear
from gan_lightning.training import module, recorded
from gan_lightning.training.graphs import GraphedSteps, NotRecordable, make_capturable
from gan_lightning.training.module import AlternatingModule
from gan_lightning.training.optim import Adam
from gan_lightning.training.players import LightningPlayer, PlainPlayer
from gan_lightning.training.recorded import obstacle

CYCLE = partial(OneCycleLR, max_lr=0.1, total_steps=10)


@pytest.fixture
def anywhere(monkeypatch):
    """Has steps taken as recorded ones on the CPU: all but the recording, for which optimisers have to be on a GPU."""
    monkeypatch.setattr(module, "obstacle", lambda trainer, model, base: None)
    monkeypatch.setattr(recorded, "make_capturable", lambda optimizer, device: None)


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize(
    ("options", "phases"),
    [
        (dict, 1),
        (lambda: {"discriminator_steps": 2, "gradient_clip_norm": 0.1}, 2),
        (lambda: {"weight_clip": 0.05, "micro_batches": 2}, 1),
        (lambda: {"generator_scheduler": partial(ExponentialLR, gamma=0.8), "scheduler_interval": "step"}, 1),
        (lambda: {"learning_rate_schedule": Cosine(1.0, 0.1, 100), "ema_half_life": None}, 1),
        (lambda: {"penalties": [R1(Linear(1.0, 0.1, 100), every=4)]}, 2),
        (lambda: {"penalties": [R1(every=4), LeCam(every=2)], "discriminator_steps": 3}, 6),
    ],
)
def test_steps_from_fixed_buffers_equal_eager_ones(make_trainer, options, phases):
    eager, fixed = tiny_model(**options()), tiny_model(cuda_graph="strict", **options())  # terms keep means
    trainer, expected = train(make_trainer, eager)
    recordings = Recordings()
    other, found = train(make_trainer, fixed, recordings)
    assert recordings.steps == 12
    assert len(recordings.phases) == len(set(recordings.phases)) == phases
    assert fixed.step == fixed.alternate, "recordings do not outlive the training"
    assert (trainer.global_step, eager.images_seen) == (other.global_step, fixed.images_seen) == (12, 192)
    assert found == expected
    for name, value in eager.state_dict().items():
        torch.testing.assert_close(fixed.state_dict()[name], value, rtol=1e-6, atol=1e-7, msg=name)


@pytest.mark.usefixtures("anywhere")
def test_recordings_are_forgotten_when_a_run_fails(make_trainer):
    class Fail(Callback):
        def on_train_batch_end(self, trainer, *_):
            if trainer.global_step == 5:
                raise ZeroDivisionError

    model, recordings = tiny_model(cuda_graph="strict"), Recordings()
    with pytest.raises(ZeroDivisionError):
        train(make_trainer, model, recordings, Fail())
    assert recordings.steps == 5
    assert model.step == model.alternate


@pytest.mark.parametrize("strict", [False, "strict"])
def test_a_step_that_turns_out_to_wait_is_taken_without_a_graph_or_refused(make_trainer, monkeypatch, strict):
    monkeypatch.setattr(module, "obstacle", lambda trainer, model, base: None)
    as_usual, calls = GraphedSteps.__call__, []

    def fourth_fails(self, real, labels, phase):
        calls.append(phase)
        if len(calls) == 4:
            raise NotRecordable("the step waits")
        return as_usual(self, real, labels, phase)

    monkeypatch.setattr(GraphedSteps, "__call__", fourth_fails)
    model = tiny_model(cuda_graph=strict or True)
    if strict:
        with pytest.raises(UsageError, match="strict is impossible here: the step waits"):
            train(make_trainer, model)
        return
    kinds = Players()
    with pytest.warns(UserWarning, match="training goes on without CUDA graphs: the step waits"):
        trainer, found = train(make_trainer, model, kinds)
    assert (len(calls), trainer.global_step, model.images_seen) == (4, 12, 192)
    assert kinds.kinds == [PlainPlayer] * 3 + [LightningPlayer] * 9
    for optimizer in trainer.optimizers:
        (group,) = optimizer.param_groups
        assert (group["capturable"], type(group["lr"])) == (False, float)
    monkeypatch.undo()
    for step, expected in zip(found, train(make_trainer, tiny_model())[1], strict=True):
        assert as_floats(step) == pytest.approx(as_floats(expected), abs=1e-7)


class Players(Callback):
    """What moved the networks in each step."""

    def __init__(self):
        self.kinds = []

    def on_train_batch_end(self, trainer, model, *_):
        (kind,) = {type(player) for player in model.players.values()}
        self.kinds.append(kind)


def as_floats(values):
    return {name: float(value) for name, value in values.items()}


class Clipping(VanillaGAN):
    def on_before_optimizer_step(self, optimizer):
        super().on_before_optimizer_step(optimizer)


class Watching(VanillaGAN):
    def on_after_backward(self):
        self.watched = True


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "nothing"),
        ({"strategy": SingleDeviceStrategy("cpu")}, "it takes an NVIDIA GPU, and this runs on cpu"),
        ({"strategy": DDPStrategy()}, "processes exchange gradients in mid-step"),
        ({"precision": "16-mixed"}, "float16's gradient scaling waits for the device"),
        ({"detect_anomaly": True}, "--trainer.detect_anomaly reads every gradient"),
        ({"model": Clipping}, "Clipping.on_before_optimizer_step is not called in a recorded step"),
        ({"model": Watching}, "Watching.on_after_backward is not called in a recorded step"),
        ({"options": {"beta2_schedule": Linear(0.9, 0.99, 100)}}, "--model.beta2_schedule changes what a recording"),
        ({"options": {"learning_rate_schedule": Linear(1, 0, 100), "gradient_clip_norm": 1.0}}, "nothing"),
        ({"optimizer": torch.optim.SGD}, "SGD cannot be recorded: use Adam"),
        ({"scheduler": CYCLE}, "OneCycleLR changes Adam's betas, which a recording keeps"),
        ({"scheduler": lambda o: SequentialLR(o, [ExponentialLR(o, 0.9), CYCLE(o)], [5])}, "OneCycleLR changes Adam's"),
        ({"scheduler": partial(CYCLE, cycle_momentum=False)}, "nothing"),
    ],
)
def test_what_is_in_the_way_of_a_graph_is_named(changed, reason):
    default = {"strategy": SingleDeviceStrategy("cuda:0"), "precision": "bf16-mixed", "optimizer": Adam}
    found = {**default, "scheduler": partial(ExponentialLR, gamma=0.9), **changed}
    optimizer = found["optimizer"]([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    trainer = SimpleNamespace(
        strategy=found["strategy"],
        precision=found["precision"],
        optimizers=[optimizer],
        lr_scheduler_configs=[SimpleNamespace(scheduler=found["scheduler"](optimizer))],
        _detect_anomaly=found.get("detect_anomaly", False),
    )
    model = found.get("model", VanillaGAN)(hidden_dims=[4], **found.get("options", {}))
    assert (obstacle(trainer, model, AlternatingModule) or "nothing").startswith(reason)


def test_the_trainer_has_what_is_asked_of_it(make_trainer):
    trainer = make_trainer(detect_anomaly=True)
    assert trainer._detect_anomaly is True
    assert make_trainer()._detect_anomaly is False


@pytest.mark.parametrize(("strict", "message"), [(False, "without CUDA graphs"), ("strict", "is impossible here")])
def test_without_a_gpu_it_says_so_and_goes_on_or_stops(make_trainer, strict, message):
    model, plain = tiny_model(cuda_graph=strict or True), tiny_model()
    reason = rf"{message}: it takes an NVIDIA GPU, and this runs on cpu"
    if strict:
        with pytest.raises(UsageError, match=reason):
            train(make_trainer, model)
        return
    kinds = Players()
    with pytest.warns(UserWarning, match=reason):
        _, found = train(make_trainer, model, kinds)
    assert set(kinds.kinds) == {LightningPlayer}
    assert found == train(make_trainer, plain)[1]


def test_checkpoints_of_a_run_with_graphs_resume_without(make_trainer, tmp_path):
    class Capturable(Callback):
        def on_train_end(self, trainer, model):
            for optimizer in trainer.optimizers:
                make_capturable(optimizer, model.device)
            trainer.save_checkpoint(tmp_path / "last.ckpt", weights_only=False)

    train(make_trainer, tiny_model(), Capturable(), max_steps=4)
    torch.manual_seed(0)
    losses = Losses()
    trainer = make_trainer(max_steps=6, limit_val_batches=0, callbacks=[losses])
    trainer.fit(tiny_model(), tiny_data(), ckpt_path=tmp_path / "last.ckpt")
    expected = train(make_trainer, tiny_model(), max_steps=6)[1][4:]
    for found, step in zip(losses.steps, expected, strict=True):
        assert as_floats(found) == pytest.approx(as_floats(step), abs=1e-7)
