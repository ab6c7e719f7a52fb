"""The command ``export``, the cards that it writes, and the generators that come with the package."""

import json
import re

import pytest
import torch
import yaml

import gan_lightning
from gan_lightning.metrics.features.classifier import load_classifier
from gan_lightning.metrics.features.store import SHIPPED
from gan_lightning.storage.shipped import shipped_generators


@pytest.mark.parametrize("kind", ["pt2", "safetensors"])
def test_a_run_becomes_a_file_with_a_card_whose_code_runs(
    command_line, conditional_checkpoint, tmp_path, monkeypatch, kind
):
    monkeypatch.chdir(tmp_path)
    status, out, err = command_line("export", f"--ckpt_path={conditional_checkpoint.parents[1]}", f"--format={kind}")
    assert status == 0, err
    name = f"conditional_gan.{kind}"
    assert out.startswith(f"{name}, 0.")
    assert {path.name for path in tmp_path.iterdir()} == {name, f"{name}.md", f"{name}.png"}
    card = (tmp_path / f"{name}.md").read_text()
    matter = yaml.safe_load(card.split("---\n")[1])
    assert (matter["license"], matter["tags"]) == ("mit", ["gan", "digits"])
    assert "trained on 256 images of digits (digits [3, 8])" in card
    assert f"![Samples]({name}.png)" in card
    assert yaml.safe_load(re.search("```yaml\n(.*?)```", card, re.DOTALL)[1])["model"]["init_args"]["latent_dim"] == 8
    scope = {}
    exec(re.search("```python\n(.*?)```", card, re.DOTALL)[1], scope)
    assert scope["images"].shape == (16, 1, 28, 28)


@pytest.mark.parametrize("kind", ["onnx", "pt2"])
def test_the_code_of_a_style_based_program_runs(command_line, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    status, _, err = command_line("export", "--model=stylegan", f"--format={kind}", "--uint8=true")
    assert status == 0, err
    scope = {}
    exec(re.search("```python\n(.*?)```", (tmp_path / f"stylegan.{kind}.md").read_text(), re.DOTALL)[1], scope)
    assert (str(scope["images"].dtype)[-5:], scope["images"].shape) == ("uint8", (16, 1, 28, 28))


def test_the_hub_reads_the_card(command_line, checkpoint, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    protocol = {"num_images": 150, "dataset": "digits", "image_shape": [1, 28, 28], "classes": [0, 1], "split": "test"}
    rest = {"reference_images": 360, "features": "digits_28", "fingerprint": "1", "floor_images": 360}
    content = {"figures": {"fid": 2.5, "contrast": 1.0}, "real": {"fid": 0.5}, "source": {"images_seen": 256}}
    metrics = checkpoint.parents[1] / "metrics.json"
    metrics.write_text(json.dumps({**content, "protocol": {**protocol, **rest}}))
    path = tmp_path / "x.safetensors"
    command_line("export", f"--ckpt_path={checkpoint}", "--format=safetensors", f"--output={path}")
    metrics.unlink()
    card = hub.ModelCard.load(f"{path}.md")
    (result,) = card.data.eval_results
    assert (result.metric_type, result.metric_value, result.dataset_name) == ("fid", 2.5, "digits")
    assert "| Fréchet distance (`fid`) | ↓ | 2.500 | 0.500 |" in card.text
    assert "150 images against the 360 of the test split of digits" in card.text


MISTAKES = {
    "bytes of weights": (["--format=safetensors", "--uint8=true"], "--uint8 is of programs"),
    "half a program": (["--format=pt2", "--half=true"], "--half is of weights, and pt2 is a program"),
    "another ending": (["--output=x.pt"], "--output must end in .onnx, as --format says, not x.pt"),
    "another format": (["--format=onx"], "--format: expected"),
    "a misspelt option": (["--formt=pt2"], "did you mean --format?"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(command_line, checkpoint, tmp_path, monkeypatch, mistake):
    monkeypatch.chdir(tmp_path)
    words, sentence = MISTAKES[mistake]
    status, out, err = command_line("export", f"--ckpt_path={checkpoint}", *words)
    assert (status, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", shipped_generators())
def test_what_comes_with_the_package_is_small_and_draws(command_line, tmp_path, name):
    path = shipped_generators()[name]
    assert path.stat().st_size < 2**20
    assert path.with_name(f"{path.name}.md").is_file()
    model = gan_lightning.load(name)
    images = model.sample(100)
    assert images.float().std(dim=0).mean() > 20
    if model.generator.num_classes:
        known = load_classifier(SHIPPED / "mnist_28.safetensors").extract(images).logits.argmax(dim=1)
        assert (known == model.sample_labels(100)).float().mean() > 0.95
    status, _, err = command_line("generate", f"--model={name}", "--num=7", f"--output={tmp_path / 'x.npz'}")
    assert status == 0, err


def test_a_file_here_goes_before_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = gan_lightning.load("conditional_dcgan").sample(2)
    (tmp_path / "stylegan").mkdir()
    source = shipped_generators()["conditional_dcgan"]
    (tmp_path / "stylegan" / "model.safetensors").write_bytes(source.read_bytes())
    assert torch.equal(gan_lightning.load("stylegan").sample(2), shipped)
