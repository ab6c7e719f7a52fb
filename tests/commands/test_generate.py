import imageio.v3 as iio
import numpy as np
import pytest

from gan_lightning.models import GAN
from gan_lightning.pictures.images import image_grid


def test_arrays_are_what_the_model_draws(command_line, checkpoint, tmp_path):
    output = tmp_path / "new" / "x.npz"
    status, out, err = command_line("generate", "--ckpt_path", checkpoint, "--num", 9, "--seed", 4, "--output", output)
    assert status == 0, err
    assert f"9 images in {output}" in out
    stored = np.load(output)
    assert (stored["images"].dtype, stored["images"].shape) == (np.uint8, (9, 1, 28, 28))
    assert "labels" not in stored, "an unconditional model was asked for none"
    assert np.array_equal(stored["images"], GAN.load_from_checkpoint(checkpoint).sample(9, seed=4).numpy())


@pytest.mark.parametrize(("labels", "expected"), [("8", [8, 8, 8, 8]), ("8,3", [8, 3, 8, 3]), (None, [3, 8, 3, 8])])
def test_labels_are_drawn_in_turn(command_line, conditional_checkpoint, tmp_path, labels, expected):
    chosen = [] if labels is None else ["--labels", labels]
    output = tmp_path / "x.npz"
    args = ["generate", "--ckpt_path", conditional_checkpoint, "--num", 4, *chosen, "--output", output]
    status, _, err = command_line(*args)
    assert status == 0, err
    stored = np.load(output)["labels"]
    assert (stored.dtype, stored.tolist()) == (np.int64, expected)


def test_a_picture_is_a_grid(command_line, checkpoint, tmp_path):
    output = tmp_path / "x.png"
    assert command_line("generate", "--ckpt_path", checkpoint, "--num", 9, "--output", output)[0] == 0
    assert np.array_equal(iio.imread(output), image_grid(GAN.load_from_checkpoint(checkpoint).sample(9), columns=3))


MISTAKES = {
    "a label that the model never saw": (["--labels", "12"], "knows the labels 3, 8", True),
    "labels of an unconditional model": (["--labels", "7"], "unconditional and takes no labels", False),
    "labels that are words": (["--labels", "seven"], "--labels takes a whole number or several", True),
    "no images": (["--num", "0"], "at least 1", False),
    "an unknown format": (["--output", "x.jpeg"], "must end in .png", False),
    "an unknown device": (["--device", "abacus"], "no device abacus", False),
    "options for another command": (["--", "--seed", "1"], "passes no options on: leave out -- --seed 1", False),
    "a misspelt option": (["--sead", "1"], "did you mean --seed?", False),
    "a wrong type": (["--num", "many"], "--num: expected int, got many", False),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(command_line, checkpoint, conditional_checkpoint, tmp_path, monkeypatch, mistake):
    monkeypatch.chdir(tmp_path)
    args, sentence, conditional = MISTAKES[mistake]
    path = conditional_checkpoint if conditional else checkpoint
    status, _, err = command_line("generate", "--ckpt_path", path, *args)
    assert status != 0
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_or_foreign_checkpoint_is_one_sentence(command_line, tmp_path):
    (tmp_path / "notes.ckpt").write_text("no weights")
    for name, sentence in {"absent.ckpt": "there is no checkpoint at", "notes.ckpt": "is no checkpoint"}.items():
        status, _, err = command_line("generate", "--ckpt_path", tmp_path / name)
        assert status != 0
        assert sentence in err


def test_an_output_that_cannot_be_written_is_one_sentence(command_line, checkpoint, tmp_path):
    (tmp_path / "file").touch()
    status, _, err = command_line("generate", "--ckpt_path", checkpoint, "--output", tmp_path / "file" / "x.png")
    assert status != 0
    assert "cannot write to" in err
    assert "--output" in err
