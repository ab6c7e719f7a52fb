"""Pixel figures of images whose figures follow from their making."""

import math

import pytest
import torch

from gan_lightning.errors import UsageError
from gan_lightning.metrics import PixelFigures


def figures(*batches):
    metric = PixelFigures(tuple(batches[0].shape[1:]))
    for batch in batches:
        metric.update(batch)
    return {name: float(value) for name, value in metric.compute().items()}


def grey(level, n=1, size=8):
    return torch.full((n, 1, size, size), level, dtype=torch.uint8)


def test_constant_images():
    assert figures(grey(51, n=4)) == pytest.approx({"pixel_diversity": 0, "sharpness": 0, "contrast": 0})


def test_black_and_white_images_differ_by_half_in_every_pixel():
    found = figures(grey(0), grey(255))
    assert found == pytest.approx({"pixel_diversity": 0.5, "sharpness": 0, "contrast": 0})


def test_checkerboard():
    """Every pixel differs from its four neighbours by one: ∇²x = ±4, in equal numbers; half the pixels are white."""
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2
    found = figures(board.mul(255).byte()[None, None])
    assert found == pytest.approx({"pixel_diversity": 0, "sharpness": 16, "contrast": 0.5})


def test_a_ramp_is_not_sharp():
    ramp = torch.arange(8).mul(17).byte().expand(8, 8)[None, None]
    found = figures(ramp)
    assert found["sharpness"] == pytest.approx(0, abs=1e-12)
    assert found["contrast"] == pytest.approx(17 / 255 * math.sqrt((64 - 1) / 12))


def test_batches_add_up():
    images = torch.randint(256, (1100, 3, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert figures(images) == pytest.approx(figures(*images.split(7)), rel=1e-9)


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (torch.zeros(2, 1, 8, 8), "these are float32"),
        (grey(0, size=9), r"of \(channels, height, width\) \(1, 8, 8\), and these of \(1, 9, 9\)"),
        (torch.zeros(2, 8, 8, dtype=torch.uint8), r"and these of \(8, 8\)"),
    ],
    ids=["dtype", "size", "dimensions"],
)
def test_images_of_another_kind_are_refused(images, sentence):
    with pytest.raises(UsageError, match=sentence):
        PixelFigures((1, 8, 8)).update(images)
