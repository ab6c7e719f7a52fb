"""Arrays that another program wrote: what is wrong with them is said in a sentence of its own."""

import numpy as np
import pytest

from gan_lightning.errors import UsageError
from gan_lightning.pictures import arrays
from gan_lightning.pictures.arrays import read_npz

IMAGES = np.zeros((4, 1, 8, 8), np.uint8)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.array(list("abcd")), "labels in .* are text: number the classes from 0 up"),
        (np.array([0, 1, 2.5, 3]), "whole numbers, and 2.5 is none: round them"),
        (np.array([0, 1, np.nan, 3]), "whole numbers, and nan is none"),
        (np.array([None] * 4), "are Python objects, which could run code"),
        (np.zeros((2, 2), int), r"are of shape \(2, 2\): give one whole number for each image"),
        (np.zeros(4, complex), "are complex128: give whole numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_labels_that_are_none(tmp_path, labels, sentence):
    np.savez(tmp_path / "x.npz", images=IMAGES, labels=labels)
    with pytest.raises(UsageError, match=sentence):
        read_npz(tmp_path / "x.npz")


def test_whole_numbers_of_any_type_are_labels(tmp_path):
    np.savez(tmp_path / "x.npz", images=IMAGES, labels=np.array([0.0, 3.0, 1.0, 2.0], np.float32))
    assert read_npz(tmp_path / "x.npz")[1].tolist() == [0, 3, 1, 2]


def test_arrays_larger_than_their_file_allows_are_not_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "x.npz", images=np.zeros((2000, 1, 28, 28), np.uint8))
    assert len(read_npz(tmp_path / "x.npz")[0]) == 2000
    monkeypatch.setattr(arrays, "LARGE", 10**6)
    with pytest.raises(UsageError, match="declare 1,568,000 bytes"):
        read_npz(tmp_path / "x.npz")
