"""A checkpoint rebuilds its model, and a resumed run is the run that never stopped."""

import functools

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch.callbacks import ModelCheckpoint

import gan_lightning
from gan_lightning.checkpoints.description import describe
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.errors import UsageError
from gan_lightning.models import DCGAN, GAN, ConditionalDCGAN, VanillaGAN
from gan_lightning.networks import MLPDiscriminator, MLPGenerator
from gan_lightning.objectives import LeastSquares, NonSaturating
from gan_lightning.training.optim import Adam


def states(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def assert_equal(a, b):
    assert a.keys() == b.keys()
    for name, value in a.items():
        assert torch.equal(value, b[name]), name


halving = functools.partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5)


SCHEDULES = {
    "max_steps": {"max_steps": 20},
    "max_epochs": {"max_epochs": 3},
    "no validation": {"max_epochs": 3, "limit_val_batches": 0},
    "short epochs": {"max_epochs": 4, "limit_train_batches": 5},
    "validation within epochs": {"max_epochs": 3, "val_check_interval": 3},
}


@pytest.mark.parametrize("every", [{"every_n_epochs": 1}, {"every_n_train_steps": 3}], ids=str)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_resuming_equals_never_having_stopped(make_trainer, tmp_path, schedule, every):
    """Bit for bit, from every checkpoint of the run: both networks, the average, both Adams, counts, validation."""

    def run(ckpt_path=None):
        saver = ModelCheckpoint(tmp_path / str(ckpt_path is None), "{step}", save_top_k=-1, **every)
        trainer = make_trainer(**SCHEDULES[schedule], callbacks=[saver], enable_checkpointing=True)
        model = tiny_model(generator_scheduler=halving)
        if ckpt_path:
            torch.manual_seed(1234)  # another process would be in another state
        trainer.fit(model, tiny_data(), ckpt_path=ckpt_path)
        adams = [s for o in trainer.optimizers for state in o.state.values() for s in state.values()]
        return (
            states(model),
            adams,
            (trainer.global_step, model.images_seen),
            trainer.optimizers[1].param_groups[0]["lr"],
        )

    network, adams, counts, lr = run()
    checkpoints = list((tmp_path / "True").glob("*.ckpt"))
    assert len(checkpoints) >= 3
    for path in checkpoints:
        resumed_network, resumed_adams, resumed_counts, resumed_lr = run(path)
        assert_equal(network, resumed_network)
        assert all(torch.equal(a, b) for a, b in zip(adams, resumed_adams, strict=True))
        assert (counts, lr) == (resumed_counts, resumed_lr)


def test_a_dcgan_resumes_in_mid_epoch_bit_for_bit(make_trainer, tmp_path):
    def build():
        torch.manual_seed(0)
        return ConditionalDCGAN(width=4, latent_dim=4)

    whole = build()
    make_trainer(max_steps=7).fit(whole, tiny_data())
    part = make_trainer(max_steps=3)
    part.fit(build(), tiny_data())
    part.save_checkpoint(tmp_path / "three.ckpt")
    resumed = build()
    make_trainer(max_steps=7).fit(resumed, tiny_data(), ckpt_path=tmp_path / "three.ckpt")
    assert_equal(states(whole), states(resumed))


def save(make_trainer, tmp_path, model):
    trainer = make_trainer(max_steps=2)
    trainer.fit(model, tiny_data(image_size=model.generator.image_shape[-1]))
    trainer.save_checkpoint(tmp_path / "model.ckpt")
    return tmp_path / "model.ckpt"


@pytest.mark.parametrize("loader", [GAN.load_from_checkpoint, VanillaGAN.load_from_checkpoint, gan_lightning.load])
def test_loading_gives_the_class_the_arguments_and_the_weights(make_trainer, tmp_path, loader):
    model = tiny_model(loss=NonSaturating(0.2), generator_optimizer=functools.partial(Adam, lr=1e-3), dropout=0.1)
    path = save(make_trainer, tmp_path, model)
    torch.load(path, weights_only=True)
    loaded = loader(path)
    assert type(loaded) is VanillaGAN
    assert loaded.loss.label_smoothing == 0.2
    assert loaded.discriminator.dropout == 0.1
    assert loaded.optimizer_factories["generator"]([torch.zeros(1, requires_grad=True)]).param_groups[0]["lr"] == 1e-3
    assert_equal(states(model), states(loaded))
    assert torch.equal(model.sample(3), loaded.sample(3))
    assert loaded.images_seen == 32


def test_a_loaded_model_can_be_saved_and_loaded_again(make_trainer, tmp_path):
    path = save(make_trainer, tmp_path, tiny_model(loss=LeastSquares()))
    again = save(make_trainer, tmp_path, GAN.load_from_checkpoint(path))
    assert isinstance(GAN.load_from_checkpoint(again).loss, LeastSquares)


def test_injected_networks_are_rebuilt_from_their_attributes(make_trainer, tmp_path):
    networks = MLPGenerator(4, (1, 28, 28), hidden_dims=(8,)), MLPDiscriminator((1, 28, 28), hidden_dims=(6,))
    model = GAN(*networks)
    loaded = GAN.load_from_checkpoint(save(make_trainer, tmp_path, model))
    assert loaded.discriminator.hidden_dims == [6]
    assert torch.equal(model.sample(3), loaded.sample(3))


def test_what_cannot_be_kept_is_said_and_given_again(make_trainer, tmp_path):
    with pytest.warns(UserWarning, match="cannot keep generator_optimizer"):
        model = tiny_model(generator_optimizer=lambda p: Adam(p))
    loaded = GAN.load_from_checkpoint(save(make_trainer, tmp_path, model), ema_half_life=500.0)
    assert loaded.ema_half_life == 500.0


def test_arguments_are_described_as_yaml_would():
    smoothed = {
        "class_path": "gan_lightning.objectives.adversarial.NonSaturating",
        "init_args": {"label_smoothing": 0.1},
    }
    assert describe({"loss": NonSaturating(0.1), "size": (1, 2)}) == {"loss": smoothed, "size": [1, 2]}
    assert describe(Adam) == {"class_path": "gan_lightning.training.optim.Adam"}
    assert describe(functools.partial(Adam, lr=1.0))["init_args"] == {"lr": 1.0}
    for opaque in (lambda: None, functools.partial(print, 1)):
        with pytest.raises(TypeError, match="plain data"):
            describe(opaque)


def test_the_wrong_model_is_refused(checkpoint):
    with pytest.raises(UsageError, match="holds a VanillaGAN, not a DCGAN"):
        DCGAN.load_from_checkpoint(checkpoint)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    for name, content in {"text.ckpt": b"hello", "empty.ckpt": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match="no checkpoint"):
            read_checkpoint(tmp_path / name)
    torch.save({"weights": torch.zeros(1)}, tmp_path / "other.ckpt")
    with pytest.raises(UsageError, match="no checkpoint of a GAN"):
        read_checkpoint(tmp_path / "other.ckpt")
    with pytest.raises(UsageError, match="there is no checkpoint at"):
        read_checkpoint(tmp_path / "absent.ckpt")


def test_a_class_that_was_not_imported_is_named(checkpoint, tmp_path):
    content = torch.load(checkpoint, weights_only=True)
    content["hyper_parameters"]["_class_path"] = "my_project.MyGAN"
    torch.save(content, tmp_path / "foreign.ckpt")
    with pytest.raises(UsageError, match="--import my_project"):
        GAN.load_from_checkpoint(tmp_path / "foreign.ckpt")
