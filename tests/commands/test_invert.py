"""What invert writes is what the model draws from the latents that it is said to be drawn from."""

import imageio.v3 as iio
import numpy as np
import torch
from helpers import as_cell, cell

from gan_lightning import load

QUICK = "--steps=5", "--restarts=1"


def test_inversion_writes_what_it_found(write, conditional, tmp_path):
    model = load(conditional)
    images = model.sample(6, seed=5)
    np.savez(tmp_path / "drawn.npz", images=images.numpy())
    output, out = write("found.npz", "invert", tmp_path / "drawn.npz", f"--ckpt_path={conditional}")
    found = dict(np.load(output))
    kinds = {name: (str(array.dtype), array.shape) for name, array in found.items()}
    assert kinds == {
        "latents": ("float32", (6, 8)),
        "labels": ("int64", (6,)),
        "images": ("uint8", (6, 1, 28, 28)),
        "targets": ("uint8", (6, 1, 28, 28)),
        "errors": ("float32", (6,)),
    }
    assert np.array_equal(found["targets"], images.numpy())
    assert found["labels"].tolist() == [3, 5, 8, 3, 5, 8]
    assert found["errors"].max() < 0.05
    difference = (found["images"].astype(float) - found["targets"]) / 255
    assert np.allclose(found["errors"], np.sqrt((difference**2).mean(axis=(1, 2, 3))), atol=1e-6)
    drawn = model.render(torch.from_numpy(found["latents"]), torch.from_numpy(found["labels"]))
    assert np.array_equal(drawn.numpy(), found["images"])
    for index in range(6):
        assert f"image {index}: {found['errors'][index]:.3f}, drawn as label {found['labels'][index]}" in out
    assert f"mean error {found['errors'].mean():.3f}" in out


def test_given_labels_are_kept(write, conditional, tmp_path):
    np.savez(tmp_path / "drawn.npz", images=load(conditional).sample(3).numpy())
    args = "invert", tmp_path / "drawn.npz", f"--ckpt_path={conditional}", "--labels=8,5", *QUICK
    assert np.load(write("x.npz", *args)[0])["labels"].tolist() == [8, 5, 8]


def test_labels_in_the_file_are_kept_unless_others_are_given(write, conditional, grey, tmp_path):
    np.savez(tmp_path / "drawn.npz", images=load(conditional).sample(3).numpy(), labels=[8, 3, 3])

    def found(*args):
        return np.load(write("x.npz", "invert", tmp_path / "drawn.npz", *args, *QUICK)[0])

    assert found(f"--ckpt_path={conditional}")["labels"].tolist() == [8, 3, 3]
    assert found(f"--ckpt_path={conditional}", "--labels=5")["labels"].tolist() == [5, 5, 5]
    assert "labels" not in found(f"--ckpt_path={grey}"), "an unconditional model has no use for them"


def test_a_picture_shows_targets_above_their_reconstructions(write, grey, tmp_path):
    for index, image in enumerate(load(grey).sample(12)):
        iio.imwrite(tmp_path / f"{index:02d}.png", image[0].numpy())
    args = "invert", tmp_path, f"--ckpt_path={grey}", *QUICK
    found = np.load(write("x.npz", *args)[0])
    assert "labels" not in found
    picture = iio.imread(write("x.png", *args)[0])
    assert picture.shape == (4 * 58 + 2, 10 * 58 + 2, 3)
    for index in range(12):
        row, column = divmod(index, 10)
        assert np.array_equal(cell(picture, 2 * row, column), as_cell(torch.from_numpy(found["targets"][index])))
        assert np.array_equal(cell(picture, 2 * row + 1, column), as_cell(torch.from_numpy(found["images"][index])))
    assert (cell(picture, 2, 2) == 255).all()


def test_targets_are_the_square_in_the_middle_in_the_models_size_and_channels(write, grey, rgb, tmp_path):
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255, 0, 0
    iio.imwrite(tmp_path / "wide.png", pixels)
    np.savez(tmp_path / "wide.npz", images=pixels[None])
    for source in ("wide.png", "wide.npz"):
        red = np.load(write("x.npz", "invert", tmp_path / source, f"--ckpt_path={rgb}", *QUICK)[0])["targets"]
        assert red.shape == (1, 3, 16, 16)
        assert (red == np.array([255, 0, 0])[None, :, None, None]).all()
        shades = np.load(write("x.npz", "invert", tmp_path / source, f"--ckpt_path={grey}", *QUICK)[0])["targets"]
        assert shades.shape == (1, 1, 28, 28)
        assert set(np.unique(shades)) == {76}, "the luminance of red"
