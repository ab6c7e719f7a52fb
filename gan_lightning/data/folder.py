"""Any folder of images as a data set."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from gan_lightning.data.pictures import PictureDataModule, check_pictures, hold_out
from gan_lightning.data.streaming import Pictures
from gan_lightning.errors import UsageError
from gan_lightning.pictures.decoding import is_image
from gan_lightning.pictures.reading import SUFFIXES

TEST_FOLDERS = "test", "val", "valid", "validation"
"""What the folder beside ``train`` may be called; the first of them that is there is the test split."""


class ImageFolderDataModule(PictureDataModule):
    """The images in a folder, in any sizes: a class for each sub-folder, or one class where there are none.

    ``train/`` and ``test/`` (or ``val/``) in it are the splits; otherwise a share of each class is held out as the test
    split, which serves for validation, too. Each image is turned upright, cropped to the square in its middle and
    resized with antialiasing; what is transparent lies on white. Whatever Pillow reads is read. A folder that is too
    large for memory is decoded while training; then the figures see at most 10,000 images of a split.

    Args:
        root: The folder.
        image_size: Side of the square images in pixels.
        channels: 3 for RGB, 1 for grey; whatever the files hold is converted.
        batch_size: Images in a batch, for each process.
        normalization: (mean, std): a pixel p in [0, 1] becomes (p - mean) / std.
        test_fraction: Share of each class that is held out where the folder has no test split.
        seed: Of the images held out and of the order of the batches.
        in_memory: Whether all images are decoded at once and kept as bytes; by default if they take at most 2 GB.
        num_workers: Threads that decode at once, or processes that decode while training; by default up to 4.
        skip_corrupt: Whether images that cannot be decoded are left out, with a warning; otherwise they are an error.

    Raises:
        UsageError: An argument is out of range, or the folder is not there, holds no images, or too few; while loading:
            an image cannot be decoded.
    """

    def __init__(
        self,
        root: str,
        image_size: int = 64,
        channels: int = 3,
        batch_size: int = 128,
        normalization: tuple[float, float] = (0.5, 0.5),
        test_fraction: float = 0.1,
        seed: int = 0,
        in_memory: bool | None = None,
        num_workers: int | None = None,
        skip_corrupt: bool = False,
    ) -> None:
        check_pictures(image_size, channels, test_fraction)
        folder = Path(root)
        splits = list_splits(folder, test_fraction, seed)
        names = sorted({file.class_name for file in splits[True]})
        check_classes(folder, names, splits[False])
        train, test = (
            FilePictures([f.path for f in splits[split]], labels_of(splits[split], names), image_size, channels)
            for split in (True, False)
        )
        super().__init__(
            dataset=name_of(folder, splits),
            train=train,
            test=test,
            class_names=names,
            in_memory=in_memory,
            num_workers=num_workers,
            skip_corrupt=skip_corrupt,
            batch_size=batch_size,
            normalization=normalization,
            seed=seed,
        )
        self.save_hyperparameters()


class FilePictures(Pictures):
    """Image files.

    Args:
        paths: Of the N files.
        labels: int64 (N,).
        image_size: Side in pixels of the images that they become.
        channels: 1 for grey, 3 for RGB.
    """

    def __init__(self, paths: Sequence[Path], labels: Tensor, image_size: int, channels: int) -> None:
        super().__init__(labels, image_size, channels)
        self.paths = paths

    def open(self, index: int) -> Path:
        return self.paths[index]

    def name(self, index: int) -> str:
        return str(self.paths[index])

    def subset(self, indices: Tensor) -> FilePictures:
        paths = [self.paths[index] for index in indices.tolist()]
        return FilePictures(paths, self.labels[indices], self.image_size, self.channels)


class File(NamedTuple):
    """An image and the sub-folder that it is in, or the folder itself where there are none."""

    path: Path
    class_name: str


def list_splits(root: Path, test_fraction: float, seed: int) -> dict[bool, list[File]]:
    """The files of the training split (True) and of the test split (False) of the folder ``root``.

    Raises:
        UsageError: There are none, or too few to hold some out.
    """
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}: give one that holds images with --data.root")
    only_class = root.resolve().name
    if (root / "train").is_dir():
        for name in TEST_FOLDERS:
            if (root / name).is_dir():
                return {split: list_files(root / (name, "train")[split], only_class) for split in (True, False)}
        root = root / "train"
    files = list_files(root, only_class)
    labels = labels_of(files, sorted({file.class_name for file in files}))
    held_out = hold_out(str(root), labels, test_fraction, seed).tolist()
    return {
        split: [file for file, out in zip(files, held_out, strict=True) if out is not split] for split in (True, False)
    }


def list_files(folder: Path, only_class: str) -> list[File]:
    """The images in ``folder``, all of them in folders of classes, or none, which are of ``only_class``.

    Raises:
        UsageError: There are none, or some in folders and some not.
    """
    entries = sorted(path for path in folder.iterdir() if not is_hidden(path.name))
    loose = [File(path, only_class) for path in entries if is_image(path)]
    found = {path.name: sorted(filter(is_image, path.rglob("*"))) for path in entries if path.is_dir()}
    files = [
        File(path, name)
        for name, paths in found.items()
        for path in paths
        if not any(map(is_hidden, path.relative_to(folder).parts))
    ]
    if loose and files:
        raise UsageError(
            f"{folder} holds images such as {loose[0].path.name} beside folders of images such as "
            f"{files[0].class_name}: put every image into the folder of its class, or all into one folder"
        )
    if not loose and not files:
        raise UsageError(f"there are no images in {folder}: {SUFFIXES}")
    empty = sorted(set(found) - {file.class_name for file in files})
    if empty and files:
        rank_zero_warn(f"{folder} has folders without images, which are no classes: {', '.join(empty)}")
    return loose or files


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is some program's own, such as a Mac's in an archive."""
    return name.startswith((".", "__MACOSX"))


def labels_of(files: list[File], names: list[str]) -> Tensor:
    """The place of each file's class among ``names``, int64 (N,)."""
    label_of = {name: label for label, name in enumerate(names)}
    return torch.tensor([label_of[file.class_name] for file in files])


def name_of(root: Path, splits: dict[bool, list[File]]) -> str:
    """The folder's name and a hash of the names and sizes of the files in either split."""
    files = [(train, file.path) for train in splits for file in splits[train]]
    lines = [f"{train} {path.relative_to(root)} {path.stat().st_size if path.exists() else 0}" for train, path in files]
    return f"{root.resolve().name}_{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:8]}"


def check_classes(root: Path, names: list[str], test: list[File]) -> None:
    """Raises UsageError where the test split of ``root`` has a class that the training split, with ``names``, lacks."""
    unknown = sorted({file.class_name for file in test} - set(names))
    if unknown:
        raise UsageError(
            f"the test split of {root} has the class {unknown[0]}, and its training split has {', '.join(names)}: "
            "give both the same folders of classes"
        )
