"""What interpolate writes is what the model draws from the latents on the way."""

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from helpers import as_cell, cell

from gan_lightning import load
from gan_lightning.pictures.images import image_grid
from gan_lightning.sampling.latent import slerp


def test_an_animation_passes_through_the_samples_and_leads_back(write, grey):
    output, out = write("walk.gif", "interpolate", f"--ckpt_path={grey}", "--num=3", "--frames=4", "--seed=2")
    assert "15 frames" in out
    frames = iio.imread(output, index=None)
    assert frames.shape == (15, 224, 224, 3)
    for sample, frame in zip(load(grey).sample(3, seed=2), frames[::5], strict=True):
        assert np.array_equal(frame[::8, ::8], as_cell(sample))
    steps = np.abs(np.diff(frames.astype(float), axis=0)).mean(axis=(1, 2, 3))
    assert np.abs(frames[-1].astype(float) - frames[0]).mean() < 2 * steps.mean()
    assert len({iio.immeta(output, index=index)["duration"] for index in range(15)}) == 1, "it rests nowhere"


def test_a_strip_has_a_row_for_each_pair(write, grey):
    output, _ = write("walk.png", "interpolate", f"--ckpt_path={grey}", "--num=4", "--frames=3")
    picture = iio.imread(output)
    assert picture.shape == (3 * 58 + 2, 5 * 58 + 2, 3)
    model = load(grey)
    samples, z = model.sample(4), model.latents(4)
    halfway = model.render(slerp(z[:-1], z[1:], 0.5), torch.zeros(3, dtype=torch.int64))
    for row in range(3):
        for column, image in ((0, samples[row]), (2, halfway[row]), (4, samples[row + 1])):
            assert np.array_equal(cell(picture, row, column), as_cell(image))


@pytest.mark.parametrize(("chosen", "turns"), [(None, [3, 5, 8]), ("8,3", [8, 3, 8]), ("5", [5, 5, 5])])
def test_a_conditional_walk_keeps_the_class_or_changes_it_halfway(write, conditional, chosen, turns):
    options = [] if chosen is None else [f"--labels={chosen}"]
    output, _ = write("x.png", "interpolate", f"--ckpt_path={conditional}", "--num=3", "--frames=4", *options)
    picture, model = iio.imread(output), load(conditional)
    z = model.latents(3)
    for row in range(2):
        for column in range(6):
            label = turns[row] if column <= 2 else turns[row + 1]
            (image,) = model.render(slerp(z[row], z[row + 1], column / 5)[None], torch.tensor([label]))
            assert np.array_equal(cell(picture, row, column), as_cell(image))


@pytest.mark.parametrize(("chosen", "classes"), [(None, [3, 5, 8]), ("8,3", [8, 3])])
def test_a_class_walk_shows_the_same_latents_under_each_label(write, conditional, chosen, classes):
    args = ["interpolate", f"--ckpt_path={conditional}", "--num=4", "--class_walk=true", "--seed=3"]
    args += [] if chosen is None else [f"--labels={chosen}"]
    model = load(conditional)
    z = model.latents(4, seed=3)
    columns = [model.render(z, torch.tensor([label] * 4)) for label in classes]
    picture = iio.imread(write("x.png", *args)[0])
    assert picture.shape == (4 * 58 + 2, len(classes) * 58 + 2, 3)
    for column, images in enumerate(columns):
        for row, image in enumerate(images):
            assert np.array_equal(cell(picture, row, column), as_cell(image))
    frames = iio.imread(write("x.gif", *args)[0], index=None)
    assert np.array_equal(frames, np.stack([image_grid(images) for images in columns]))


@pytest.mark.parametrize("space", [None, "w", "z"])
def test_a_model_with_styles_is_walked_through_in_them(write, styled, space):
    options = [] if space is None else [f"--space={space}"]
    args = "interpolate", f"--ckpt_path={styled}", "--num=3", "--frames=1", "--seed=2"
    picture, model = iio.imread(write("x.png", *args, *options)[0]), load(styled)
    z, labels = model.latents(3, seed=2), model.sample_labels(3)
    styles = model.styles(z, labels)
    in_w = model.render_styles((styles[:-1] + styles[1:]) / 2)
    in_z = model.render(slerp(z[:-1], z[1:], 0.5), labels[:2])
    assert not torch.equal(in_w, in_z)
    for row, image in enumerate(in_z if space == "z" else in_w):
        assert np.array_equal(cell(picture, row, 1), as_cell(image))
        assert np.array_equal(cell(picture, row, 0), as_cell(model.sample(3, seed=2)[row]))
