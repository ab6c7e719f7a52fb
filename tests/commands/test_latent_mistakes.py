"""What interpolate, mix, directions and invert cannot do is told in one sentence, before anything is written."""

import numpy as np
import pytest
from helpers import write_picture

INTERPOLATE, MIX, INVERT = ["interpolate"], ["mix", "0", "1"], ["invert", "image.png"]
DIRECTIONS = ["directions"]
MISTAKES = {
    "one sample": ([*INTERPOLATE, "--num=1"], "at least 2 samples, not 1: use --num 2", "grey"),
    "no samples": ([*INTERPOLATE, "--num=0"], "at least 1, not 0", "grey"),
    "no frames": ([*INTERPOLATE, "--frames=0"], "at least 1 frame between two samples, not 0", "grey"),
    "no mixes": ([*MIX, "--frames=0"], "at least 1 frame between two samples, not 0", "grey"),
    "an unknown animation": ([*INTERPOLATE, "--output=x.mp4"], "must end in .gif for an animation or in .png", "grey"),
    "an animated mix": ([*MIX, "--output=x.gif"], "--output must end in .png, not x.gif", "grey"),
    "an unknown form": ([*INVERT, "--output=x.gif"], "must end in .png for a picture or in .npz for arrays", "grey"),
    "labels of an unconditional walk": ([*INTERPOLATE, "--labels=3"], "takes no labels", "grey"),
    "labels of an unconditional mix": ([*MIX, "--labels=3"], "takes no labels", "grey"),
    "labels of an unconditional inversion": ([*INVERT, "--labels=3"], "takes no labels", "grey"),
    "classes of an unconditional walk": ([*INTERPOLATE, "--class_walk=true"], "leave --class_walk out", "grey"),
    "an unknown label": ([*INTERPOLATE, "--class_walk=true", "--labels=4"], "knows the labels 3, 5, 8", "conditional"),
    "three labels for two": ([*MIX, "--labels=3,5,8"], "one label for both or one for each", "conditional"),
    "an absent image": (["invert", "absent.png"], "there is no image at absent.png", "grey"),
    "one of two absent": (["invert", "image.png,absent.png"], "there is no image at absent.png", "grey"),
    "an absent image to mix": (["mix", "0", "absent.jpg"], "there is no image at absent.jpg", "grey"),
    "a damaged image": (["invert", "damaged.png"], "damaged.png is damaged or no image", "grey"),
    "a damaged image to mix": (["mix", "damaged.png", "0"], "damaged.png is damaged or no image", "grey"),
    "an absent file of arrays": (["invert", "absent.npz"], "there are no images at absent.npz", "grey"),
    "arrays of floats": (
        ["invert", "floats.npz"],
        "images are bytes from 0 to 255 (uint8), and those in floats.npz are",
        "grey",
    ),
    "labels for some": (["invert", "more.npz"], "there are 2 images but 3 labels: give one label", "conditional"),
    "labels that are unknown": (["invert", "other.npz"], "knows the labels 3, 5, 8, and is asked for 4", "conditional"),
    "an empty folder": (["invert", "empty"], "there are no images in empty", "grey"),
    "a sample too far": (["mix", "0", "20240101"], "samples have the numbers 0 to 99999, not 20240101", "grey"),
    "no steps": ([*INVERT, "--steps=0"], "--steps must be positive, not 0", "grey"),
    "no starts": ([*INVERT, "--restarts=0"], "--restarts must be positive, not 0", "grey"),
    "an unknown device": ([*INTERPOLATE, "--device=abacus"], "no device abacus", "grey"),
    "a device that computes nothing": ([*MIX, "--device=meta"], "no device meta", "grey"),
    "layers without styles": ([*MIX, "--layers=0-3"], "MLPGenerator has no styles", "grey"),
    "layers of no digit": (["mix", "image.png", "0", "--layers=x"], "numbers and ranges of layers", "styled"),
    "layers that are not there": ([*MIX, "--layers=4-8"], "has 8 layers, 0 to 7", "styled"),
    "a walk without styles": ([*INTERPOLATE, "--space=w"], "MLPGenerator has no styles", "grey"),
    "a walk in no space": ([*INTERPOLATE, "--space=x"], "expected 'z', 'w', got x", "styled"),
    "directions without styles": (DIRECTIONS, "no codes: give the checkpoint of a StyleGenerator or an", "grey"),
    "layers of codes": ([*DIRECTIONS, "--layers=0"], "no styles to move in --layers: leave them out", "coded"),
    "too many codes": ([*DIRECTIONS, "--num=4"], "have 3 codes, and --num is 4: choose 1 to 3", "coded"),
    "labels of codes": ([*DIRECTIONS, "--labels=3"], "takes no labels", "coded"),
    "directions of layers that are not there": ([*DIRECTIONS, "--layers=9"], "has 8 layers, 0 to 7", "styled"),
    "directions as an animation": ([*DIRECTIONS, "--output=x.gif"], "--output must end in .png, not x.gif", "styled"),
    "too many directions": ([*DIRECTIONS, "--num=9"], "have 8 directions, and --num is 9: choose 1 to 8", "styled"),
    "no directions": ([*DIRECTIONS, "--num=0"], "have 8 directions, and --num is 0", "styled"),
    "one step": ([*DIRECTIONS, "--steps=1"], "--steps from 2 up", "styled"),
    "no strength": ([*DIRECTIONS, "--strength=0"], "a positive --strength, not 9 and 0", "styled"),
    "a strength of NaN": ([*DIRECTIONS, "--strength=.nan"], "a positive --strength, not 9 and nan", "styled"),
    "labels of unconditional directions": ([*DIRECTIONS, "--labels=3"], "takes no labels", "styled"),
    "an unknown label's directions": ([*DIRECTIONS, "--labels=4"], "knows the labels 3, 5, 8", "styled_conditional"),
    "two labels for a sample": ([*DIRECTIONS, "--labels=3,8"], "the one label of the sample", "styled_conditional"),
    "one image to mix": (["mix", "0"], "second", "grey"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(command_line, request, tmp_path, monkeypatch, mistake):
    monkeypatch.chdir(tmp_path)
    write_picture(tmp_path / "image.png", (28, 28), mode="L")
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    (tmp_path / "empty").mkdir()
    images = np.zeros((2, 1, 28, 28))
    np.savez(tmp_path / "floats.npz", images=images)
    np.savez(tmp_path / "more.npz", images=images.astype(np.uint8), labels=[3, 5, 8])
    np.savez(tmp_path / "other.npz", images=images.astype(np.uint8), labels=[3, 4])
    before = set(tmp_path.iterdir())
    args, sentence, checkpoint = MISTAKES[mistake]
    status, _, err = command_line(*args, f"--ckpt_path={request.getfixturevalue(checkpoint)}")
    assert status != 0
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("args", [INTERPOLATE, MIX, INVERT, DIRECTIONS], ids=lambda args: args[0])
def test_a_missing_checkpoint_or_folder_is_one_sentence(command_line, styled, tmp_path, monkeypatch, args):
    monkeypatch.chdir(tmp_path)
    write_picture(tmp_path / "image.png", (28, 28), mode="L")
    status, _, err = command_line(*args, "--ckpt_path=absent.ckpt")
    assert status != 0
    assert "there is no checkpoint at absent.ckpt" in err
    (tmp_path / "file").touch()
    status, _, err = command_line(*args, f"--ckpt_path={styled}", "--output=file/x.png")
    assert status != 0
    assert "cannot write to file" in err
    assert "--output" in err
