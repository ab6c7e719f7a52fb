"""Images of any size that a model is to reconstruct, read as images of its own size."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PIL import Image
from torch import Tensor, stack

from gan_lightning.data.streaming import to_square
from gan_lightning.errors import UsageError
from gan_lightning.networks.base import ImageShape
from gan_lightning.pictures.decoding import decode
from gan_lightning.pictures.reading import image_files, read_images


class Targets(NamedTuple):
    """What a model is to reconstruct.

    Args:
        images: uint8 (N, C, H, W).
        names: What each is called.
        labels: What they show, int64, if an .npz file says it.
    """

    images: Tensor
    names: list[str]
    labels: Tensor | None = None


def read_targets(words: str, image_shape: ImageShape) -> Targets:
    """Images of ``image_shape`` from files of any sizes.

    Args:
        words: An image file, several with commas between them, a folder of them, or an .npz file with ``images`` and
            perhaps ``labels``.
        image_shape: (channels, height, width) of what they become: the square in the middle, resized with
            antialiasing, grey or RGB.

    Raises:
        UsageError: There is no such file, it is damaged, or there are no images in it.
    """
    path = Path(words)
    if path.suffix == ".npz":
        images, labels = read_arrays(path, image_shape)
        return Targets(images, [f"image {index}" for index in range(len(images))], labels)
    named = [path] if path.exists() else [Path(word) for word in words.split(",")]
    paths = image_files(path) if path.is_dir() else named
    return Targets(stack([read_target(file, image_shape) for file in paths]), [str(file) for file in paths])


def read_target(path: Path, image_shape: ImageShape) -> Tensor:
    """The image file at ``path`` as uint8 (C, H, W) of ``image_shape``.

    Raises:
        UsageError: There is no such file, or it is damaged.
    """
    if not path.is_file():
        raise UsageError(f"there is no image at {path}: give an image file, such as one that ends in .png or .jpg")
    return to_square(decode(path, image_shape[0], str(path)), image_shape[1])


def read_arrays(path: Path, image_shape: ImageShape) -> tuple[Tensor, Tensor | None]:
    """The ``images`` in an .npz file as uint8 (N, C, H, W) of ``image_shape``, and its ``labels``, if it has any.

    Raises:
        UsageError: They cannot be read, or are no bytes.
    """
    images, labels = read_images(path, image_shape[0])
    if images.shape[1] not in (1, 3):
        raise UsageError(f"images in {path} have {images.shape[1]} channels, not 1 (grey) or 3 (RGB): convert them")
    if tuple(images.shape[1:]) == tuple(image_shape):
        return images, labels
    pictures = [Image.fromarray(image.permute(1, 2, 0).squeeze(2).numpy()) for image in images]
    return stack([to_square(decode(p, image_shape[0], str(path)), image_shape[1]) for p in pictures]), labels
