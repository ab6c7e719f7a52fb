"""The recorded step computes what the eager one computes; what cannot be recorded is named."""

import copy
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy
from torch.optim.lr_scheduler import ExponentialLR, OneCycleLR, SequentialLR

from gan_lightning.errors import UsageError
from gan_lightning.models import DCGAN, fast
from gan_lightning.training.fast import RecordedStep
from gan_lightning.training.graphs import GraphedSteps, first_line, make_capturable, make_portable, obstacle
from gan_lightning.training.optim import Adam

CYCLE = partial(OneCycleLR, max_lr=0.1, total_steps=10)
DCGAN_8 = partial(DCGAN, width=8, latent_dim=8)


class Losses(Callback):
    """All values of each step."""

    def __init__(self):
        self.steps = []

    def on_train_batch_end(self, trainer, model, *_):
        self.steps.append({name: value.clone() for name, value in model.scalars.items()})


class Kinds(Callback):
    """By what each step was taken."""

    def __init__(self):
        self.steps = []

    def on_train_batch_end(self, trainer, model, *_):
        assert isinstance(model.step.steps, GraphedSteps)
        self.steps.append(type(model.step))


def train(make_trainer, model, *callbacks, **options):
    torch.manual_seed(0)
    losses = Losses()
    trainer = make_trainer(**{"max_steps": 12, "limit_val_batches": 0, **options}, callbacks=[*callbacks, losses])
    trainer.fit(model, tiny_data())
    return trainer, losses.steps


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"discriminator_steps": 2, "gradient_clip_norm": 0.1},
        {"generator_scheduler": partial(ExponentialLR, gamma=0.8), "scheduler_interval": "step", "ema_half_life": None},
    ],
)
def test_steps_from_fixed_buffers_equal_eager_ones(make_trainer, monkeypatch, options):
    """All that a CPU can do of it: everything but the recording, for which optimisers have to be on a GPU."""
    monkeypatch.setattr(fast, "obstacle", lambda trainer: None)
    monkeypatch.setattr(fast, "make_capturable", lambda optimizer, device: None)
    eager, recorded = tiny_model(**options), tiny_model(cuda_graph="strict", **options)
    trainer, expected = train(make_trainer, eager)
    kinds = Kinds()
    other, found = train(make_trainer, recorded, kinds)
    assert kinds.steps == [RecordedStep] * 12
    assert recorded.step == recorded.alternate, "recordings do not outlive the training"
    assert (trainer.global_step, eager.images_seen) == (other.global_step, recorded.images_seen) == (12, 192)
    assert found == expected
    for name, value in eager.state_dict().items():
        torch.testing.assert_close(recorded.state_dict()[name], value, rtol=1e-6, atol=1e-7, msg=name)


def test_each_shape_and_each_turn_has_a_recording_of_its_own():
    def step(real, labels, decay, generators_turn):
        return {"sum": real.sum() + labels.sum() + decay + generators_turn}

    steps = GraphedSteps(step)
    first = steps(torch.ones(2, 1), torch.tensor([3, 4]), 0.5, True)
    for size, turn in ((2, False), (3, True), (2, True)):
        result = steps(torch.ones(size, 1), torch.ones(size, dtype=torch.int64), 0.25, turn)
        assert result["sum"] == 2 * size + 0.25 + turn
    assert first["sum"] == 10.5, "the values of a step outlive the next one"
    assert len(steps.recorded) == 3


def test_capturable_optimisers_keep_their_rate_and_count_on_the_device():
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = Adam([parameter], lr=0.01)
    scheduler = ExponentialLR(optimizer, 0.5)
    parameter.sum().backward()
    optimizer.step()
    before = copy.deepcopy(optimizer.state_dict())
    make_capturable(optimizer, torch.device("cpu"))
    (group,) = optimizer.param_groups
    rate = group["lr"]
    scheduler.step()
    assert group["capturable"]
    assert group["lr"] is rate, "a recorded step reads it here"
    assert rate.item() == pytest.approx(0.005)
    assert optimizer.state[parameter]["step"] == 1
    checkpoint = {"optimizer_states": [optimizer.state_dict()], "lr_schedulers": [scheduler.state_dict()]}
    make_portable(checkpoint)
    (saved,) = checkpoint["optimizer_states"][0]["param_groups"]
    assert not saved["capturable"]
    assert before["param_groups"][0].keys() == saved.keys()
    for value in (saved["lr"], *checkpoint["lr_schedulers"][0]["_last_lr"]):
        assert type(value) is float
        assert value == pytest.approx(0.005)
    make_portable({"optimizer_states": [before]})
    assert before["param_groups"][0]["lr"] == 0.01


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "nothing"),
        ({"strategy": SingleDeviceStrategy("cpu")}, "it takes an NVIDIA GPU, and this runs on cpu"),
        ({"strategy": DDPStrategy()}, "processes exchange gradients in mid-step"),
        ({"precision": "16-mixed"}, "float16's gradient scaling waits for the device"),
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
    schedulers = [SimpleNamespace(scheduler=found["scheduler"](optimizer))]
    trainer = SimpleNamespace(
        strategy=found["strategy"],
        precision=found["precision"],
        optimizers=[optimizer],
        lr_scheduler_configs=schedulers,
    )
    assert (obstacle(trainer) or "nothing").startswith(reason)


def test_the_first_of_several_errors_is_told():
    def fail():
        try:
            raise ValueError("waited for the device\nand more")
        finally:
            raise RuntimeError("could not end the recording")

    with pytest.raises(RuntimeError) as failure:
        fail()
    assert first_line(failure.value) == "waited for the device"


@pytest.mark.parametrize(("strict", "message"), [(False, "without CUDA graphs"), ("strict", "is impossible here")])
def test_without_a_gpu_it_says_so_and_goes_on_or_stops(make_trainer, strict, message):
    model, plain = tiny_model(cuda_graph=strict or True), tiny_model()
    reason = rf"{message}: it takes an NVIDIA GPU, and this runs on cpu"
    if strict:
        with pytest.raises(UsageError, match=reason):
            train(make_trainer, model)
        return
    with pytest.warns(UserWarning, match=reason):
        _, found = train(make_trainer, model)
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
        assert {k: float(v) for k, v in found.items()} == pytest.approx({k: float(v) for k, v in step.items()})


@pytest.mark.gpu
@pytest.mark.parametrize("discriminator_steps", [1, 2])
@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_hundred_recorded_steps_equal_eager_ones(make_trainer, discriminator_steps, compile, precision):
    """Tightly at first, across the recording; roundings of the learning rate and of atomic sums grow from there."""
    losses = []
    for means in ({}, {"cuda_graph": "strict", "compile": compile}):
        torch.manual_seed(0)
        schedule = {"discriminator_scheduler": partial(ExponentialLR, gamma=0.99), "scheduler_interval": "step"}
        model = DCGAN_8(discriminator_steps=discriminator_steps, **schedule, **means)
        common = {"max_steps": 100, "accelerator": "gpu", "devices": 1, "precision": precision}
        _, steps = train(make_trainer, model, **common)
        losses.append([{name: float(value) for name, value in step.items()} for step in steps])
    exact = precision == "32-true" and not compile
    for index, (expected, found) in enumerate(zip(*losses, strict=True)):
        tolerance = 1e-3 if exact and index < 20 else 5e-2 if exact else 0.3
        assert found == pytest.approx(expected, rel=tolerance, abs=tolerance), index


class Waiting(DCGAN):
    """Reads a value in mid-step."""

    def generate(self, labels):
        fake = super().generate(labels)
        assert fake.mean().item() < 1
        return fake


@pytest.mark.gpu
@pytest.mark.parametrize("strict", [False, "strict"])
def test_a_step_that_waits_for_the_device_goes_on_without_a_graph_or_stops(make_trainer, strict):
    options = {"max_steps": 10, "accelerator": "gpu", "devices": 1}
    if strict:
        with pytest.raises(UsageError, match="the step cannot be recorded"):
            train(make_trainer, Waiting(width=8, cuda_graph="strict"), **options)
        return
    with pytest.warns(UserWarning, match="the step cannot be recorded"):
        trainer, found = train(make_trainer, Waiting(width=8, cuda_graph=True), **options)
    assert trainer.global_step == len(found) == 10


@pytest.mark.gpu
def test_between_logged_steps_nothing_waits_for_the_device(make_trainer):
    class Strict(Callback):
        def on_train_batch_start(self, trainer, model, *_):
            logged = (trainer.global_step + 1) % trainer.log_every_n_steps == 0
            torch.cuda.set_sync_debug_mode("default" if logged or trainer.global_step < 10 else "error")

        def on_train_batch_end(self, *_):
            torch.cuda.set_sync_debug_mode("default")

    for graph in (False, "strict"):
        options = {"max_steps": 60, "log_every_n_steps": 20, "accelerator": "gpu", "devices": 1}
        train(make_trainer, DCGAN_8(cuda_graph=graph), Strict(), **options)
