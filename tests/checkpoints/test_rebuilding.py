"""Natural subclass signatures load again, from Python and from every command, or are refused before training."""

import functools
import sys

import pytest
import torch
from helpers import tiny_data

from gan_lightning.checkpoints.description import arguments_of, build, describe
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN, VanillaGAN
from gan_lightning.networks import Discriminator, MLPDiscriminator, MLPGenerator
from gan_lightning.objectives import R1, GradientPenalty, Hinge, LeastSquares, Wasserstein
from gan_lightning.schedules import Cosine
from gan_lightning.training.optim import Adam


class Penalised(VanillaGAN):
    def __init__(self, *args, penalty: float = 10.0, **kwargs):
        super().__init__(*args, penalties=[GradientPenalty(penalty)], **kwargs)


class Hinged(VanillaGAN):
    def __init__(self, latent_dim: int = 7, **kwargs):
        super().__init__(latent_dim=latent_dim, loss=Hinge(), **kwargs)


class Shifted(LeastSquares):
    """A loss whose arguments are not kept as attributes."""

    def __init__(self, by: float, scale: float = 1.0):
        self.target = by * scale


class Wide(VanillaGAN):
    """Its networks depend on more than its arguments."""

    width = 4

    def __init__(self, **kwargs):
        super().__init__(hidden_dims=[Wide.width], **kwargs)


class Private(Discriminator):
    """A network whose arguments are not kept as attributes."""

    def __init__(self, image_shape: tuple[int, int, int], units: int):
        super().__init__(image_shape)
        self.layers = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(784, units), torch.nn.ReLU(), torch.nn.Linear(units, 1)
        )

    def forward(self, images, labels=None):
        return self.layers(images).squeeze(1)


def train(make_trainer, path, model):
    trainer = make_trainer(max_steps=1, limit_val_batches=0)
    trainer.fit(model, tiny_data())
    trainer.save_checkpoint(path)
    return path


def private():
    discriminator = Private((1, 28, 28), 3)
    return GAN(MLPGenerator(4, hidden_dims=[4]), discriminator, Shifted(0.5), [R1(Cosine(1, 0.1, 100), every=4)])


MODELS = {
    "positional arguments passed on": lambda: Penalised((1, 28, 28), 10, 5, [8], penalty=3.0),
    "all by default": lambda: Penalised(hidden_dims=[8]),
    "a default of its own": lambda: Hinged(hidden_dims=[8]),
    "networks and objectives without attributes": private,
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_built_in_python_loads_again(make_trainer, tmp_path, name):
    model = MODELS[name]()
    loaded = GAN.load_from_checkpoint(train(make_trainer, tmp_path / "x.ckpt", model))
    assert type(loaded) is type(model)
    assert torch.equal(loaded.sample(3), model.sample(3))
    assert type(loaded.loss) is type(model.loss)
    assert [type(term) for term in loaded.terms.values()] == [type(term) for term in model.terms.values()]


def test_arguments_have_the_values_of_the_call():
    model = Penalised((1, 28, 28), 10, 5, [8], penalty=3.0)
    assert arguments_of(model) == {
        "image_shape": (1, 28, 28),
        "num_classes": 10,
        "latent_dim": 5,
        "hidden_dims": [8],
        "penalty": 3.0,
    }
    assert arguments_of(Shifted(0.5)) == {"by": 0.5, "scale": 1.0}


@pytest.mark.parametrize("value", [Shifted(0.5), R1(Cosine(1, 0.1, 100)), MLPDiscriminator(hidden_dims=[3])])
def test_building_a_description_gives_the_same_description(value):
    assert describe(build(describe(value))) == describe(value)


def test_optimisers_are_built_as_functions():
    made = build(describe(functools.partial(Adam, lr=0.5)))
    assert made([torch.zeros(1, requires_grad=True)]).param_groups[0]["lr"] == 0.5


def test_a_model_that_could_not_be_loaded_is_refused_before_training(make_trainer):
    model = Wide(latent_dim=4)
    Wide.width = 5
    with pytest.raises(UsageError, match="could not be loaded, since its constructor"):
        make_trainer(max_steps=1).fit(model, tiny_data())
    Wide.width = 4


def test_a_class_of_a_function_is_left_out_with_a_word():
    class Local(Wasserstein):
        pass

    with pytest.warns(UserWarning, match="cannot keep loss"):
        VanillaGAN(hidden_dims=[4], loss=Local())


MY_MODELS = """
from gan_lightning.models import VanillaGAN
from gan_lightning.objectives import GradientPenalty, LeastSquares


class Penalised(VanillaGAN):
    def __init__(self, *args, penalty: float = 10.0, **kwargs):
        super().__init__(*args, penalties=[GradientPenalty(penalty)], **kwargs)


class Doubled(LeastSquares):
    def __init__(self, factor: float = 2.0):
        self.twice = 2 * factor

    def generator(self, fake_logits, real_logits=None):
        return self.twice * super().generator(fake_logits)
"""


@pytest.fixture
def own_run(fit, tmp_path, monkeypatch):
    """A run of classes of a person's own, which are then forgotten, as in another process."""
    (tmp_path / "my_models.py").write_text(MY_MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    model = ["--model=my_models.Penalised", "--model.penalty=2", "--model.hidden_dims=[8]", "--model.latent_dim=4"]
    status, _, err = fit(*model, "--model.loss=my_models.Doubled", "--model.loss.factor=3")
    assert status == 0, err
    yield next(tmp_path.glob("*/version_0/checkpoints/last.ckpt"))
    sys.modules.pop("my_models", None)


COMMANDS = {
    "generate": ["generate", "--num=2", "--output=x.png"],
    "interpolate": ["interpolate", "--num=2", "--frames=1", "--output=x.gif"],
    "validate": [
        "validate",
        "--trainer.accelerator=cpu",
        "--trainer.enable_progress_bar=false",
        "--trainer.logger=false",
    ],
    "fit": ["fit", "--trainer.max_steps=3", "--trainer.accelerator=cpu", "--trainer.enable_progress_bar=false"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_opens_it_once_its_module_is_named(own_run, command_line, name):
    words = [*COMMANDS[name], f"--ckpt_path={own_run}"]
    sys.modules.pop("my_models")
    status, _, err = command_line(*words)
    assert status == 2
    assert "give --import my_models" in err
    assert "my_models" not in sys.modules
    status, _, err = command_line(*words, "--import", "my_models")
    assert status == 0, err


def test_the_commands_that_trained_it_go_on_without_naming_the_module(own_run, fit):
    sys.modules.pop("my_models")
    given = ["--model=my_models.Penalised", "--model.loss=my_models.Doubled", f"--ckpt_path={own_run}"]
    status, _, err = fit(*given, "--trainer.max_epochs=2")
    assert status == 0, err


def test_a_module_that_is_not_there_is_one_sentence(command_line):
    status, _, err = command_line("generate", "--import=my_modles", "--ckpt_path=x.ckpt")
    assert (status, "--import takes a module that can be imported from here" in err) == (2, True)
