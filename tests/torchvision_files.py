"""Small data sets in the files that torchvision reads."""

import struct

import numpy as np

FILES = {
    "mnist": ("MNIST", {True: "train-{}", False: "t10k-{}"}, "idx{}-ubyte"),
    "fashion_mnist": ("FashionMNIST", {True: "train-{}", False: "t10k-{}"}, "idx{}-ubyte"),
    "kmnist": ("KMNIST", {True: "train-{}", False: "t10k-{}"}, "idx{}-ubyte"),
    "emnist": ("EMNIST", {True: "emnist-balanced-train-{}", False: "emnist-balanced-test-{}"}, "idx{}-ubyte"),
}


def pixels(count):
    return np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)


def write_idx(path, array):
    kind = {"uint8": 8, "int32": 12}[array.dtype.name]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    path.write_bytes(header + array.astype(array.dtype.newbyteorder(">")).tobytes())


def write_torchvision(root, dataset):
    """A training split of 30 images and a test split of 20, labelled 0 to 9 in turn."""
    name, prefixes, suffix = FILES[dataset]
    raw = root / name / "raw"
    raw.mkdir(parents=True)
    for train, count in ((True, 30), (False, 20)):
        labels = np.arange(count, dtype=np.uint8) % 10
        write_idx(raw / f"{prefixes[train].format('images')}-{suffix.format(3)}", pixels(count))
        write_idx(raw / f"{prefixes[train].format('labels')}-{suffix.format(1)}", labels)
    return raw
