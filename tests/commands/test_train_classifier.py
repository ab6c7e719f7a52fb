"""The classifier's command, and the score of a classifier that only saw generated images."""

import json
import re

import imageio.v3 as iio
import numpy as np
import pytest

from gan_lightning.data import MNISTDataModule
from gan_lightning.metrics.features.classifier import load_classifier

QUICK = "--data.dataset=digits", "--data.image_size=8"


def test_a_classifier_is_trained_and_kept_with_its_card(command_line, tmp_path, quick_recipe):
    path = tmp_path / "mine.safetensors"
    status, out, _ = command_line("train_classifier", *QUICK, "--epochs=3", "--seed=5", f"--output={path}")
    assert status == 0
    card = json.loads(path.with_suffix(".json").read_text())
    assert (card["dataset"], card["image_shape"], card["train_images"]) == ("digits", [1, 8, 8], 1437)
    assert (card["recipe"]["epochs"], card["recipe"]["seed"]) == (3, 5)
    assert f"{card['test_accuracy']:.2%} of 360 test images are labelled rightly" in out
    assert load_classifier(path).num_classes == 10


def test_data_with_one_class_are_refused_before_any_training(command_line, tmp_path):
    for index in range(20):
        iio.imwrite(tmp_path / f"{index}.png", np.full((8, 8), index, np.uint8))
    data = "--data=ImageFolderDataModule", f"--data.root={tmp_path}", "--data.image_size=8"
    status, out, err = command_line("train_classifier", *data, f"--output={tmp_path / 'mine.safetensors'}")
    assert status != 0
    assert "has one class, from which no classifier learns: give data with several" in err
    assert len(err.strip().splitlines()) == 1
    assert out == "", "nothing was trained"
    assert not (tmp_path / "mine.safetensors").exists()


def test_generated_images_are_scored_by_what_they_teach(command_line, tmp_path, quick_recipe):
    """Real images teach as real ones do, and images with swapped labels teach nonsense."""
    images, labels = (part.numpy() for part in MNISTDataModule(dataset="digits", image_size=8).images(True))
    for name, taught in {"right": labels, "wrong": (labels + 1) % 10}.items():
        np.savez(tmp_path / f"{name}.npz", images=images, labels=taught)
    scores = {}
    for name in ("right", "wrong"):
        archive, output = tmp_path / f"{name}.npz", tmp_path / f"{name}.json"
        status, out, err = command_line("classification_accuracy_score", archive, f"--output={output}", *QUICK)
        assert status == 0, err
        lines = re.findall(r"trained on 1,437 (\w+) images: ([\d.]+)% of 360", out)
        scores[name] = {kind: float(score) for kind, score in lines}
        kept = json.loads(output.read_text())
        assert kept["path"] == str(archive)
        assert kept["test_images"] == 360
        for kind, score in scores[name].items():
            assert kept[kind] == {"images": 1437, "accuracy": pytest.approx(score / 100, abs=1e-4)}
    assert scores["right"]["generated"] > 80
    assert scores["right"]["real"] == scores["wrong"]["real"] > 80
    assert scores["wrong"]["generated"] < 10


def test_a_conditional_model_is_scored_by_its_checkpoint_or_its_run(command_line, conditional_checkpoint, quick_recipe):
    said = []
    for path in (conditional_checkpoint, conditional_checkpoint.parent.parent):
        status, out, err = command_line(
            "classification_accuracy_score", path, "--data.dataset=digits", "--data.digits=[3,8]"
        )
        assert status == 0, err
        said.append(out)
    assert "generated images" in said[0]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["train_classifier", "--epochs=0"], "--epochs must be at least 1, not 0"),
        (["train_classifier", "--output=x.pt"], "--output must end in .safetensors, not x.pt"),
        (["train_classifier", "--epohcs=1"], "--epohcs is not an option: did you mean --epochs?"),
        (["classification_accuracy_score", "{unconditional}"], "holds a VanillaGAN, which draws no labelled images"),
        (["classification_accuracy_score", "{unlabelled}"], "has no labels, from which a classifier could learn"),
    ],
)
def test_mistakes(command_line, checkpoint, tmp_path, command, sentence):
    unlabelled = tmp_path / "images.npz"
    np.savez(unlabelled, images=np.zeros((20, 1, 28, 28), np.uint8))
    words = [word.format(unconditional=checkpoint, unlabelled=unlabelled) for word in command]
    status, _, err = command_line(*words, "--data.dataset=digits")
    assert status != 0
    assert sentence in err
