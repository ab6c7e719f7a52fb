import os
import shutil

import pytest
import torch
from helpers import tiny_model

from gan_lightning import load
from gan_lightning.app.runs import check_servable, find_runs
from gan_lightning.errors import UsageError


@pytest.fixture
def folder(checkpoint, conditional_checkpoint, tmp_path):
    """Two runs, of which one has several checkpoints, and a digit-wise one."""
    places = ["a/version_0/checkpoints/last.ckpt", "a/version_0/checkpoints/epoch=1.ckpt"]
    places += ["a/version_0/checkpoints/epoch=0.ckpt", "digits/digit_3/checkpoints/last.ckpt"]
    places += ["digits/digit_8/checkpoints/last.ckpt", "a/version_0/checkpoints/best.ckpt"]
    for age, place in enumerate(places):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkpoint, tmp_path / place)
        os.utime(tmp_path / place, (1e9 - age, 1e9 - age))
    shutil.copytree(conditional_checkpoint.parent.parent, tmp_path / "b")
    return tmp_path


def test_a_folder_of_runs_has_all_of_their_checkpoints(folder):
    a = [f"a/version_0, {name}" for name in ("best", "last", "epoch=1", "epoch=0")]
    runs = find_runs(folder)
    assert [name for name in runs.names if not name.startswith("b")] == [*a, "digits"]
    assert runs.names.index("b, last") > runs.names.index("a/version_0, epoch=0")
    assert runs.open("digits").model.classes == [3, 8]
    assert runs.open("digits").folder == folder / "digits"
    trained = runs.open("b, last")
    assert trained.folder == folder / "b"
    assert trained.reference.classifier is not None
    assert not trained.model.training
    assert runs.open("b, last") is trained, "it is loaded once"
    assert find_runs(folder / "digits").names == ["digits"]


def test_what_is_asked_for_comes_first(folder, checkpoint):
    names = find_runs(folder / "a" / "version_0").names
    assert names == [f"a, {name}" for name in ("best", "last", "epoch=1", "epoch=0")]
    names = find_runs(folder / "a" / "version_0" / "checkpoints" / "epoch=0.ckpt").names
    assert names == [f"a, {name}" for name in ("epoch=0", "best", "last", "epoch=1")]
    alone = folder / "alone.ckpt"
    shutil.copy(checkpoint, alone)
    runs = find_runs(alone)
    assert runs.names == ["alone, alone"]
    assert torch.equal(runs.open("alone, alone").model.sample(2), load(checkpoint).sample(2))


def test_what_is_no_run_is_one_sentence(folder):
    with pytest.raises(UsageError, match=r"there is no checkpoint at .*absent"):
        find_runs(folder / "absent")
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match=r"there is no checkpoint in .*empty"):
        find_runs(folder / "empty")
    with pytest.raises(UsageError, match=r"there is no run \.\./x"):
        find_runs(folder).open("../x")


def test_a_model_that_cannot_be_shown_is_refused():
    with pytest.raises(UsageError, match=r"images of 2 channels, and the page shows grey ones \(1\) or RGB \(3\): use"):
        check_servable(tiny_model(image_shape=(2, 28, 28)))
    broken = tiny_model()
    torch.nn.init.constant_(next(broken.sampling_generator.parameters()), torch.nan)
    with pytest.raises(UsageError, match="draws NaN"):
        check_servable(broken)
