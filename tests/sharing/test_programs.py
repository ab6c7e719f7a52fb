"""Programs for other runtimes draw what PyTorch draws, for the generator of each of the shipped configurations."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
import yaml
from helpers import tiny_model

from gan_lightning.checkpoints.description import describe
from gan_lightning.cli.run import build
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN
from gan_lightning.networks import Generator, MLPDiscriminator, StyleDiscriminator, StyleGenerator
from gan_lightning.sharing.outputs import write_checked_program
from gan_lightning.sharing.programs import TOLERANCE, example

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
NARROW = {
    "GAN": ["--model.generator.width=8", "--model.discriminator.width=8"],
    "VanillaGAN": ["--model.hidden_dims=[16,32]"],
    "ConditionalGAN": ["--model.hidden_dims=[16,32]"],
}


def shipped(config, folder):
    """The model of a configuration, with narrow networks, and statistics and styles as if it had been trained."""
    words = NARROW.get(yaml.safe_load(config.read_text())["model"]["class_path"], ["--model.width=4"])
    stacked = "stacked" in config.read_text()
    data = ["--data.dataset=stacked_digits" if stacked else "--data.dataset=digits", "--data.image_size=28"]
    quiet = ["--trainer.accelerator=cpu", "--trainer.enable_progress_bar=false"]
    _, model, _ = build([f"--config={config}", *words, *data, *quiet], str(folder))
    return trained(model)


def trained(model):
    random = torch.Generator().manual_seed(1)
    for name, buffer in model.sampling_generator.named_buffers():
        if buffer.is_floating_point() and not name.endswith("kernel"):
            buffer.copy_(torch.rand(buffer.shape, generator=random) + 0.5)
    return model


@pytest.fixture(scope="module", params=CONFIGS, ids=lambda path: path.stem)
def model(request, tmp_path_factory):
    return shipped(request.param, tmp_path_factory.mktemp("runs"))


def expected(model, inputs):
    """The images in [0, 1], as the model's own way to pixels has them."""
    generator = model.sampling_generator.eval()
    with torch.no_grad():
        if "truncation" in inputs:
            styles = generator.styles(inputs["z"], inputs.get("labels"))
            images = generator.synthesize(generator.truncate(styles, float(inputs["truncation"])))
        else:
            images = generator(inputs["z"], inputs.get("labels"))
    low, high = model.value_range
    return ((images - low) / (high - low)).clamp(0, 1).numpy()


CHECKED = set()


def first_of_its_kind(model, kind):
    """Whether no configuration before has the same generator, since exporting one takes seconds."""
    described = kind, repr(describe(model.sampling_generator))
    return not (described in CHECKED or CHECKED.add(described))


@pytest.mark.parametrize("kind", ["onnx", "pt2"])
def test_it_draws_what_pytorch_draws_for_any_number_of_images(model, tmp_path, kind):
    if not first_of_its_kind(model, kind):
        return
    path = tmp_path / f"x.{kind}"
    assert write_checked_program(path, model, kind, as_bytes=False) <= TOLERANCE
    assert [file.name for file in tmp_path.iterdir()] == [path.name], "one file"
    for num in (1, 5, 130):
        inputs = example(model, num)
        assert {"z"} <= set(inputs) <= {"z", "labels", "truncation"}
        if kind == "onnx":
            session = onnxruntime.InferenceSession(path)
            assert {one.name for one in session.get_inputs()} == set(inputs)
            images = session.run(["images"], {name: value.numpy() for name, value in inputs.items()})[0]
        else:
            images = torch.export.load(path).module()(**inputs).numpy()
        assert images.dtype == np.float32
        assert images.shape == (num, *model.generator.image_shape)
        assert np.abs(images - expected(model, inputs)).max() <= TOLERANCE


@pytest.mark.parametrize("kind", ["onnx", "pt2"])
def test_bytes_are_those_of_sample(tmp_path, kind):
    model, path = trained(tiny_model()), tmp_path / f"x.{kind}"
    write_checked_program(path, model, kind, as_bytes=True)
    z = model.latents(20)
    if kind == "onnx":
        drawn = torch.from_numpy(onnxruntime.InferenceSession(path).run(None, {"z": z.numpy()})[0])
    else:
        drawn = torch.export.load(path).module()(z=z)
    assert drawn.dtype == torch.uint8
    assert (drawn.int() - model.sample(20).int()).abs().max() <= 1


def test_truncation_moves_towards_the_mean(tmp_path):
    torch.manual_seed(0)
    model = trained(GAN(StyleGenerator(latent_dim=8, width=4), StyleDiscriminator(width=4)))
    write_checked_program(tmp_path / "x.onnx", model, "onnx", as_bytes=False)
    session = onnxruntime.InferenceSession(tmp_path / "x.onnx")
    z = model.latents(8).numpy()
    mean, half, full = (session.run(None, {"z": z, "truncation": np.array(psi, np.float32)})[0] for psi in (0, 0.5, 1))
    assert mean.std(axis=0).max() < 1e-6 < half.std(axis=0).mean() < full.std(axis=0).mean()


class Blurred(Generator):
    """A network of the user's own, whose images depend on how often it was called."""

    def __init__(self, latent_dim: int = 8) -> None:
        super().__init__(latent_dim, (1, 28, 28))
        self.layer = torch.nn.Linear(latent_dim, 784)

    def forward(self, z, labels=None):
        return torch.tanh(self.layer(z) + torch.randn(len(z), 784)).unflatten(1, (1, 28, 28))


class Branching(Blurred):
    def forward(self, z, labels=None):
        return self.layer(z if z.sum() > 0 else -z).tanh().unflatten(1, (1, 28, 28))


@pytest.mark.parametrize(
    ("network", "sentence"), [(Blurred, "draws images that differ"), (Branching, "cannot be exported as")]
)
@pytest.mark.parametrize("kind", ["onnx", "pt2"])
def test_a_program_that_would_draw_something_else_is_not_kept(tmp_path, kind, network, sentence):
    model = GAN(network(), MLPDiscriminator((1, 28, 28)))
    with pytest.raises(UsageError, match=sentence) as refused:
        write_checked_program(tmp_path / "x.onnx", model, kind, as_bytes=False)
    assert len(str(refused.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_exported_needs_neither_lightning_nor_this_package(tmp_path):
    model = trained(tiny_model())
    for kind in ("onnx", "pt2"):
        write_checked_program(tmp_path / f"x.{kind}", model, kind, as_bytes=False)
    program = """
import sys
import numpy as np, onnxruntime
sys.modules["lightning"] = sys.modules["gan_lightning"] = None
images = onnxruntime.InferenceSession("x.onnx").run(None, {"z": np.zeros((2, 8), np.float32)})[0]
assert "torch" not in sys.modules
import torch
same = torch.export.load("x.pt2").module()(z=torch.zeros(2, 8))
assert np.abs(images - same.detach().numpy()).max() < 1e-5
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
