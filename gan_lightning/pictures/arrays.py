"""Images and labels in .npz files, looked at before they are read: the header says what would fill the memory."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from gan_lightning.errors import UsageError

LARGE = 2**30
"""Bytes of arrays below which a file may be compressed as well as it likes."""

RATIO = 100
"""How much larger than their file larger arrays may be. Compressed images reach 10; nothing but zeros reaches 1000."""


def read_npz(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """The arrays ``images``, uint8 (N, C, H, W), and ``labels``, int64 (N,), if there are any, of the file at ``path``.

    Images may be (N, H, W, C) or (N, H, W) in the file, and labels whole numbers of any type.

    Raises:
        UsageError: There is no such file, it is damaged, or its arrays are something else, or larger than their file
            can honestly be.
    """
    if path.suffix != ".npz" or not path.is_file():
        raise UsageError(f"there are no images at {path}: give a folder of images or an .npz file")
    try:
        found = read_members(path, ("images", "labels"))
    except UsageError:
        raise
    except Exception as error:  # whatever a damaged file makes the readers of zip files and arrays raise
        raise UsageError(f"{path} is damaged or no .npz file: write it anew with numpy.savez") from error
    images, labels = found["images"], found.get("labels")
    return to_images(images, path), None if labels is None else to_labels(labels, path)


def read_members(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Those arrays of ``names`` that the file has, the first of which it must have."""
    with zipfile.ZipFile(path) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        if names[0] not in members:
            raise UsageError(f"{path} has the arrays {', '.join(members) or 'none'}, and none is called {names[0]}")
        for name in names:
            if name in members:
                check_header(archive, members[name], path)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names if name in members}


def check_header(archive: zipfile.ZipFile, member: str, path: Path) -> None:
    """Raises UsageError where an array holds objects, or declares or unfolds to more than the file can hold."""
    with archive.open(member) as file:
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[npy.read_magic(file)]
        shape, _, dtype = read(file)
    name = member.removesuffix(".npy")
    if dtype.hasobject:
        raise UsageError(f"{name} in {path} are Python objects, which could run code: save them as an array of numbers")
    size, stored = math.prod(shape) * dtype.itemsize, archive.getinfo(member).file_size
    if size > stored or max(size, stored) > max(LARGE, RATIO * path.stat().st_size):
        raise UsageError(
            f"{name} in {path} declare {size:,} bytes, which are not in a file of its size: do not trust it"
        )


def to_images(images: np.ndarray, path: Path) -> np.ndarray:
    """``images`` as (N, C, H, W). Raises UsageError where they are no bytes, or none."""
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise UsageError(f"some images in {path} are NaN or infinite")
    if images.dtype != np.uint8:
        raise UsageError(
            f"images are bytes from 0 to 255 (uint8), and those in {path} are {images.dtype}: scale, round and convert "
            "them"
        )
    if images.ndim not in (3, 4) or not images.size:
        raise UsageError(
            f"images are of shape (N, channels, height, width), and those in {path} of {images.shape}: reshape them"
        )
    if images.ndim == 3:
        return images[:, None]
    if images.shape[1] not in (1, 3) and images.shape[-1] in (1, 3):
        return np.moveaxis(images, -1, 1)
    return images


def to_labels(labels: Any, path: Path) -> np.ndarray:
    """``labels`` as int64 (N,). Raises UsageError where they are no whole numbers."""
    if labels.dtype.kind in "USOV":
        raise UsageError(f"labels in {path} are text: number the classes from 0 up")
    if labels.dtype.kind not in "iuf":
        raise UsageError(f"labels in {path} are {labels.dtype}: give whole numbers from 0 up")
    if labels.ndim != 1:
        raise UsageError(f"labels in {path} are of shape {labels.shape}: give one whole number for each image")
    whole = labels.astype(np.int64)
    if not (whole == labels).all():
        raise UsageError(f"labels in {path} are whole numbers, and {labels[whole != labels][0]} is none: round them")
    return whole
