"""Data sets of the Hugging Face hub, or saved by its ``datasets`` library."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_lightning.checkpoints.shape import COUNT, check_shape
from gan_lightning.data.columns import Columns, Rows
from gan_lightning.data.loader import Loader, to_float
from gan_lightning.data.pictures import MEASURED_IMAGES, PictureDataModule, check_pictures, hold_out
from gan_lightning.data.streaming import read_all
from gan_lightning.errors import UsageError
from gan_lightning.training.seeding import stream_seed

SHUFFLE_BUFFER = 1000
"""Images of a stream, still encoded, among which the next is chosen at random."""


class HuggingFaceDataModule(PictureDataModule):
    """A data set of the Hugging Face hub, or a folder that ``save_to_disk`` wrote; it needs the package ``datasets``.

    Each image is turned upright, cropped to the square in its middle and resized with antialiasing. A data set that is
    too large for memory is decoded while training; then the figures see at most 10,000 images of a split.

    With ``streaming`` nothing is stored: images come one after the other and are shuffled a thousand at a time. Then
    the data set must have a test split, and classes as a ``ClassLabel``; the figures see the first 10,000 images; there
    is one process; and a resumed run does not go on with the very next batch but begins another pass.

    Args:
        path: Name on the hub, such as zalando-datasets/fashion_mnist, or a folder.
        name: Which of the data set's configurations.
        image_column: The column of images.
        label_column: The column of classes; null for none.
        train_split: The training split.
        test_split: The test split; where there is no "test", a share of each class of the training split is held out.
        image_size: Side of the square images in pixels.
        channels: 3 for RGB, 1 for grey; whatever the data set holds is converted.
        batch_size: Images in a batch, for each process.
        normalization: (mean, std): a pixel p in [0, 1] becomes (p - mean) / std.
        test_fraction: Share of each class that is held out where there is no test split.
        seed: Of the images held out and of the order of the batches.
        in_memory: Whether all images are decoded at once and kept as bytes; by default if they take at most 2 GB.
        num_workers: Threads that decode at once, or processes that decode while training; by default up to 4.
        skip_corrupt: Whether images that cannot be decoded are left out, with a warning; otherwise they are an error.
        streaming: Whether images are fetched while training instead of being stored first.

    Raises:
        UsageError: An argument is out of range, ``datasets`` is not installed, or there is no such data set, split or
            column; while loading: an image cannot be decoded.
    """

    def __init__(
        self,
        path: str = "",
        name: str | None = None,
        image_column: str = "image",
        label_column: str | None = "label",
        train_split: str = "train",
        test_split: str = "test",
        image_size: int = 64,
        channels: int = 3,
        batch_size: int = 128,
        normalization: tuple[float, float] = (0.5, 0.5),
        test_fraction: float = 0.1,
        seed: int = 0,
        in_memory: bool | None = None,
        num_workers: int | None = None,
        skip_corrupt: bool = False,
        streaming: bool = False,
    ) -> None:
        check_pictures(image_size, channels, test_fraction)
        if streaming and (skip_corrupt or in_memory):
            option = "skip_corrupt" if skip_corrupt else "in_memory"
            raise UsageError(f"--data.{option} has to read all images first: leave out --data.streaming")
        found = load_splits(path, name, streaming)
        check_splits(path, list(found), train_split, test_split, streaming)
        columns = Columns(path, image_column, label_column)
        tables = [columns.select(found[split]) for split in (train_split, test_split) if split in found]
        columns.find_classes(tables[0], streaming)
        rows: list[Any] = [[], []] if streaming else tables
        pictures = [Rows(part, columns, image_size=image_size, channels=channels) for part in rows]
        if len(pictures) == 1:
            held_out = hold_out(path, pictures[0].labels, test_fraction, seed)
            pictures = [pictures[0].subset(part.nonzero()[:, 0]) for part in (~held_out, held_out)]
        super().__init__(
            dataset=name_of(path, name, tables, pictures[1].numbers.tolist()),
            train=pictures[0],
            test=pictures[1],
            class_names=columns.class_names,
            in_memory=False if streaming else in_memory,
            num_workers=num_workers,
            skip_corrupt=skip_corrupt,
            batch_size=batch_size,
            normalization=normalization,
            seed=seed,
        )
        self.save_hyperparameters()
        self.streams = dict(zip((True, False), tables, strict=True)) if streaming else {}
        self.rows = pictures[0]
        if not streaming:
            self.classes = pictures[0].labels.unique().tolist()

    def images(self, train: bool) -> tuple[Tensor, Tensor]:
        if self.streams and train not in self.splits:
            rows = self.streams[train].shuffle(seed=self.seed, buffer_size=SHUFFLE_BUFFER).take(MEASURED_IMAGES)
            self.splits[train] = read_all(self.rows.of(list(rows)), self.num_workers)
        return super().images(train)

    def batches(self, train: bool, **options: Any) -> Loader:
        if self.streams:
            return StreamLoader(self.streams[train], self.rows, self.num_workers, **options)
        return super().batches(train, **options)


class StreamLoader:
    """Batches of an iterable data set: shuffled, each pass in an order of its own; only the pass can be resumed.

    Args:
        table: The data set.
        pictures: What its rows become.
        num_workers: Threads that decode.
        batch_size: Images in a batch; when shuffled, the last images of a pass that fill none are left out.
        value_range: What the bytes 0 and 255 become.
        shuffle: Whether this is a training stream.
        seed: Of the orders.
        rank: 0.
        world_size: 1.
        device: Where the batches appear.

    Raises:
        UsageError: There are several processes; while iterating: there is not one full batch for training.
    """

    def __init__(
        self,
        table: Any,
        pictures: Rows,
        num_workers: int,
        batch_size: int,
        value_range: tuple[float, float],
        shuffle: bool,
        seed: int,
        rank: int,
        world_size: int,
        device: torch.device | str,
    ) -> None:
        if world_size > 1:
            raise UsageError("--data.streaming feeds one process: leave it out, or set --trainer.devices 1")
        self.table, self.pictures, self.num_workers = table, pictures, num_workers
        self.batch_size, self.value_range = batch_size, value_range
        self.shuffle, self.seed, self.device = shuffle, seed, device
        self.epoch = 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        table = self.table
        if self.shuffle:
            table = table.shuffle(seed=stream_seed("order", self.seed, self.epoch), buffer_size=SHUFFLE_BUFFER)
            self.epoch += 1
        rows, batches = iter(table), 0
        while batch := list(islice(rows, self.batch_size)):
            if self.shuffle and len(batch) < self.batch_size:
                if not batches:
                    raise UsageError(
                        f"{self.pictures.columns.path} has fewer images than a batch: give a --data.batch_size below "
                        f"{self.batch_size}"
                    )
                return
            batches += 1
            images, labels = read_all(self.pictures.of(batch), self.num_workers)
            yield to_float(images.to(self.device), self.value_range), labels.to(self.device)

    def state_dict(self) -> dict[str, Any]:
        """How many passes have begun."""
        return {"epoch": self.epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on with the next pass."""
        check_shape(state, {"epoch": COUNT}, "the checkpoint's place in the data")
        self.epoch = state["epoch"]


def load_splits(path: str, name: str | None, streaming: bool) -> dict[str, Any]:
    """The splits of the data set at ``path``, a folder that ``datasets`` saved or a name on the hub.

    Raises:
        UsageError: ``datasets`` is not installed, or there is no such data set or no connection.
    """
    if not path:
        raise UsageError("which data set to read is not said: give --data.path a name on the hub, or a folder")
    try:
        import datasets
    except ImportError as error:
        raise UsageError("data sets of the hub need the package datasets: pip install datasets") from error
    folder = Path(path)
    try:
        if (folder / "dataset_dict.json").is_file() or (folder / "dataset_info.json").is_file():
            found = datasets.load_from_disk(path)
            splits = found if isinstance(found, dict) else {"train": found}
            return {split: table.to_iterable_dataset() for split, table in splits.items()} if streaming else splits
        return datasets.load_dataset(path, name, streaming=streaming)
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise UsageError(
            f"there is no data set at {path} ({reason}): give --data.path a folder that save_to_disk wrote, or the "
            "name of a data set on the hub, which takes a connection"
        ) from error


def check_splits(path: str, found: list[str], train_split: str, test_split: str, streaming: bool) -> None:
    """Raises UsageError where a split that is needed is not among those ``found``."""
    for split, option in ((train_split, "train_split"), (test_split, "test_split")):
        held_out = split == test_split == "test" and not streaming
        if split not in found and not held_out:
            raise UsageError(f"{path} has no split {split}: --data.{option} takes one of {', '.join(found)}")


def name_of(path: str, name: str | None, tables: list[Any], held_out: list[int]) -> str:
    """The name of the data set and a hash of what it holds and of which images are the test split."""
    contents = [name, held_out, *[getattr(table, "_fingerprint", table.features) for table in tables]]
    return f"{Path(path).name}_{hashlib.sha256(repr(contents).encode()).hexdigest()[:8]}"
