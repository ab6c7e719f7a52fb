"""Sets of images that another program wrote, as a folder or an .npz file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_lightning.errors import UsageError
from gan_lightning.pictures.arrays import read_npz
from gan_lightning.pictures.decoding import decode, is_image

SUFFIXES = "files of images end in .png, .jpg, .tif, .webp or whatever else Pillow reads"


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
    images, labels = read_npz(path)
    return torch.from_numpy(images), None if labels is None else torch.from_numpy(labels)


def read_folder(folder: Path, channels: int) -> tuple[Tensor, Tensor | None]:
    """``read_images`` of a folder."""
    paths = image_files(folder)
    pictures: list[np.ndarray] = []
    for path in paths:
        pictures.append(np.array(decode(path, channels, str(path))))
        if pictures[-1].shape != pictures[0].shape:
            sizes = ["×".join(map(str, picture.shape[:2])) for picture in (pictures[0], pictures[-1])]
            raise UsageError(f"{paths[0]} is of {sizes[0]} pixels and {path} of {sizes[1]}: make them all of one size")
    images = np.stack(pictures)
    labelled = all(path.parent.name.isdecimal() and len(path.parent.name) < 10 for path in paths)
    labels = torch.tensor([int(path.parent.name) for path in paths]) if labelled else None
    return torch.from_numpy(images[:, None] if channels == 1 else np.moveaxis(images, -1, 1)), labels


def image_files(folder: Path) -> list[Path]:
    """The image files anywhere below ``folder``, in order.

    Raises:
        UsageError: There are none.
    """
    paths = sorted(filter(is_image, folder.rglob("*")))
    if not paths:
        raise UsageError(f"there are no images in {folder}: {SUFFIXES}")
    return paths
