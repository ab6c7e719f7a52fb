"""What directions writes is a sample, moved along the directions that its generator's weights have, or by its codes."""

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from helpers import as_cell, cell

from gan_lightning import load
from gan_lightning.sampling.styles import find_directions


@pytest.mark.parametrize(("layers", "chosen"), [(None, list(range(8))), ("0-2,5", [0, 1, 2, 5])])
def test_a_row_moves_a_sample_along_a_direction(write, styled, layers, chosen):
    options = [] if layers is None else [f"--layers={layers}"]
    args = "directions", f"--ckpt_path={styled}", "--num=3", "--steps=5", "--strength=4", "--seed=1"
    output, out = write("x.png", *args, *options)
    picture, model = iio.imread(output), load(styled)
    assert picture.shape == (3 * 58 + 2, 5 * 58 + 2, 3)
    styles = model.styles(model.latents(1, seed=1), model.sample_labels(1))
    found = find_directions(model.sampling_generator, chosen)
    for row, vector in enumerate(found.vectors[:3]):
        for column, amount in enumerate((-4, -2, 0, 2, 4)):
            moved = styles.clone()
            moved[:, chosen] += amount * vector
            (image,) = model.render_styles(moved)
            assert np.array_equal(cell(picture, row, column), as_cell(image))
        assert np.array_equal(cell(picture, row, 2), as_cell(model.sample(1, seed=1)[0]))
        share = found.eigenvalues[row] / found.eigenvalues.sum()
        assert f"row {row + 1}: direction {row + 1}, {share:.1%}" in out
    assert f"layers {', '.join(map(str, chosen))}, from -4 to +4" in out


@pytest.mark.parametrize(("options", "label"), [([], 3), (["--labels=8"], 8)])
def test_the_sample_of_a_conditional_model_has_a_label(write, styled_conditional, options, label):
    args = "directions", f"--ckpt_path={styled_conditional}", "--num=1", "--steps=3", *options
    picture = iio.imread(write("x.png", *args)[0])
    image = load(styled_conditional).sample(1, label)[0]
    assert np.array_equal(cell(picture, 0, 1), as_cell(image))
    assert torch.equal(torch.tensor(picture.shape), torch.tensor([60, 3 * 58 + 2, 3]))


def test_a_row_gives_a_sample_every_value_of_a_code(write, coded):
    output, out = write("x.png", "directions", f"--ckpt_path={coded}", "--steps=5", "--seed=1")
    picture, model = iio.imread(output), load(coded)
    assert picture.shape == (3 * 58 + 2, 5 * 58 + 2, 3)
    ((*_, first, second, third, noise, more),) = model.latents(1, seed=1).tolist()
    chosen = model.latents(1, seed=1)[0, :3].tolist()
    rows = [
        [[*category, first, second, third, noise, more] for category in ([1, 0, 0], [0, 1, 0], [0, 0, 1])],
        [[*chosen, *category, third, noise, more] for category in ([1, 0], [0, 1])],
        [[*chosen, first, second, value, noise, more] for value in (-2, -1, 0, 1, 2)],
    ]
    for row, latents in enumerate(rows):
        images = model.render(torch.tensor(latents), torch.zeros(len(latents)))
        assert len(images.unique(dim=0)) == len(images)
        for column, image in enumerate(images):
            assert np.array_equal(cell(picture, row, column), as_cell(image))
        assert (picture[row * 58 + 2 : (row + 1) * 58, len(latents) * 58 + 2 :] == 255).all()
    sample = as_cell(model.sample(1, seed=1)[0])
    assert np.array_equal(cell(picture, 0, chosen.index(1)), sample)
    assert np.array_equal(cell(picture, 1, [first, second].index(1)), sample)
    assert out.splitlines() == [
        "row 1: categorical code 1, 3 categories",
        "row 2: categorical code 2, 2 categories",
        "row 3: continuous code 1, from -2 to +2",
        f"3 codes: {output}",
    ]


def test_codes_are_moved_as_far_as_is_asked_and_as_many_as_are(write, coded):
    output, out = write("x.png", "directions", f"--ckpt_path={coded}", "--num=1", "--strength=0.5")
    assert iio.imread(output).shape == (60, 3 * 58 + 2, 3)
    assert out.startswith("row 1: categorical code 1, 3 categories\n1 codes: ")
    _, out = write("x.png", "directions", f"--ckpt_path={coded}", "--strength=0.5")
    assert "row 3: continuous code 1, from -0.5 to +0.5" in out
