"""Every reader sees the same pixels: 16 bits scaled, turned upright, ink on white paper."""

import numpy as np
import pytest
import torch
from image_folders import image_folder
from PIL import Image

from gan_lightning.commands.targets import read_target
from gan_lightning.errors import UsageError
from gan_lightning.pictures.decoding import MAX_PIXELS, decode
from gan_lightning.pictures.reading import read_images


def read_everywhere(folder, channels=1):
    """What ``evaluate``, ``fit`` and ``invert`` see of the two files in a folder, which are alike."""
    data = image_folder(folder, channels=channels, in_memory=True)
    data.setup("fit")
    measured, trained = read_images(folder, channels)[0][0], data.images(True)[0][0]
    path = next(path for path in sorted(folder.iterdir()))
    target = read_target(path, (channels, 8, 8))
    assert torch.equal(measured, trained)
    assert torch.equal(measured, target)
    return measured


def save_twice(folder, picture, suffix=".png", **options):
    for name in "ab":
        picture.save(folder / f"{name}{suffix}", **options)


def test_16_bits_are_scaled(tmp_path):
    save_twice(tmp_path, Image.fromarray(np.full((8, 8), 0x80FF, np.uint16)))
    assert read_everywhere(tmp_path).unique().tolist() == [0x80]


def test_rotation_is_undone(tmp_path):
    pixels = np.zeros((8, 8), np.uint8)
    pixels[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    save_twice(tmp_path, Image.fromarray(pixels), exif=exif)
    assert read_everywhere(tmp_path)[0, :, -1].tolist() == [255] * 8


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.filterwarnings("ignore:some images are transparent")
def test_ink_on_transparent_paper_is_on_white(tmp_path, channels):
    ink = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    ink.putpixel((2, 3), (0, 0, 0, 255))
    save_twice(tmp_path, ink)
    seen = read_everywhere(tmp_path, channels)
    assert (seen[:, 3, 2].unique().tolist(), seen[:, 0, 0].unique().tolist()) == ([0], [255])


def test_transparency_is_told_and_an_opaque_alpha_is_not(recwarn):
    decode(Image.new("RGBA", (8, 8), (1, 2, 3, 255)), 3, "x")
    assert not recwarn
    with pytest.warns(UserWarning, match="some images are transparent: they are read as they look on white"):
        decode(Image.new("LA", (8, 8), (0, 100)), 1, "x")


def test_a_folder_of_several_formats_is_read_whole(tmp_path):
    for index, suffix in enumerate(["png", "tif", "gif", "tga", "jp2", "ppm"]):
        Image.new("L", (8, 8), 10 * index).save(tmp_path / f"{index}.{suffix}")
    images, _ = read_images(tmp_path, 1)
    assert images[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40, 50]


def test_a_broken_link_is_named(tmp_path):
    save_twice(tmp_path, Image.new("L", (8, 8)))
    (tmp_path / "c.png").symlink_to("nowhere")
    for read in (lambda: read_images(tmp_path, 1), lambda: read_everywhere(tmp_path)):
        with pytest.raises(UsageError, match=r"c\.png, which is a broken link: remove it"):
            read()


def test_too_many_pixels_are_refused_before_they_are_decoded():
    side = int(MAX_PIXELS**0.5)
    assert decode(Image.new("L", (side // 64, 8)), 1, "x").size == (side // 64, 8)
    with pytest.raises(UsageError, match=r"x has 8193×8192 pixels, and at most 67,108,864 are read: scale it down"):
        decode(Image.new("1", (side + 1, side)), 1, "x")
