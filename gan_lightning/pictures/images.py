"""Images that are written: grids as PNG, animations as GIF, arrays as NPZ."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
from torch import Tensor
from torchvision.utils import make_grid

from gan_lightning.storage.writing import replacing

Picture = np.ndarray
"""uint8 (H, W, 3)."""

MIN_SIDE = 224
"""Pixels that an animation of one small image at a time is enlarged to."""


def image_grid(images: Tensor, columns: int | None = None, margin: int = 2, enlarge: bool = True) -> Picture:
    """Images uint8 (N, C, H, W) side by side, row by row.

    Args:
        images: With one channel (grey) or three (RGB).
        columns: Images in a row; by default as many as make the grid about square.
        margin: White pixels between images.
        enlarge: Whether images below 64 pixels are enlarged by a whole factor, to be seen.
    """
    columns = columns or math.ceil(math.sqrt(len(images)))
    zoom = max(1, 64 // images.shape[-1]) if enlarge else 1
    enlarged = images.cpu().repeat_interleave(zoom, dim=-1).repeat_interleave(zoom, dim=-2)
    return make_grid(enlarged, nrow=columns, padding=margin, pad_value=255).permute(1, 2, 0).numpy()


def single(image: Tensor) -> Picture:
    """An image (C, H, W) large enough to be watched."""
    zoom = -(-MIN_SIDE // image.shape[-1])
    return image_grid(image.repeat_interleave(zoom, -1).repeat_interleave(zoom, -2)[None], margin=0, enlarge=False)


def columns_for(num: int, classes: int) -> int | None:
    """Columns of a grid in which ``num`` images whose ``classes`` labels take turns stand a class to a column."""
    return classes if 4 <= classes <= num else None


def write_png(path: Path, picture: Picture) -> None:
    with replacing(path) as partial:
        iio.imwrite(partial, picture, extension=".png")


def gif_bytes(frames: list[Picture], frames_per_second: float = 8, rest: float = 1.5) -> bytes:
    """The frames as an endless GIF that shows the last frame for ``rest`` seconds."""
    buffer = io.BytesIO()
    durations = [1000 / frames_per_second] * (len(frames) - 1) + [1000 * rest]
    iio.imwrite(
        buffer, np.stack(frames), extension=".gif", duration=durations if len(frames) > 1 else 1000 * rest, loop=0
    )
    return buffer.getvalue()


def data_url(content: bytes, kind: str) -> str:
    """The content of a file of that kind, such as image/png, as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def write_images(path: Path, images: Tensor, labels: Tensor | None, columns: int | None = None) -> None:
    """Images uint8 (N, C, H, W), perhaps with labels (N,), to ``path``: a grid if it ends in .png, or else arrays."""
    if path.suffix == ".npz":
        known = {"images": images, "labels": None if labels is None else labels.long()}
        write_arrays(path, {name: value for name, value in known.items() if value is not None})
    else:
        write_png(path, image_grid(images, columns))


def write_arrays(path: Path, arrays: Mapping[str, Tensor]) -> None:
    """Tensors by name, to ``path``, which ends in .npz."""
    contents: dict[str, Any] = {name: array.cpu().numpy() for name, array in arrays.items()}
    with replacing(path) as partial:
        np.savez_compressed(partial, **contents)
