"""A run that diverges says so in a sentence, and leaves the checkpoint from before as it was."""

from pathlib import Path

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from lightning.pytorch.loggers import CSVLogger

from gan_lightning.callbacks import LastCheckpoint
from gan_lightning.models import GAN
from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, NonSaturating
from gan_lightning.training.divergence import REMEDY, Diverged, DivergenceWatch, check_weights
from gan_lightning.training.players import PLAYERS

NAN, INF = torch.tensor(float("nan")), torch.tensor(float("inf"))


class Breaking(NonSaturating):
    """One player's loss is NaN in its third turn."""

    turns = 0

    def __init__(self, player="discriminator"):
        super().__init__()
        self.player = player

    def of(self, player, loss):
        if player == self.player and torch.is_grad_enabled():
            type(self).turns += 1
            loss = loss * float("nan") if self.turns == 3 else loss
        return loss

    def discriminator(self, real_logits, fake_logits):
        return self.of(DISCRIMINATOR, super().discriminator(real_logits, fake_logits))

    def generator(self, fake_logits, real_logits=None):
        return self.of(GENERATOR, super().generator(fake_logits))


class Before(Callback):
    """The bytes of last.ckpt after two steps."""

    found = None

    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step == 2:
            (path,) = Path(trainer.log_dir).rglob("last.ckpt")
            type(self).found = path.read_bytes()


@pytest.fixture
def diverge(fit, monkeypatch):
    """Runs ``fit`` with a checkpoint after two steps; gives what it says, the bytes of the checkpoint and its path."""
    monkeypatch.setattr(Breaking, "turns", 0)
    monkeypatch.setattr(Before, "found", None)

    def run(folder, *options):
        model = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--trainer.callbacks+=test_divergence.Before"]
        often = ["--trainer.limit_train_batches=6", "--last_checkpoint.every_n_train_steps=2"]
        status, _, err = fit(*model, *often, *options)
        assert status == 2
        (path,) = folder.rglob("last.ckpt")
        return err, path

    return run


def says(player, step):
    return f"error: training diverged: the {player}'s loss was not finite in step {step}: {REMEDY}"


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--trainer.log_every_n_steps=50"],
        ["--trainer.log_every_n_steps=50", "--trainer.limit_train_batches=3"],
        ["--trainer.log_every_n_steps=50", "--sample_grid.every_n_batches=3"],
    ],
    ids=["a logged step", "the next checkpoint", "the end of an epoch", "the next picture"],
)
def test_a_loss_that_is_not_finite_ends_the_run_and_leaves_the_last_checkpoint(diverge, tmp_path, player, options):
    loss = ["--model.loss=test_divergence.Breaking", f"--model.loss.player={player}"]
    err, path = diverge(tmp_path, *loss, *options)
    assert err == says(player, 3) + "\n"
    assert path.read_bytes() == Before.found
    assert GAN.load_from_checkpoint(path).images_seen == 2 * 4
    checkpoint = torch.load(path, weights_only=True)
    assert checkpoint["global_step"] == 2
    assert all(value.isfinite().all() for value in checkpoint["state_dict"].values())


def test_a_run_that_diverged_is_torn_down_as_after_any_exception(make_trainer, tmp_path, monkeypatch):
    class Logger(CSVLogger):
        ended = None

        def finalize(self, status):
            self.ended = status

    monkeypatch.setattr(Breaking, "turns", 0)
    options = {"max_steps": 9, "limit_val_batches": 0, "log_every_n_steps": 1, "enable_checkpointing": True}
    trainer = make_trainer(**options, logger=Logger(tmp_path), callbacks=[LastCheckpoint(every_n_train_steps=2)])
    with pytest.raises(Diverged) as failure:
        trainer.fit(tiny_model(loss=Breaking()), tiny_data())
    assert failure.value.__context__ is None, "nothing was tried in vain"
    assert trainer.logger.ended == "failed"
    assert trainer.global_step == 3, "a logged step notices it at once"


def test_learning_rates_that_are_far_too_large_are_named_as_the_remedy(diverge, tmp_path):
    sgd = [f"--model.{name}_optimizer=torch.optim.SGD" for name in PLAYERS]
    rates = [f"--model.{name}_optimizer.lr=1e9" for name in PLAYERS]
    err, path = diverge(tmp_path, *sgd, *rates, "--model.loss=Wasserstein", "--last_checkpoint.every_n_train_steps=1")
    assert err.rstrip() in {says(player, step) for player in PLAYERS for step in (2, 3)}
    assert "smaller learning rates" in err
    state = torch.load(path, weights_only=True)["state_dict"]
    assert all(value.isfinite().all() for value in state.values())


class Break(Callback):
    """Makes a weight not finite after three steps."""

    def __init__(self, player, value):
        self.player, self.value = player, value

    def on_train_batch_end(self, trainer, model, *_):
        if trainer.global_step == 3:
            next(getattr(model, self.player).parameters()).data[0] = self.value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("player", PLAYERS)
def test_weights_that_are_not_finite_are_not_saved(make_trainer, tmp_path, player, value):
    callbacks = [Break(player, value), LastCheckpoint(every_n_train_steps=1)]
    trainer = make_trainer(max_steps=5, limit_val_batches=0, enable_checkpointing=True, callbacks=callbacks)
    with pytest.raises(Diverged, match=rf"the {player} has weights that are not finite after step 3: try smaller"):
        trainer.fit(tiny_model(), tiny_data())
    (path,) = tmp_path.rglob("last.ckpt")
    assert torch.load(path, weights_only=True)["global_step"] == 2


def test_an_exception_within_a_step_leaves_the_last_checkpoint(make_trainer, tmp_path):
    class Fail(Callback):
        def on_before_optimizer_step(self, trainer, *_):
            if trainer.global_step == 3:
                raise ZeroDivisionError

    callbacks = [Fail(), LastCheckpoint(every_n_train_steps=2)]
    trainer = make_trainer(max_steps=5, limit_val_batches=0, enable_checkpointing=True, callbacks=callbacks)
    with pytest.raises(ZeroDivisionError):
        trainer.fit(tiny_model(), tiny_data())
    (path,) = tmp_path.rglob("last.ckpt")
    assert torch.load(path, weights_only=True)["global_step"] == 2


def test_the_watch_keeps_the_first_loss_that_is_not_finite():
    watch = DivergenceWatch(torch.device("cpu"))
    watch.begin(7)
    fine = torch.tensor(1.0)
    for losses in ({DISCRIMINATOR: fine}, {DISCRIMINATOR: fine, GENERATOR: -INF}, {DISCRIMINATOR: NAN, GENERATOR: INF}):
        watch.look(losses)
    for _ in range(2):
        with pytest.raises(Diverged, match="the generator's loss was not finite in step 9: "):
            watch.check()
    watch.begin(9)
    watch.look({DISCRIMINATOR: fine})
    watch.check()
    watch.look({DISCRIMINATOR: NAN, GENERATOR: NAN})
    with pytest.raises(Diverged, match="the discriminator's loss was not finite in step 11: "):
        watch.check()


def test_looking_does_not_wait_for_the_device_and_is_in_place():
    device = torch.device("meta")
    watch = DivergenceWatch(device)
    kept = watch.step, watch.first
    watch.begin(3)
    watch.look({name: torch.empty((), device=device) for name in PLAYERS})
    assert (watch.step, watch.first) == kept, "a recorded step finds them there"
    with pytest.raises(RuntimeError, match="meta"):
        watch.check()


def test_weights_are_judged_one_network_at_a_time():
    fine, broken = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    check_weights([(DISCRIMINATOR, fine), (GENERATOR, broken)], 4)
    broken.bias.data[1] = float("-inf")
    with pytest.raises(Diverged, match="the generator has weights that are not finite after step 4"):
        check_weights([(DISCRIMINATOR, fine), (GENERATOR, broken)], 4)
