"""What directions writes is a sample, moved along the directions that its generator's weights have."""

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
