"""What mix writes is what the model draws between two samples, or between two reconstructions."""

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from helpers import as_cell, cell, write_picture

from gan_lightning import load
from gan_lightning.sampling.latent import slerp


def test_samples_are_mixed_by_their_numbers(write, grey):
    output, out = write("mix.png", "mix", "5", "2", f"--ckpt_path={grey}", "--frames=3", "--seed=1")
    assert "5 images" in out
    picture, model = iio.imread(output), load(grey)
    assert picture.shape == (58 + 2, 5 * 58 + 2, 3)
    z = model.latents(6, seed=1)
    mixed = model.render(slerp(z[5], z[2], torch.linspace(0, 1, 5)), torch.zeros(5, dtype=torch.int64))
    samples = model.sample(6, seed=1)
    assert torch.equal(mixed[[0, 4]], samples[[5, 2]])
    for column, image in enumerate(mixed):
        assert np.array_equal(cell(picture, 0, column), as_cell(image))


@pytest.mark.parametrize(("chosen", "pair"), [(None, (3, 5)), ("8", (8, 8)), ("8,3", (8, 3))])
def test_the_class_of_a_mix_changes_halfway(write, conditional, chosen, pair):
    options = [] if chosen is None else [f"--labels={chosen}"]
    picture = iio.imread(write("x.png", "mix", "0", "1", f"--ckpt_path={conditional}", "--frames=2", *options)[0])
    model = load(conditional)
    z = model.latents(2)
    turns = torch.tensor([pair[0], pair[0], pair[1], pair[1]])
    for column, image in enumerate(model.render(slerp(z[0], z[1], torch.arange(4) / 3), turns)):
        assert np.array_equal(cell(picture, 0, column), as_cell(image))


def test_pictures_of_any_size_are_mixed_between_their_reconstructions(write, rgb, tmp_path):
    first, second = write_picture(tmp_path / "a.png", (50, 30)), write_picture(tmp_path / "b.jpg", (16, 40), seed=1)
    strip, out = write("mix.png", "mix", first, second, f"--ckpt_path={rgb}", "--frames=2")
    arrays, _ = write("ends.npz", "invert", f"{first},{second}", f"--ckpt_path={rgb}")
    found, picture = np.load(arrays), iio.imread(strip)
    assert picture.shape == (66 + 2, 6 * 66 + 2, 3)
    ends = [*found["targets"], *found["images"]]
    for column, image in zip((0, 5, 1, 4), ends, strict=True):
        assert np.array_equal(cell(picture, 0, column, side=16), image.transpose(1, 2, 0))
    assert f"{first}: reconstruction error {found['errors'][0]:.3f}" in out
    assert f"{second}: reconstruction error {found['errors'][1]:.3f}" in out


def test_a_picture_is_mixed_with_a_sample(write, conditional, tmp_path):
    image = load(conditional).sample(1, labels=8, seed=5)
    iio.imwrite(tmp_path / "eight.png", image[0, 0].numpy())
    args = "mix", tmp_path / "eight.png", "1", f"--ckpt_path={conditional}", "--frames=1"
    output, out = write("mix.png", *args)
    assert "drawn as label 8" in out
    picture = iio.imread(output)
    assert picture.shape == (60, 4 * 58 + 2, 3)
    assert np.array_equal(cell(picture, 0, 0), as_cell(image[0]))
    assert np.abs(cell(picture, 0, 1) - as_cell(image[0]).astype(float)).mean() < 255 * 0.05
    assert np.array_equal(cell(picture, 0, 3), as_cell(load(conditional).sample(2)[1]))


def test_styles_are_mixed_where_a_model_has_them(write, styled):
    picture, model = iio.imread(write("x.png", "mix", "0", "1", f"--ckpt_path={styled}", "--frames=1")[0]), load(styled)
    first, second = model.styles(model.latents(2), model.sample_labels(2))
    halfway = model.render_styles((first + second)[None] / 2)
    for column, image in enumerate((model.sample(1)[0], halfway[0], model.sample(2)[1])):
        assert np.array_equal(cell(picture, 0, column), as_cell(image))


@pytest.mark.parametrize(("layers", "chosen"), [("0-3", [0, 1, 2, 3]), ("2", [2]), ("0,2,5", [0, 2, 5])])
def test_the_styles_of_some_layers_are_taken_from_the_second(write, styled, layers, chosen):
    args = "mix", "4", "1", f"--ckpt_path={styled}", f"--layers={layers}", "--frames=1"
    picture, model = iio.imread(write("x.png", *args)[0]), load(styled)
    assert picture.shape == (58 + 2, 4 * 58 + 2, 3)
    styles = model.styles(model.latents(5), model.sample_labels(5))
    first, second = styles[4], styles[1]
    mixed = first.clone()
    mixed[chosen] = second[chosen]
    images = model.render_styles(torch.stack([first, (first + mixed) / 2, mixed, second]))
    assert torch.equal(images[[0, 3]], model.sample(5)[[4, 1]])
    assert len(images.unique(dim=0)) == 4
    for column, image in enumerate(images):
        assert np.array_equal(cell(picture, 0, column), as_cell(image))


def test_the_class_of_a_mix_is_in_its_styles(write, styled_conditional):
    args = "mix", "0", "0", f"--ckpt_path={styled_conditional}", "--labels=3,8", "--layers=0-7", "--frames=1"
    picture, model = iio.imread(write("x.png", *args)[0]), load(styled_conditional)
    three, eight = (model.sample(1, label)[0] for label in (3, 8))
    assert not torch.equal(three, eight)
    for column, image in ((0, three), (2, eight), (3, eight)):
        assert np.array_equal(cell(picture, 0, column), as_cell(image))
