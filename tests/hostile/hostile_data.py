"""Configurations, arrays, images, data sets and weights from somebody else, each with the command that opens it."""

import bz2
import hashlib
import json
import os
import pickle
import struct
import zipfile
import zlib

import numpy as np
import torch
from hostile_checkpoints import Executed
from PIL import Image
from safetensors.torch import save_file
from torchvision_files import write_idx, write_torchvision

from gan_lightning.metrics.features.classifier import Classifier

EVALUATE = "evaluate"
DIGITS = "--data.dataset=digits"
INCEPTION = [EVALUATE, "x.npz", DIGITS, "--features=inception"]
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 10))
YAML = {"laughs": LAUGHS, "merges": MERGES, "an alias of itself": "a: &a [*a]", "brackets": "[" * 5000}


def configurations(folder):
    for name, text in YAML.items():
        (folder / f"{name}.yaml").write_text(text)
        yield f"{name} in a configuration", ["fit", f"--config={name}.yaml"]
        yield f"{name} in one of data", [EVALUATE, "x.npz", f"--data={name}.yaml"]
    (folder / "nested.yaml").write_text("data: laughs.yaml\n")
    yield "laughs within a configuration", ["fit", "--config=nested.yaml"]


def arrays(folder):
    images = np.zeros((20, 1, 28, 28), np.uint8)
    labels = np.zeros(20, np.int64)
    objects = np.array([Executed()] * 20, dtype=object)
    for name, contents in {
        "objects": {"images": objects},
        "labels that are objects": {"images": images, "labels": objects},
        "labels that are text": {"images": images, "labels": np.array(["a"] * 20)},
        "labels that are fractions": {"images": images, "labels": labels + 0.5},
        "labels that are NaN": {"images": images, "labels": labels * np.nan},
        "labels in a square": {"images": images, "labels": labels.reshape(4, 5)},
        "complex images": {"images": images.astype(complex)},
        "images of text": {"images": np.array(["a"] * 20)},
        "big-endian images": {"images": images.astype(">i4")},
        "dates": {"images": np.zeros((20, 1, 28, 28), "M8[s]")},
        "no images at all": {"images": images[:0]},
        "one number": {"images": np.uint8(3)},
    }.items():
        np.savez(folder / f"{name}.npz", **contents)
        yield name, [EVALUATE, f"{name}.npz", DIGITS]
    np.savez_compressed(folder / "declared.npz", images=images)
    write_npz(folder / "declared.npz", header((10**6, 1, 1000, 1000)) + b"\0" * 100)
    yield "more declared than there is", [EVALUATE, "declared.npz", DIGITS]
    write_npz(folder / "negative.npz", header((-5, 1, 28, 28)))
    yield "a negative size", [EVALUATE, "negative.npz", DIGITS]
    (folder / "pickled.npz").write_bytes(pickle.dumps(Executed()))
    yield "a pickle for arrays", [EVALUATE, "pickled.npz", DIGITS]
    np.savez(folder / "cut.npz", images=images)
    (folder / "cut.npz").write_bytes((folder / "cut.npz").read_bytes()[:3000])
    yield "arrays cut off", [EVALUATE, "cut.npz", DIGITS]


def header(shape):
    text = str({"descr": "|u1", "fortran_order": False, "shape": shape}).encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def write_npz(path, member):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", member)


def png(width, height):
    """A grey PNG of zeros, of which only the first lines are there."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(canary) (w) file closefile showpage\n"


def pictures(folder):
    contents = {
        "huge.png": png(13300, 13300),
        "cut.png": png(100, 100),
        "postscript.png": POSTSCRIPT,
        "postscript.jpg": POSTSCRIPT,
        "pickle.webp": pickle.dumps(Executed()),
        "empty.bmp": b"",
        "noise.tif": bytes(range(256)),
    }
    for name, content in contents.items():
        inside = folder / name.replace(".", "_")
        inside.mkdir()
        for index in range(2):
            (inside / f"{index}{os.path.splitext(name)[1]}").write_bytes(content)
        yield from both(name, inside)
    inside = folder / "floats"
    inside.mkdir()
    Image.fromarray(np.full((28, 28), 1e9, np.float32)).save(inside / "a.tif")
    Image.fromarray(np.full((28, 28), 1e9, np.float32)).save(inside / "b.tif")
    yield from both("pictures of floats", inside)
    inside = folder / "links"
    inside.mkdir()
    for name in "ab":
        (inside / f"{name}.png").symlink_to("nowhere")
    yield from both("broken links", inside)
    inside = folder / "pipes"
    inside.mkdir()
    for name in "ab":
        os.mkfifo(inside / f"{name}.png")
    yield from both("pipes", inside)


TRAINED_ON = "huge.png", "postscript.png", "broken links", "pipes"
"""The folders that training reads, too, as it costs more; it has the same reader."""


TRAINED_ON = "huge.png", "broken links", "pipes"
"""The folders that training reads, too, as it costs more; it has the same reader."""


def both(name, inside):
    yield f"{name}, measured", [EVALUATE, inside, DIGITS]
    if name in TRAINED_ON:
        data = ["--data=ImageFolderDataModule", f"--data.root={inside}", "--metrics.num_images=0"]
        yield f"{name}, trained on", ["fit", *data]


def data_sets(folder):
    for name, labels in {
        "labels too large": np.full(30, 77, np.uint8),
        "too few labels": np.zeros(3, np.uint8),
    }.items():
        raw = write_torchvision(folder / name, "mnist")
        write_idx(raw / "train-labels-idx1-ubyte", labels)
        yield name, ["fit", f"--data.root={folder / name}", "--metrics.num_images=0"]
    raw = write_torchvision(folder / "small", "mnist")
    write_idx(raw / "train-images-idx3-ubyte", np.zeros((30, 3, 3), np.uint8))
    yield "images of another size", ["fit", f"--data.root={folder / 'small'}", "--metrics.num_images=0"]
    raw = write_torchvision(folder / "declared", "mnist")
    (raw / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, 2**31 - 1, 2**15, 2**15) + bytes(100))
    yield "a data file that declares too much", ["fit", f"--data.root={folder / 'declared'}"]
    old = folder / "old" / "MNIST" / "processed"
    old.mkdir(parents=True)
    for name in ("training.pt", "test.pt"):
        torch.save(Executed(), old / name)
    yield "a pickle for a data set", ["fit", f"--data.root={folder / 'old'}", "--data.download=false"]
    (folder / "usps").mkdir()
    (folder / "usps" / "usps.bz2").write_bytes(bz2.compress(bytes(2**26 + 2**20)))
    yield "a data file that unfolds", ["fit", "--data.dataset=usps", f"--data.root={folder / 'usps'}"]


def weights(folder):
    np.savez(folder / "x.npz", images=np.zeros((20, 1, 28, 28), np.uint8))
    for name, content in {
        "a pickle": pickle.dumps(Executed()),
        "noise": bytes(range(256)),
    }.items():
        (folder / f"{name}.pth").write_bytes(content)
        (folder / f"{name}.safetensors").write_bytes(content)
        (folder / f"{name}.json").write_bytes(content)
        yield (
            f"{name} for Inception",
            [*INCEPTION, f"--inception_weights={name}.pth"],
        )
        yield f"{name} for a classifier", [EVALUATE, "x.npz", DIGITS, f"--features={name}.safetensors"]
    for name, content in {"an object": Executed(), "a list": [1], "numbers": {"a": 1}}.items():
        torch.save(content, folder / f"{name}.pth")
        yield (
            f"{name} for Inception",
            [*INCEPTION, f"--inception_weights={name}.pth"],
        )
    cards = {"huge": ([10**6, 28, 28], 10**7), "text": ("text", 10), "other": ([1, 28, 28], 7), "negative": ([-1], -1)}
    for name, (shape, classes) in cards.items():
        path = folder / f"{name}.safetensors"
        save_file({k: v.contiguous() for k, v in Classifier(1, 10).state_dict().items()}, path)
        facts = {
            "train_images": 1,
            "test_images": 1,
            "recipe": {},
            "test_accuracy": 1.0,
            "parameters": 1,
            "dataset": "x",
        }
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        card = {"image_shape": shape, "num_classes": classes, "sha256": digest, "dataset": "x", **facts}
        path.with_suffix(".json").write_text(json.dumps(card))
        yield f"a card of {name}", [EVALUATE, "x.npz", DIGITS, f"--features={name}.safetensors"]


ALL = configurations, arrays, pictures, data_sets, weights
