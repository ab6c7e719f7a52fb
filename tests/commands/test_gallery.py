"""What gallery writes is what each model draws, below its title, however unlike the models are."""

import shutil

import imageio.v3 as iio
import numpy as np
import pytest
from commands.conftest import save
from helpers import as_cell, cell

from gan_lightning import load
from gan_lightning.commands.gallery import GAP
from gan_lightning.models import VanillaGAN
from gan_lightning.pictures.images import image_grid
from gan_lightning.pictures.panels import with_title


def panel(run, title, rows, columns, labels=None, seed=0):
    """The part of a gallery that shows a run."""
    return with_title(image_grid(load(run).sample(rows * columns, labels, seed), columns), title)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return save(tmp_path_factory.mktemp("small") / "small.ckpt", VanillaGAN, image_shape=(1, 16, 16))


def test_models_of_any_shape_stand_one_below_the_other(write, grey, small, rgb):
    args = "--rows=2", "--columns=3", "--seed=4", "--titles=grey,small,colourful"
    output, out = write("x.png", "gallery", grey, small, rgb, *args)
    picture, top = iio.imread(output), 0
    assert picture.shape[1] == 3 * 66 + 2
    for run, title, side in ((grey, "grey", 28), (small, "small", 16), (rgb, "colourful", 16)):
        expected = panel(run, title, 2, 3, seed=4)
        height, width, _ = expected.shape
        assert np.array_equal(picture[top : top + height, :width], expected)
        assert (picture[top : top + height, width:] == 255).all()
        zoom = 64 // side
        grid = picture[top + height - 2 * (side * zoom + 2) - 2 : top + height]
        for number, image in enumerate(load(run).sample(6, seed=4)):
            assert np.array_equal(cell(grid, number // 3, number % 3, side), as_cell(image))
        assert (picture[top + height : top + height + GAP] == 255).all()
        top += height + GAP
    assert len(picture) == top - GAP
    assert out == f"6 images each of grey, small, colourful: {output}\n"


def test_models_stand_side_by_side(write, grey, rgb):
    picture = iio.imread(write("x.png", "gallery", grey, rgb, grey, "--across=2", "--rows=1", "--titles=a,b,c")[0])
    first, second, third = (panel(run, title, 1, 10) for run, title in ((grey, "a"), (rgb, "b"), (grey, "c")))
    width = second.shape[1]
    assert picture.shape == (len(second) + GAP + len(third), 2 * width + GAP, 3)
    assert np.array_equal(picture[: len(first), : first.shape[1]], first)
    assert np.array_equal(picture[: len(second), width + GAP :], second)
    assert np.array_equal(picture[len(second) + GAP :, : third.shape[1]], third)
    assert (picture[len(second) + GAP :, width:] == 255).all()


@pytest.mark.parametrize(("columns", "labels"), [(3, [3, 5, 8]), (4, [3, 5, 8, 3]), (2, [3, 5])])
def test_each_column_of_a_conditional_model_has_a_class(write, conditional, columns, labels):
    picture = iio.imread(write("x.png", "gallery", conditional, "--rows=2", f"--columns={columns}", "--titles=x")[0])
    assert np.array_equal(picture, panel(conditional, "x", 2, columns, labels))


def test_runs_are_titled_by_their_names(write, grey, tmp_path):
    def keep(name):
        path = tmp_path / "runs" / name
        path.parent.mkdir(parents=True)
        return shutil.copy(grey, path)

    checkpoint = keep("dcgan/version_12/checkpoints/last.ckpt")
    folder = keep("wgan/version_0/checkpoints/best.ckpt").parent.parent
    own = keep("seeds/seed_1/checkpoints/last.ckpt").parent.parent
    digits = keep("digitwise/digit_3/checkpoints/last.ckpt").parent.parent.parent
    alone = keep("elsewhere/mine.ckpt")
    args = "gallery", checkpoint, f"{folder}/", own, digits / "digit_3" / "..", alone, "--rows=1", "--columns=1"
    output, out = write("x.png", *args)
    titles = ["dcgan", "wgan", "seed_1", "digitwise", "mine"]
    assert out == f"1 images each of {', '.join(titles)}: {output}\n"
    picture, top = iio.imread(output), 0
    for title, labels in zip(titles, (None, None, None, 3, None), strict=True):
        expected = panel(digits if labels else grey, title, 1, 1, labels)
        assert np.array_equal(picture[top : top + len(expected), : expected.shape[1]], expected)
        top += len(expected) + GAP


MISTAKES = {
    "no run": ([], "runs must be given"),
    "an absent run": (["GREY", "absent"], "there is no checkpoint at absent"),
    "a folder without runs": (["."], "no digits were trained in ."),
    "an animation": (["GREY", "--output=x.gif"], "--output must end in .png, not x.gif"),
    "no rows": (["GREY", "--rows=0"], "--rows must be from 1 to 100, not 0"),
    "too many columns": (["GREY", "--columns=101"], "--columns must be from 1 to 100, not 101"),
    "none side by side": (["GREY", "--across=0"], "--across must be from 1 to 100, not 0"),
    "too many images": (["GREY", "GREY", "--rows=100", "--columns=51"], "from 1 to 10000, not 10200"),
    "a title for two runs": (
        ["GREY", "GREY", "--titles=a"],
        "for each of the 2 runs, such as GAN,DCGAN, not a",
    ),
    "two titles for a run": (["GREY", "--titles=a,b"], "one title for each of the 1 runs"),
    "an unknown device": (["GREY", "--device=abacus"], "no device abacus"),
    "a run between options": (["GREY", "--rows=1", "more"], "more follows no option"),
    "a place that is a file": (["GREY", "--output=file/x.png"], "cannot write to file"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(command_line, grey, tmp_path, monkeypatch, mistake):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    args, sentence = MISTAKES[mistake]
    status, _, err = command_line("gallery", *(grey if word == "GREY" else word for word in args))
    assert status == 2
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
