"""A generator's file gives the same images again, is refused where it was tampered with, and runs no code."""

import json
import struct
import sys

import pytest
import torch
from helpers import tiny_model
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import gan_lightning
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN, ConditionalGAN
from gan_lightning.models.digitwise import GeneratorPerClass
from gan_lightning.networks import CodedPrior, MLPDiscriminator, MLPGenerator, StyleDiscriminator, StyleGenerator
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.origin import Origin, origin_of
from gan_lightning.sharing.weights import KEY, pack_generator, read_generator, read_origin

MODELS = {
    "vanilla": tiny_model,
    "conditional": lambda: ConditionalGAN(latent_dim=8, hidden_dims=[16], classes=[3, 8]),
    "styles": lambda: GAN(StyleGenerator(latent_dim=8, width=4), StyleDiscriminator(width=4)),
    "codes": lambda: GAN(MLPGenerator(20), MLPDiscriminator(), prior=CodedPrior([4], 2), value_range=(-0.5, 1.0)),
    "digits": lambda: GenerativeModel(
        GeneratorPerClass({3: MLPGenerator(8), 8: MLPGenerator(8)}), averaged=False, value_range=(-1, 1), classes=[3, 8]
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_same_images_come_again(tmp_path, name):
    torch.manual_seed(0)
    model, path = MODELS[name](), tmp_path / "x.safetensors"
    path.write_bytes(pack_generator(model, Origin()))
    for place in (path, str(path)):
        loaded = gan_lightning.load(place)
        assert torch.equal(loaded.sample(9, seed=3), model.sample(9, seed=3))
    assert (loaded.classes, loaded.value_range) == (model.classes, model.value_range)
    assert not any(p.requires_grad for p in loaded.parameters())
    (tmp_path / "folder").mkdir()
    path.rename(tmp_path / "folder" / "model.safetensors")
    assert torch.equal(gan_lightning.load(tmp_path / "folder").sample(9), model.sample(9))


def test_it_is_the_averaged_generator_alone(tmp_path):
    model, path = tiny_model(), tmp_path / "x.safetensors"
    with torch.no_grad():
        for parameter in model.averaged_generator.parameters():
            parameter.mul_(2)
    path.write_bytes(pack_generator(model, Origin()))
    assert load_file(path).keys() == model.generator.state_dict().keys()
    assert torch.equal(read_generator(path).sample(4), model.sample(4))


def test_half_rounds_weights_and_leaves_vectors(tmp_path):
    model, path = tiny_model(), tmp_path / "x.safetensors"
    path.write_bytes(pack_generator(model, Origin(), half=True))
    kept = {value.ndim: value.dtype for value in load_file(path).values() if value.is_floating_point()}
    assert kept == {1: torch.float32, 2: torch.float16}
    loaded = read_generator(path)
    assert next(loaded.parameters()).dtype == torch.float32
    assert 0 <= (loaded.sample(9).int() - model.sample(9).int()).abs().max() <= 2


def test_weights_beyond_float16_are_one_sentence():
    model = tiny_model()
    with torch.no_grad():
        next(model.sampling_generator.parameters()).fill_(1e5)
    pack_generator(model, Origin())
    with pytest.raises(UsageError, match="too large for float16: leave out --half"):
        pack_generator(model, Origin(), half=True)


def test_the_origin_is_kept(tmp_path, checkpoint):
    path = tmp_path / "x.safetensors"
    origin = origin_of(checkpoint)
    path.write_bytes(pack_generator(GAN.load_from_checkpoint(checkpoint), origin))
    assert read_origin(path) == origin
    assert (origin.data, origin.images_seen) == ({"dataset": "digits"}, 256)
    assert origin.recipe["class_path"] == "gan_lightning.models.vanilla.VanillaGAN"
    assert origin.recipe["init_args"]["hidden_dims"] == [16, 32]


def figures(images_seen):
    protocol = {"num_images": 150, "dataset": "digits", "image_shape": [1, 28, 28], "classes": [0, 1], "split": "test"}
    rest = {"reference_images": 360, "features": "digits_28", "fingerprint": "1", "floor_images": 360}
    source = {"images_seen": images_seen}
    return {"figures": {"fid": 2.5}, "real": {"fid": 0.5}, "protocol": {**protocol, **rest}, "source": source}


@pytest.mark.parametrize(
    ("content", "kept"),
    [(figures(256), {"fid": 2.5}), (figures(128), {}), ("[", {}), ({"figures": {}}, {})],
    ids=["its own", "of an earlier checkpoint", "damaged", "incomplete"],
)
def test_figures_are_those_of_the_same_checkpoint(checkpoint, content, kept):
    path = checkpoint.parents[1] / "metrics.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    origin = origin_of(checkpoint)
    path.unlink()
    assert origin.figures == kept
    assert origin.protocol.startswith("150 images against the 360") == bool(kept)


EVIL = {"class_path": "evil_module.Canary", "init_args": {}}


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


TAMPERED = {
    "a module as the generator": ({"generator": EVIL}, "give --import evil_module"),
    "a function as the generator": (
        {"generator": {"class_path": "os.system", "init_args": {"command": "touch canary"}}},
        "do not trust it",
    ),
    "a discriminator as the generator": (
        {"generator": {"class_path": "gan_lightning.networks.mlp.MLPDiscriminator", "init_args": {}}},
        "do not trust it",
    ),
    "a module within the generator": (
        {"generator": {"class_path": "gan_lightning.networks.mlp.MLPGenerator", "init_args": {"dropout": EVIL}}},
        "give --import evil_module",
    ),
    "a network of any size": (
        {
            "generator": {
                "class_path": "gan_lightning.networks.mlp.MLPGenerator",
                "init_args": {"hidden_dims": [10**6] * 9},
            }
        },
        "larger networks than it has weights for",
    ),
    "other weights": (
        {"generator": {"class_path": "gan_lightning.networks.mlp.MLPGenerator", "init_args": {"latent_dim": 9}}},
        "do not fit its MLPGenerator",
    ),
    "an unknown option": (
        {"generator": {"class_path": "gan_lightning.networks.mlp.MLPGenerator", "init_args": {"colour": 1}}},
        "do not fit MLPGenerator",
    ),
    "a module as the prior": ({"prior": EVIL}, "give --import evil_module"),
    "no generator": ({"generator": None}, "is None and not a dictionary"),
    "another format": ({"format": 2}, "the format that this version of the code reads"),
    "black that is white": ({"value_range": [1, 1]}, "two numbers, the smaller one first"),
    "a range that is no number": ({"value_range": [float("nan"), 1]}, "two numbers"),
    "classes below 0": ({"classes": [-1]}, "a whole number from 0 up"),
    "classes that it has not": ({"classes": [3, 10]}, "do not trust it"),
    "nesting without end": ({"prior": nested(900)}, "do not trust it"),
    "figures that are texts": ({"origin": {"figures": {"fid": "x"}}}, "not a number"),
    "data that are nested": ({"origin": {"data": {"dataset": {"a": 1}}}}, "origin.data.dataset"),
}


@pytest.fixture
def conditional_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "evil_module.py").write_text("open('canary', 'w').close()\nclass Canary: pass\n")
    path = tmp_path / "x.safetensors"
    path.write_bytes(pack_generator(MODELS["conditional"](), Origin()))
    yield path
    assert not (tmp_path / "canary").exists()
    assert "evil_module" not in sys.modules


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_header_is_one_sentence(conditional_file, command_line, case):
    changes, sentence = TAMPERED[case]
    with safe_open(conditional_file, "pt") as file:
        header = json.loads(file.metadata()[KEY])
    save_file(load_file(conditional_file), conditional_file, {KEY: json.dumps({**header, **changes})})
    for command in (
        ["generate", "--num=1", "--output=y.png"],
        ["export", "--format=safetensors", "--output=y.safetensors"],
    ):
        status, out, err = command_line(*command, f"--ckpt_path={conditional_file}")
        assert (status, out) == (2, "")
        assert err.startswith("error: ")
        assert len(err.strip().splitlines()) == 1
        assert sentence in err


def test_files_that_hold_no_generator_are_one_sentence(conditional_file, tmp_path):
    def refused(sentence):
        with pytest.raises(UsageError, match=sentence) as error:
            gan_lightning.load(conditional_file)
        assert len(str(error.value).splitlines()) == 1

    weights = load_file(conditional_file)
    save_file(weights, conditional_file)
    refused("holds no generator of this project")
    save_file(weights, conditional_file, {KEY: "[]"})
    refused("holds no generator of this project")
    for content in (b"", b"no weights", struct.pack("<Q", 2**60) + b"{}", struct.pack("<Q", 2) + b"[]"):
        conditional_file.write_bytes(content)
        refused("is no .safetensors file, or a damaged one")
    save_file(weights, conditional_file, {KEY: "[" * 100_000})
    refused("damaged")
    conditional_file.unlink()
    refused("there is no generator at")
