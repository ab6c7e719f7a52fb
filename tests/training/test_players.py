"""What moves a player: gradients are clipped as they are, in any precision, and weights after each step."""

import os
from functools import partial

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from lightning.pytorch.plugins import MixedPrecision

from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, Hinge
from gan_lightning.training.players import PLAYERS, LightningPlayer, plain_players

SGD = partial(torch.optim.SGD, lr=1.0)
ADAM = partial(torch.optim.Adam, lr=1e-3, betas=(0.5, 0.999))


def scaled():
    """float16 with a scale that makes every gradient 4096 times as long."""
    scaler = torch.amp.GradScaler("cpu", init_scale=4096)
    return {"plugins": [MixedPrecision("16-mixed", "cpu", scaler=scaler)]}


class Distances(Callback):
    """How far each player moved in each step, and Adam's first average after it."""

    def __init__(self):
        self.moved = {name: [] for name in PLAYERS}
        self.averages = {name: [] for name in PLAYERS}

    def on_train_batch_start(self, trainer, model, *_):
        if trainer.global_step:
            return
        for name, player in model.players.items():
            player.step = partial(self.watched, name, player, player.step)

    def watched(self, name, player, step):
        before = [p.detach().clone() for p in player.parameters]
        step()
        self.moved[name].append(norm(p.detach() - q for p, q in zip(player.parameters, before, strict=True)))
        states = [player.optimizer.state.get(p, {}).get("exp_avg") for p in player.parameters]
        if states[0] is not None:
            self.averages[name].append(norm(states))


def norm(tensors):
    return torch.cat([x.float().flatten() for x in tensors]).norm().item()


def train(make_trainer, optimizer, steps=3, **options):
    distances = Distances()
    trainer_options = {"max_steps": steps, "limit_val_batches": 0, "callbacks": [distances]}
    precision = options.pop("precision", {})
    model = tiny_model(generator_optimizer=optimizer, discriminator_optimizer=optimizer, dropout=0.0, **options)
    torch.manual_seed(0)
    trainer = make_trainer(**trainer_options, **precision)
    trainer.fit(model, tiny_data())
    assert {type(player) for player in model.players.values()} == {LightningPlayer}
    return trainer, model, distances


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("precision", [dict, scaled], ids=["float32", "float16"])
def test_the_gradient_is_clipped_as_it_is_without_its_scale(make_trainer, precision, fused):
    optimizer = partial(SGD, fused=fused)
    _, _, free = train(make_trainer, optimizer, steps=1, precision=precision())
    assert all(free.moved[name][0] > 0.15 for name in PLAYERS), "otherwise there is nothing to clip"
    trainer, _, clipped = train(make_trainer, optimizer, precision=precision(), gradient_clip_norm=0.1)
    for name in PLAYERS:
        assert len(clipped.moved[name]) == 3
        assert clipped.moved[name][0] == pytest.approx(0.1, rel=1e-4)
        assert all(moved <= 0.1 * (1 + 1e-4) for moved in clipped.moved[name])
    if precision is scaled:
        assert trainer.precision_plugin.scaler.get_scale() == 4096, "no step was left out"


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("precision", [dict, scaled], ids=["float32", "float16"])
def test_adam_averages_the_clipped_gradient(make_trainer, precision, fused):
    optimizer = partial(ADAM, fused=fused)
    _, _, clipped = train(make_trainer, optimizer, steps=1, precision=precision(), gradient_clip_norm=0.1)
    for name in PLAYERS:
        assert clipped.averages[name] == pytest.approx([0.5 * 0.1], rel=1e-4)


@pytest.mark.parametrize("fused", [False, True])
def test_in_float16_the_step_is_that_of_float32_to_its_precision(make_trainer, fused):
    optimizer = partial(torch.optim.SGD, lr=0.1, fused=fused)
    found = [train(make_trainer, optimizer, steps=1, precision=precision())[2] for precision in (dict, scaled)]
    for name in PLAYERS:
        assert found[0].moved[name][0] > 0.01
        assert found[1].moved[name] == pytest.approx(found[0].moved[name], rel=2e-2)


class Range(Callback):
    """The largest absolute weight of each network after each batch."""

    def __init__(self):
        self.largest = {name: [] for name in PLAYERS}

    def on_train_batch_end(self, trainer, model, *_):
        for name, network in ((DISCRIMINATOR, model.discriminator), (GENERATOR, model.generator)):
            self.largest[name].append(max(p.abs().max().item() for p in network.parameters()))


@pytest.mark.parametrize("discriminator_steps", [1, 2])
def test_the_discriminators_weights_are_clipped_after_each_step_and_the_generators_are_not(
    make_trainer, discriminator_steps
):
    found = Range()
    sgd = partial(torch.optim.SGD, lr=0.1)
    model = tiny_model(
        loss=Hinge(),
        weight_clip=0.01,
        discriminator_steps=discriminator_steps,
        generator_optimizer=sgd,
        discriminator_optimizer=sgd,
    )
    assert max(p.abs().max().item() for p in model.discriminator.parameters()) > 0.1
    make_trainer(max_steps=4, limit_val_batches=0, callbacks=[found]).fit(model, tiny_data())
    assert found.largest[DISCRIMINATOR] == pytest.approx([0.01] * 4)
    assert min(found.largest[GENERATOR]) > 0.1
    weights = torch.cat([p.detach().flatten() for p in model.discriminator.parameters()])
    assert (weights == weights.max()).any()
    assert weights.min().item() == pytest.approx(-0.01), "on both sides"
    assert (weights.abs() < 0.01).any(), "those within it are left alone"


def test_plain_players_clip_as_lightnings_do():
    torch.manual_seed(0)
    networks = [torch.nn.Linear(3, 1, bias=False) for _ in PLAYERS]
    options = {DISCRIMINATOR: {"clip_norm": 0.1, "clip_weights": 0.2}, GENERATOR: {"clip_norm": 0.1}}
    players = plain_players([SGD(network.parameters()) for network in networks], **options)
    for network, player in zip(networks, players.values(), strict=True):
        start = torch.tensor([[0.5, -0.5, 0.0]])
        network.weight.data.copy_(start)
        player.zero_grad()
        player.backward(network(torch.tensor([[0.0, 0.0, 7.0]])).sum())
        assert player.parameters[0].grad[0, 2] == 7
        player.step()
        clipped = player is players[DISCRIMINATOR]
        expected = torch.tensor([[0.2, -0.2, -0.1]] if clipped else [[0.5, -0.5, -0.1]])
        torch.testing.assert_close(network.weight.data, expected)
        player.zero_grad()
        assert player.parameters[0].grad is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to ask for")
def test_without_a_gpu_optimisers_are_spared_the_slow_way_to_ask_for_one(make_trainer, monkeypatch):
    seen = []

    class Environment(Callback):
        def on_train_batch_start(self, *_):
            seen.append(os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"])

    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # as importing Lightning leaves it
    trainer = make_trainer(max_steps=2, limit_val_batches=0, callbacks=[Environment()])
    trainer.fit(tiny_model(), tiny_data())
    assert seen == ["0", "0"]
