"""The columns of a data set of the ``datasets`` library that are images and their classes."""

from __future__ import annotations

import copy
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_lightning.data.streaming import Pictures
from gan_lightning.errors import UsageError
from gan_lightning.pictures.decoding import Source

LABEL_TYPES = "string", "bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
"""Columns of these types hold classes, as do those of a ClassLabel."""


class Columns:
    """The columns of a data set that are read, and its classes.

    Args:
        path: Of the data set, for messages.
        image: The column of images.
        label: The column of classes; None for none.
    """

    def __init__(self, path: str, image: str, label: str | None) -> None:
        self.path, self.image, self.label = path, image, label
        self.class_names = [Path(path).name]
        self.label_of: dict[Any, int] = {}

    def select(self, table: Any) -> Any:
        """These columns of ``table``, with the images left encoded.

        Raises:
            UsageError: It lacks one of them, or there are no images or no classes in it.
        """
        from datasets import ClassLabel, Image, Value

        known = table.features or {}
        for column, option, none in (
            (self.image, "image_column", ""),
            (self.label, "label_column", ", or null for none"),
        ):
            if column is not None and column not in known:
                raise UsageError(
                    f"{self.path} has no column {column}: --data.{option} takes one of {', '.join(known)}{none}"
                )
        if not isinstance(known[self.image], Image):
            images = [name for name, kind in known.items() if isinstance(kind, Image)]
            raise UsageError(
                f"the column {self.image} of {self.path} holds no images: give --data.image_column one that does "
                f"({', '.join(images) or 'there is none'})"
            )
        if self.label is None:
            return table.select_columns([self.image]).cast_column(self.image, Image(decode=False))
        kind = known[self.label]
        if not isinstance(kind, ClassLabel) and not (isinstance(kind, Value) and kind.dtype in LABEL_TYPES):
            raise UsageError(
                f"the column {self.label} of {self.path} holds no classes: give --data.label_column one that does, or "
                "null for none"
            )
        return table.select_columns([self.image, self.label]).cast_column(self.image, Image(decode=False))

    def find_classes(self, table: Any, streaming: bool) -> None:
        """Learns from the training split which classes there are: those of a ClassLabel, or else its sorted values.

        Raises:
            UsageError: Only a pass over all rows could tell, and they are a stream.
        """
        if self.label is None:
            return
        names = getattr(table.features[self.label], "names", None)
        if names is None and streaming:
            raise UsageError(
                f"the column {self.label} of {self.path} does not say which classes there are: leave out "
                "--data.streaming, or give --data.label_column null"
            )
        values = range(len(names)) if names else sorted({value for value in table[self.label][:] if value is not None})
        self.class_names = names or [str(value) for value in values]
        self.label_of = {value: label for label, value in enumerate(values)}

    def labels(self, rows: Any) -> Tensor:
        """The labels of rows, int64 (N,).

        Raises:
            UsageError: One is none of the training split's classes.
        """
        if self.label is None:
            return torch.zeros(len(rows), dtype=torch.int64)
        values = [row[self.label] for row in rows] if isinstance(rows, list) else rows[self.label][:]
        unknown = [value for value in values if value not in self.label_of]
        if unknown:
            raise UsageError(
                f"a split of {self.path} has images of the class {unknown[0]}, which is none of the training split's "
                f"({', '.join(self.class_names)}): choose other splits with --data.train_split and --data.test_split"
            )
        return torch.tensor([self.label_of[value] for value in values], dtype=torch.int64)


class Rows(Pictures):
    """Rows of a data set.

    Args:
        rows: A data set with the columns, or a list of its rows.
        columns: Which they are.
        image_size: Side in pixels of the images that they become.
        channels: 1 for grey, 3 for RGB.
    """

    def __init__(self, rows: Any, columns: Columns, image_size: int, channels: int) -> None:
        super().__init__(columns.labels(rows), image_size, channels)
        self.rows, self.columns = rows, columns
        self.numbers = torch.arange(len(rows))

    def open(self, index: int) -> Source:
        from datasets import Image as Encoded

        encoded = self.rows[int(self.numbers[index])][self.columns.image]
        try:
            if encoded["bytes"] is not None:
                return BytesIO(encoded["bytes"])
            return path if (path := Path(encoded["path"])).is_file() else Encoded().decode_example(encoded)
        except Exception as error:  # fetching one from afar can fail in as many ways as decoding it
            raise UsageError(f"{self.name(index)} is damaged or no image: remove it or make it anew") from error

    def name(self, index: int) -> str:
        return f"image {int(self.numbers[index])} of {self.columns.path}"

    def subset(self, indices: Tensor) -> Rows:
        chosen = copy.copy(self)
        chosen.numbers, chosen.labels = self.numbers[indices], self.labels[indices]
        return chosen

    def of(self, rows: list[dict[str, Any]]) -> Rows:
        """Other rows of the same kind."""
        return Rows(rows, self.columns, self.image_size, self.channels)
