"""The one reader of image files: whatever they hold becomes upright bytes, grey or RGB, over white."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from lightning.pytorch.utilities import rank_zero_warn
from PIL import Image, ImageOps

from gan_lightning.errors import UsageError

MAX_PIXELS = 2**26
"""An image of more is refused before it is decoded: a file of a few kilobytes can hold gigabytes."""

FOREIGN = {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG"}
"""Formats that Pillow knows by name but hands over to another program, which a picture must not start, or to nobody."""

Source = Path | BinaryIO | Image.Image

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # for the pictures within files of icons, which Pillow alone sees


@cache
def formats() -> dict[str, str]:
    """The format of each suffix that is read, such as PNG of .png."""
    return {
        suffix: name for suffix, name in Image.registered_extensions().items() if name in Image.OPEN.keys() - FOREIGN
    }


def is_image(path: Path) -> bool:
    """Whether ``path`` is called as image files are, and is no folder; hidden files are not."""
    return path.suffix.lower() in formats() and not path.name.startswith(".") and not path.is_dir()


def decode(source: Source, channels: int, name: str) -> Image.Image:
    """A picture, turned upright, in mode L (1 channel) or RGB (3), 8 bits each; what is transparent lies over white.

    Args:
        source: An image file, or what Pillow has made of it.
        channels: 1 or 3.
        name: What a message calls it.

    Raises:
        UsageError: There is no such file, it holds no image or a damaged one, or one of too many pixels.
    """
    if isinstance(source, Path) and not source.is_file():
        raise UsageError(
            f"there is no image file at {name}{', which is a broken link' * source.is_symlink()}: remove it"
        )
    try:
        picture = (
            source if isinstance(source, Image.Image) else Image.open(source, formats=list(set(formats().values())))
        )
        check_size(picture, name)
        picture.load()
        picture = over_white(to_8_bits(ImageOps.exif_transpose(picture), name))
        return picture.convert("L" if channels == 1 else "RGB")
    except UsageError:
        raise
    except Exception as error:  # Pillow's readers of fifty formats raise whatever a damaged file leads them to
        raise UsageError(f"{name} is damaged or no image: remove it or make it anew") from error


def check_size(picture: Image.Image, name: str) -> None:
    """Raises UsageError where a picture, which may not be decoded yet, has too many pixels."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise UsageError(f"{name} has {width}×{height} pixels, and at most {MAX_PIXELS:,} are read: scale it down")


def to_8_bits(picture: Image.Image, name: str) -> Image.Image:
    """Grey pictures of more bits, which Pillow would clip instead of scaling them."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    pixels = np.asarray(picture)
    if pixels.dtype.kind == "f" or pixels.min() < 0 or pixels.max() >= 2**16:
        raise UsageError(f"{name} has pixels of more than 16 bits: convert it to 8")
    sixteen = picture.mode.startswith("I;16") or pixels.max() >= 2**8
    return Image.fromarray((pixels >> 8 if sixteen else pixels).astype(np.uint8))


def over_white(picture: Image.Image) -> Image.Image:
    """A transparent picture on white paper; others as they are."""
    if not picture.has_transparency_data:
        return picture
    picture = picture.convert("RGBA")
    if picture.getchannel("A").getextrema()[0] == 255:
        return picture
    rank_zero_warn("some images are transparent: they are read as they look on white")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
