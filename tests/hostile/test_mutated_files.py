"""Whatever is changed in a file, it opens or it is one sentence. SWEEP_EXAMPLES=1000 looks at more."""

import io
import os
from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest
import torch
from hostile_checkpoints import REMOVED, changed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_folders import write_numbered
from PIL import Image

import gan_lightning
from gan_lightning.data import ImageFolderDataModule
from gan_lightning.errors import UsageError
from gan_lightning.pictures.reading import read_images

SWEEP = settings(
    max_examples=int(os.environ.get("SWEEP_EXAMPLES", 25)),
    derandomize=True,
    deadline=timedelta(minutes=2),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

VALUES = st.one_of(
    st.just(REMOVED),
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-3, 3),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [torch.zeros(2), torch.ones((), dtype=torch.complex64), torch.zeros(16, 8).to_sparse(), torch.eye(3)]
    ),
    st.lists(st.integers(-2, 100), max_size=4),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.sampled_from(["Hinge", "os.system", {"class_path": "os.system"}, {"class_path": 3}, {"class_path": "a.b.C"}]),
)


def places(value, path=()):
    """The paths of all values within ``value``."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


@pytest.fixture(scope="module")
def content(checkpoint):
    return torch.load(checkpoint, weights_only=True)


@SWEEP
@given(data=st.data())
def test_a_changed_checkpoint(content, checkpoint, make_trainer, tmp_path, data):
    from helpers import tiny_data

    known = list(places(content))
    top = [(key,) for key in content]
    chosen = data.draw(st.lists(st.one_of(st.sampled_from(known), st.sampled_from(top)), min_size=1, max_size=2))
    with suppress(KeyError, IndexError, TypeError):  # one change took away where the other was to be
        torch.save(changed(content, [(path, data.draw(VALUES)) for path in chosen]), tmp_path / "x.ckpt")
    with suppress(UsageError):
        gan_lightning.load(tmp_path / "x.ckpt").sample(1)
        make_trainer(max_steps=3, limit_val_batches=0).fit(
            gan_lightning.load(checkpoint), tiny_data(), ckpt_path=tmp_path / "x.ckpt"
        )


def damaged(data, whole):
    """The bytes ``whole`` with some of them changed, and perhaps cut off."""
    part = bytearray(whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole)
    for _ in range(data.draw(st.integers(0, 8)) if part else 0):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    return bytes(part)


@SWEEP
@given(data=st.data())
def test_a_changed_file_of_arrays(tmp_path, data):
    kind = data.draw(st.sampled_from(["u1", "i8", ">f4", "f8", "U3", "?", "c8", "M8[s]", "V4"]))
    shape = data.draw(st.lists(st.integers(0, 5), max_size=5))
    buffer = io.BytesIO()
    labels = np.arange(data.draw(st.integers(0, 6))).astype(data.draw(st.sampled_from(["i8", "f4", "U2", "?"])))
    np.savez(buffer, images=np.zeros(shape, kind), labels=labels)
    (tmp_path / "x.npz").write_bytes(damaged(data, buffer.getvalue()))
    with suppress(UsageError):
        images, labels = read_images(tmp_path / "x.npz", 1)
        assert images.dtype == torch.uint8
        assert images.ndim == 4


@SWEEP
@given(data=st.data())
def test_a_changed_folder_of_images(tmp_path, data):
    write_numbered(tmp_path, 3)
    mode = data.draw(st.sampled_from(["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "F"]))
    suffix = data.draw(st.sampled_from(["png", "tif", "gif", "bmp", "webp", "jpg", "ico", "pcx", "tga", "psd"]))
    buffer = io.BytesIO()
    with suppress(OSError, ValueError, KeyError):  # not every format has every mode
        Image.new(mode, (9, 7)).save(buffer, format={"tif": "tiff", "jpg": "jpeg"}.get(suffix, suffix))
    for path in tmp_path.glob("x.*"):
        path.unlink()
    (tmp_path / f"x.{suffix}").write_bytes(damaged(data, buffer.getvalue()))
    with suppress(UsageError):
        folder = ImageFolderDataModule(str(tmp_path), image_size=8, num_workers=1)
        folder.setup("fit")
        assert folder.images(True)[0].dtype == torch.uint8
    with suppress(UsageError):
        read_images(tmp_path, 3)
