"""Data sets of the user's own, by the paths of their ``Source`` objects, as classes are named."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_lightning.data.sources import SOURCES, Source
from gan_lightning.errors import UsageError, nearest


def find_source(name: str) -> Source:
    """The data set of that name: one of ``SOURCES``, or a ``Source`` of a module that was imported, such as my_data.x.

    Nothing is imported or called for it, since the name may be a checkpoint's: the command line imports what was typed.

    Raises:
        UsageError: There is none.
    """
    if name in SOURCES:
        return SOURCES[name]
    module, dot, attribute = name.rpartition(".")
    if not dot:
        own = "or a Source of your own by its path, such as my_data.letters"
        raise UsageError(f"there is no data set {name!r}: --data.dataset takes {', '.join(SOURCES)}, {own}")
    if module not in sys.modules:
        raise UsageError(f"the data set {name} is not known here: give --import {module}")
    source = getattr(sys.modules[module], attribute, None)
    if source is None:
        raise UsageError(f"{module} has no {attribute}: {nearest(attribute, dir(sys.modules[module]))}")
    if not isinstance(source, Source):
        raise UsageError(
            f"{name} is no data set, but of type {type(source).__name__}: make it a gan_lightning.data.Source"
            "(image_size, num_classes, load)"
        )
    if source.channels not in (1, 3):
        raise UsageError(f"{name} has {source.channels} channels, not 1 (grey) or 3 (RGB): convert its images")

    def load(root: Path, train: bool, download: bool) -> tuple[Tensor, Tensor]:
        return check_split(name, source, source.load(root, train, download))

    return replace(source, load=load)


def check_split(name: str, source: Source, split: Any) -> tuple[Tensor, Tensor]:
    """The images and labels that ``load`` of a source gave, as tensors.

    Raises:
        UsageError: They are not what the source says, or there are none.
    """
    shape = (source.channels, source.image_size, source.image_size)
    if not (isinstance(split, (tuple, list)) and len(split) == 2):
        raise UsageError(f"{name} gives a {type(split).__name__}, not a pair of all images and all labels of a split")
    try:
        images, labels = map(torch.as_tensor, split)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"{name} gives images or labels that are no tensors nor NumPy arrays: {error}") from error
    if images.dtype != torch.uint8 or tuple(images.shape[1:]) != shape or not len(images):
        found = f"{str(images.dtype).removeprefix('torch.')} of shape {tuple(images.shape)}"
        raise UsageError(f"{name} gives images that are {found}, not bytes (uint8) of shape (N, {str(shape)[1:]}")
    if labels.dtype.is_floating_point or labels.shape != images.shape[:1]:
        found = f"{str(labels.dtype).removeprefix('torch.')} of shape {tuple(labels.shape)}"
        raise UsageError(f"{name} gives labels that are {found}, not a whole number for each of {len(images)} images")
    if not 0 <= int(labels.min()) <= int(labels.max()) < source.num_classes:
        raise UsageError(
            f"{name} gives labels from {int(labels.min())} to {int(labels.max())}, and its num_classes is "
            f"{source.num_classes}: number the classes from 0"
        )
    return images, labels.long()


def fingerprint(*parts: Tensor) -> str:
    """Eight digits that stand for the content of tensors."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.contiguous().numpy().tobytes())
    return digest.hexdigest()[:8]
