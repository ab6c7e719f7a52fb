"""Images on disk: grids as PNG, animations as GIF, arrays as NPZ, and sets of images in either form."""

from __future__ import annotations

import io
import math
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import imageio.v3 as iio
import numpy as np
import torch
from torch import Tensor
from torchvision.utils import make_grid

from gan_lightning.errors import UsageError

IMAGE_SUFFIXES = ".png", ".jpg", ".jpeg", ".bmp", ".webp"

Picture = np.ndarray
"""uint8 (H, W, 3)."""


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


def columns_for(num: int, classes: int) -> int | None:
    """Columns of a grid in which ``num`` images whose ``classes`` labels take turns stand a class to a column."""
    return classes if 4 <= classes <= num else None


def write_png(path: Path, picture: Picture) -> None:
    iio.imwrite(path, picture, extension=".png")


def gif_bytes(frames: list[Picture], frames_per_second: float = 8, rest: float = 1.5) -> bytes:
    """The frames as an endless GIF that shows the last frame for ``rest`` seconds."""
    buffer = io.BytesIO()
    durations = [1000 / frames_per_second] * (len(frames) - 1) + [1000 * rest]
    iio.imwrite(
        buffer, np.stack(frames), extension=".gif", duration=durations if len(frames) > 1 else 1000 * rest, loop=0
    )
    return buffer.getvalue()


def check_writable(path: Path, option: str) -> None:
    """Creates the folder ``path`` if need be.

    Raises:
        UsageError: It cannot be created or written to; the sentence names ``option``.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):  # under a name of its own, as other runs may start at this moment
            pass
    except OSError as error:
        raise UsageError(f"cannot write to {path} ({error.strerror}): choose another folder with {option}") from error


def write_images(path: Path, images: Tensor, labels: Tensor | None, columns: int | None = None) -> None:
    """Images uint8 (N, C, H, W), perhaps with labels (N,), to ``path``: a grid if it ends in .png, or else arrays."""
    if path.suffix == ".npz":
        known = {"images": images, "labels": None if labels is None else labels.long()}
        arrays: dict[str, Any] = {name: value.cpu().numpy() for name, value in known.items() if value is not None}
        np.savez_compressed(path, **arrays)
    else:
        write_png(path, image_grid(images, columns))


def read_images(path: Path, channels: int) -> tuple[Tensor, Tensor | None]:
    """Images uint8 (N, C, H, W), and their labels int64 (N,) if they have any, from what another program wrote.

    Args:
        path: An .npz file with ``images``, (N, C, H, W), (N, H, W, C) or (N, H, W), and perhaps ``labels``; or a
            folder of image files, labelled if they are all in folders called by a number.
        channels: 1 to read image files as grey, 3 as RGB.

    Raises:
        UsageError: There is no such file or folder, it holds no images, a damaged one, images of several sizes,
            or numbers that are not bytes.
    """
    if path.is_dir():
        return read_folder(path, channels)
    try:
        with np.load(path) as arrays:
            contents = {name: arrays[name] for name in arrays.files}
    except Exception as error:
        raise UsageError(f"there are no images at {path}: give a folder of images or an .npz file") from error
    if "images" not in contents:
        raise UsageError(f"{path} has the arrays {', '.join(contents) or 'none'}, and none is called images")
    images = contents["images"]
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise UsageError(f"some images in {path} are NaN or infinite")
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[1] not in (1, 3) and images.shape[-1] in (1, 3):
        images = np.moveaxis(images, -1, 1)
    labels = contents.get("labels")
    return torch.from_numpy(images), None if labels is None else torch.from_numpy(labels.astype(np.int64))


def read_folder(folder: Path, channels: int) -> tuple[Tensor, Tensor | None]:
    """``read_images`` of a folder."""
    paths = image_files(folder)
    pictures = []
    for path in paths:
        try:
            pictures.append(iio.imread(path, mode="L" if channels == 1 else "RGB"))
        except Exception as error:
            raise UsageError(f"{path} is damaged or no image: remove it or make it anew") from error
        if pictures[-1].shape != pictures[0].shape:
            sizes = ["×".join(map(str, picture.shape[:2])) for picture in (pictures[0], pictures[-1])]
            raise UsageError(f"{paths[0]} is of {sizes[0]} pixels and {path} of {sizes[1]}: make them all of one size")
    images = np.stack(pictures)
    labelled = all(path.parent.name.isdigit() for path in paths)
    labels = torch.tensor([int(path.parent.name) for path in paths]) if labelled else None
    return torch.from_numpy(images[:, None] if channels == 1 else np.moveaxis(images, -1, 1)), labels


def image_files(folder: Path) -> list[Path]:
    """The image files anywhere below ``folder``, in order.

    Raises:
        UsageError: There are none.
    """
    paths = sorted(filter(is_image, folder.rglob("*")))
    if not paths:
        raise UsageError(f"there are no images in {folder}: files of images end in {', '.join(IMAGE_SUFFIXES)}")
    return paths


def is_image(path: Path) -> bool:
    """Whether ``path`` is called as image files are; hidden files are not."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
