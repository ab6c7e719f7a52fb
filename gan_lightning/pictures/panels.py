"""Several pictures in one, each below its title."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_lightning.pictures.images import Picture

TEXT_SIZE = 16
"""Pixels from a title's highest letters to its lowest, about."""

LONGEST = 100
"""Letters of a title, of which the words beyond are left out."""


def with_title(picture: Picture, title: str) -> Picture:
    """The picture below one line of text, and white beside the narrower of the two."""
    import matplotlib

    font = ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", TEXT_SIZE)
    line = textwrap.shorten(title, LONGEST, placeholder=" …")
    indent = TEXT_SIZE // 4
    strip = Image.new("RGB", (round(font.getlength(line)) + 2 * indent, sum(font.getmetrics()) + indent), "white")
    ImageDraw.Draw(strip).text((indent, indent), line, fill="black", font=font)
    return arrange([np.asarray(strip), picture], across=1)


def arrange(pictures: Sequence[Picture], across: int, gap: int = 0) -> Picture:
    """The pictures row by row, as wide as the widest of them, with white between and beside them.

    Args:
        pictures: Of any sizes.
        across: How many stand side by side.
        gap: White pixels between one and the next.
    """
    across = min(across, len(pictures))
    width = max(picture.shape[1] for picture in pictures)
    rows = []
    for start in range(0, len(pictures), across):
        row = pictures[start : start + across]
        canvas = np.full((max(len(picture) for picture in row), across * (width + gap) - gap, 3), 255, np.uint8)
        for place, picture in enumerate(row):
            left = place * (width + gap)
            canvas[: picture.shape[0], left : left + picture.shape[1]] = picture
        rows += [np.full((gap, canvas.shape[1], 3), 255, np.uint8), canvas]
    return np.concatenate(rows[1:])
