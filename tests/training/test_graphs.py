"""Each phase and shape has a recording, and optimisers can be recorded and saved."""

import copy

import pytest
import torch
from torch.optim.lr_scheduler import ExponentialLR

from gan_lightning.objectives import DISCRIMINATOR, GENERATOR
from gan_lightning.training.graphs import GraphedSteps, first_line, make_capturable, make_portable, undo_capturable
from gan_lightning.training.optim import Adam
from gan_lightning.training.phases import Phase
from gan_lightning.training.players import PLAYERS

BOTH, LAZY, ALONE = Phase(PLAYERS, ((), ())), Phase(PLAYERS, ((0,), ())), Phase((DISCRIMINATOR,), ((),))


def test_each_shape_and_each_phase_has_a_recording_of_its_own():
    def step(real, labels, phase):
        return {"sum": real.sum() + labels.sum() + 10 * len(phase.players) + 100 * len(phase.due[0])}

    steps = GraphedSteps(step)
    first = steps(torch.ones(2, 1), torch.tensor([3, 4]), BOTH)
    assert first["sum"] == 29
    for size, phase, more in ((2, ALONE, 10), (3, BOTH, 20), (2, LAZY, 120), (2, BOTH, 20)):
        result = steps(torch.ones(size, 1), torch.ones(size, dtype=torch.int64), phase)
        assert result["sum"] == 2 * size + more
    assert len(steps.recorded) == 4
    assert GENERATOR in BOTH.players
    assert Phase(PLAYERS, ((), ())) == BOTH, "an equal phase shares the recording"


def test_the_step_finds_its_batches_in_the_same_place():
    seen = []
    steps = GraphedSteps(lambda real, labels, phase: seen.append((real, labels)) or {"first": real[0, 0].clone()})
    values = [steps(torch.full((2, 1), float(i)), torch.full((2,), i), BOTH)["first"] for i in range(5)]
    assert [value.item() for value in values] == [0, 1, 2, 3, 4]
    assert {id(real) for real, _ in seen} == {id(seen[0][0])}
    assert {id(labels) for _, labels in seen} == {id(seen[0][1])}
    assert seen[0][1].tolist() == [4, 4]


def stepped():
    """An Adam that has taken a step, its parameter and a scheduler that halves its rate."""
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = Adam([parameter], lr=0.01)
    scheduler = ExponentialLR(optimizer, 0.5)
    parameter.sum().backward()
    optimizer.step()
    return optimizer, parameter, scheduler


def test_capturable_optimisers_keep_their_rate_and_count_on_the_device():
    optimizer, parameter, scheduler = stepped()
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


def test_saving_leaves_the_optimiser_that_is_recorded_alone():
    optimizer, _, _ = stepped()
    make_capturable(optimizer, torch.device("cpu"))
    make_portable({"optimizer_states": [optimizer.state_dict()]})
    (group,) = optimizer.param_groups
    assert group["capturable"]
    assert isinstance(group["lr"], torch.Tensor)


def test_what_was_made_capturable_can_be_undone():
    optimizer, parameter, scheduler = stepped()
    plain, other, _ = stepped()
    make_capturable(optimizer, torch.device("cpu"))
    undo_capturable(optimizer)
    (group,) = optimizer.param_groups
    assert group["capturable"] is False
    assert type(group["lr"]) is float
    assert group["lr"] == pytest.approx(0.01)
    scheduler.step()
    assert group["lr"] == pytest.approx(0.005)
    plain.param_groups[0]["lr"] = group["lr"]
    for each in (optimizer, plain):
        each.step()
    assert torch.equal(parameter, other), "it steps as if it had never been"


def test_the_first_of_several_errors_is_told():
    def fail():
        try:
            raise ValueError("waited for the device\nand more")
        finally:
            raise RuntimeError("could not end the recording")

    with pytest.raises(RuntimeError) as failure:
        fail()
    assert first_line(failure.value) == "waited for the device"
