"""What the tests of commands share: small models whose images differ clearly, and a way to write with a command."""

import shutil

import pytest
import torch
from lightning.pytorch import Trainer

from gan_lightning.models import GAN, ConditionalGAN, VanillaGAN
from gan_lightning.networks import CodedPrior, StyleDiscriminator, StyleGenerator


def save(path, cls, **options):
    """A checkpoint of a small model whose images differ clearly."""
    torch.manual_seed(0)
    model = cls(latent_dim=8, hidden_dims=[16, 32], **options)
    with torch.no_grad():
        for generator in (model.generator, model.averaged_generator):
            for layer in (generator.layers[0], generator.layers[-2]):
                layer.weight.mul_(2.5)
    return write_checkpoint(path, model)


def write_checkpoint(path, model):
    """A checkpoint of the model, which was not trained."""
    trainer = Trainer(accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(path)
    return path


@pytest.fixture(scope="session")
def grey(tmp_path_factory):
    return save(tmp_path_factory.mktemp("grey") / "x.ckpt", VanillaGAN)


@pytest.fixture(scope="session")
def conditional(tmp_path_factory):
    return save(tmp_path_factory.mktemp("conditional") / "x.ckpt", ConditionalGAN, classes=[3, 5, 8])


@pytest.fixture(scope="session")
def rgb(tmp_path_factory):
    return save(tmp_path_factory.mktemp("rgb") / "x.ckpt", VanillaGAN, image_shape=(3, 16, 16))


@pytest.fixture(scope="session")
def coded(tmp_path_factory):
    """Its latents are two categorical codes, a continuous one and two components of noise."""
    path = tmp_path_factory.mktemp("coded") / "x.ckpt"
    return save(path, VanillaGAN, prior=CodedPrior(categories=[3, 2], continuous=1))


def save_styled(path, num_classes=0, conditioning=("none", "none"), **options):
    """A checkpoint of a small style-based model, of 8 layers."""
    torch.manual_seed(0)
    generator = StyleGenerator(8, num_classes=num_classes, conditioning=conditioning[0], width=4)
    discriminator = StyleDiscriminator(num_classes=num_classes, conditioning=conditioning[1], width=4)
    return write_checkpoint(path, GAN(generator, discriminator, **options))


@pytest.fixture(scope="session")
def styled(tmp_path_factory):
    return save_styled(tmp_path_factory.mktemp("styled") / "x.ckpt")


@pytest.fixture(scope="session")
def styled_conditional(tmp_path_factory):
    path = tmp_path_factory.mktemp("styled_conditional") / "x.ckpt"
    return save_styled(path, 10, ("embedding", "projection"), classes=[3, 5, 8])


@pytest.fixture
def write(command_line, tmp_path):
    """Runs a command line that writes to ``name``; gives the file's path and what was printed."""

    def run(name, *args):
        output = tmp_path / "out" / name
        status, out, err = command_line(*args, f"--output={output}")
        assert status == 0, err
        assert str(output) in out
        return output, out

    return run


@pytest.fixture
def here(trained, tmp_path, monkeypatch):
    """A copy of the folder that the module's ``trained`` has made, as the working directory."""
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    monkeypatch.chdir(folder)
    return folder
