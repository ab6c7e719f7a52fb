"""Images as HTML: grids whose images are buttons, and films that play. What lies between the images is the page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from gan_lightning.pictures.images import data_url

STATIC = Path(__file__).parent / "static"
"""Scripts and styles of the page."""


def script(name: str) -> str:
    """The JavaScript that ``name`` brings to life."""
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")


def png_url(image: Tensor) -> str:
    """An image uint8 (C, H, W), grey or RGB, as an address."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image.permute(1, 2, 0).squeeze(2).numpy())).save(buffer, "PNG")
    return data_url(buffer.getvalue(), "image/png")


def grid(images: Tensor, names: Sequence[str], columns: int, notes: Sequence[str] = (), plain: bool = False) -> str:
    """Images as buttons, row by row.

    Args:
        images: uint8 (N, C, H, W), grey or RGB.
        names: What each is called, for those who point at it or cannot see it.
        columns: Images in a row.
        notes: What stands below each, if anything.
        plain: Whether there is nothing to be pressed.
    """
    kind = "span" if plain else "button"
    parts = [
        f'<{kind} class="cell" data-index="{index}" tabindex="{-1 if index or plain else 0}" title="{escape(name)}">'
        f'<img src="{png_url(image)}" alt="{escape(name)}">'
        + (f"<small>{escape(notes[index])}</small>" if notes else "")
        + f"</{kind}>"
        for index, (image, name) in enumerate(zip(images, names, strict=True))
    ]
    return f'<div class="cells" data-columns="{columns}" style="--columns: {columns}">{"".join(parts)}</div>'


def film(images: Tensor, columns: int) -> str:
    """Images uint8 (F, C, H, W) one after the other: a screen, a button that plays, a slider, and all of them below."""
    names = [f"frame {number} of {len(images)}" for number in range(1, len(images) + 1)]
    return (
        f'<div class="film"><img class="screen" src="{png_url(images[0])}" alt="the frame that is shown">'
        f'<div class="bar"><button class="play">Play</button><input type="range" min="0" max="{len(images) - 1}" '
        f'value="0" aria-label="Frame"></div>{grid(images, names, columns)}</div>'
    )
