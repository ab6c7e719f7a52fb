"""A run that goes on with other options of training, which is fine-tuning; networks cannot be changed."""

from functools import partial

import pytest
import torch
from helpers import tiny_data, tiny_model
from torch.optim.lr_scheduler import ExponentialLR

from gan_lightning.errors import UsageError
from gan_lightning.models import GAN
from gan_lightning.objectives import R1, AuxiliaryClassifier, Hinge, LeCam
from gan_lightning.training.optim import Adam


@pytest.fixture
def begun(make_trainer, tmp_path):
    """A run of four batches."""
    trainer = make_trainer(max_steps=4, limit_val_batches=0)
    trainer.fit(tiny_model(generator_scheduler=partial(ExponentialLR, gamma=0.5)), tiny_data())
    trainer.save_checkpoint(tmp_path / "four.ckpt")
    return tmp_path / "four.ckpt"


def go_on(make_trainer, path, **options):
    model = tiny_model(**options)
    trainer = make_trainer(max_steps=5, limit_val_batches=0)
    trainer.fit(model, tiny_data(), ckpt_path=path)
    return trainer, model


def test_a_new_learning_rate_takes_the_place_of_the_saved_one_and_adams_state_stays(make_trainer, begun):
    saved = torch.load(begun, weights_only=True)["optimizer_states"][1]["state"]
    trainer, _ = go_on(make_trainer, begun, generator_optimizer=partial(Adam, lr=1e-5))
    discriminator, generator = trainer.optimizers
    assert generator.param_groups[0]["lr"] == 1e-5
    assert discriminator.param_groups[0]["lr"] == 2e-4
    assert [float(state["step"]) for state in generator.state.values()] == [
        float(s["step"]) + 1 for s in saved.values()
    ]


def test_another_optimiser_begins_anew(make_trainer, begun):
    trainer, _ = go_on(make_trainer, begun, discriminator_optimizer=partial(torch.optim.RMSprop, lr=1e-3))
    discriminator, generator = trainer.optimizers
    assert isinstance(discriminator, torch.optim.RMSprop)
    assert {float(state["step"]) for state in discriminator.state.values()} == {1.0}
    assert {float(state["step"]) for state in generator.state.values()} == {5.0}


def test_other_losses_and_terms_may_take_over(make_trainer, begun):
    _, model = go_on(make_trainer, begun, loss=Hinge(), penalties=[R1(0.1), LeCam()], gradient_clip_norm=1.0)
    assert isinstance(model.loss, Hinge)
    assert model.scalars["R1"] > 0
    assert model.images_seen == 5 * 16


@pytest.mark.parametrize(
    "options",
    [{"hidden_dims": [8]}, {"ema_half_life": None}, {"penalties": [AuxiliaryClassifier()]}],
    ids=["widths", "average", "head"],
)
def test_options_that_change_the_networks_are_refused(make_trainer, begun, options):
    with pytest.raises(UsageError, match=r"weights do not fit|takes a conditional generator"):
        go_on(make_trainer, begun, **options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--model.hidden_dims=[8]"], "model.hidden_dims [16, 32], which cannot be changed to [8]"),
        (["--model=DCGAN"], "holds a VanillaGAN, not a DCGAN"),
        (["--model.ema_half_life=null"], "weights do not fit"),
    ],
)
def test_the_command_line_names_the_option(fit, checkpoint, options, sentence):
    status, _, err = fit(f"--ckpt_path={checkpoint}", *options)
    assert status == 2
    assert sentence in err


def test_the_command_line_goes_on_with_other_options(fit, checkpoint, tmp_path):
    options = ["--model.loss=Hinge", "--model.generator_optimizer.lr=1e-5", "--model.penalties=R1"]
    status, _, err = fit(f"--ckpt_path={checkpoint}", *options, "--trainer.max_epochs=2")
    assert status == 0, err
    path = next(tmp_path.glob("*/version_0/checkpoints/last.ckpt"))
    assert list(GAN.load_from_checkpoint(path).terms) == ["R1"]
    rates = [state["param_groups"][0]["lr"] for state in torch.load(path, weights_only=True)["optimizer_states"]]
    assert rates == [2e-4, 1e-5]
