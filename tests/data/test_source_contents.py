"""Files that can be read but hold something else than their data set are told."""

import numpy as np
import pytest
from torchvision_files import write_idx, write_torchvision

from gan_lightning.data import MNISTDataModule
from gan_lightning.errors import UsageError


@pytest.mark.parametrize(
    ("name", "array", "sentence"),
    [
        ("train-labels-idx1-ubyte", np.full(30, 77, np.uint8), "has the label 77, and they go from 0 to 9: delete it"),
        ("train-images-idx3-ubyte", np.zeros((30, 8, 8), np.uint8), "has images uint8 of shape .*8, 8., not bytes of"),
    ],
)
def test_contents_that_do_not_belong_there(tmp_path, name, array, sentence):
    write_idx(write_torchvision(tmp_path, "mnist") / name, array)
    with pytest.raises(UsageError, match=sentence):
        MNISTDataModule(root=str(tmp_path), download=False).images(True)
