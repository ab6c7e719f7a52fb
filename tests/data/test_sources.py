"""Every source is read from files in its own format, which these tests write; nothing is downloaded."""

import bz2

import numpy as np
import pytest
import torch
from torchvision_files import FILES, pixels, write_idx, write_torchvision

from gan_lightning.data import MNISTDataModule
from gan_lightning.data.sources import SOURCES
from gan_lightning.errors import UsageError
from gan_lightning.metrics.features.store import extractor_for


@pytest.mark.parametrize("dataset", FILES)
@pytest.mark.parametrize(("train", "count"), [(True, 30), (False, 20)])
def test_torchvisions_files_are_read_without_a_download(tmp_path, dataset, train, count):
    write_torchvision(tmp_path, dataset)
    images, labels = SOURCES[dataset].load(tmp_path, train, False)
    upright = pixels(count).transpose(0, 2, 1) if dataset == "emnist" else pixels(count)  # EMNIST's lie on their side
    assert torch.equal(images, torch.from_numpy(upright[:, None].copy()))
    assert torch.equal(labels, torch.arange(count) % 10)
    assert (images.dtype, labels.dtype) == (torch.uint8, torch.int64)


def test_qmnist_gives_the_digit_and_not_its_writer(tmp_path):
    raw = tmp_path / "QMNIST" / "raw"
    raw.mkdir(parents=True)
    labels = np.stack([np.arange(12) % 10, np.arange(12) + 100] + [np.zeros(12)] * 6, axis=1).astype(np.int32)
    for split in ("train", "test"):
        write_idx(raw / f"qmnist-{split}-images-idx3-ubyte", pixels(12))
        write_idx(raw / f"qmnist-{split}-labels-idx2-int", labels)
    images, read = SOURCES["qmnist"].load(tmp_path, True, False)
    assert images.shape == (12, 1, 28, 28)
    assert torch.equal(read, torch.arange(12) % 10)


def test_usps_is_16_by_16(tmp_path):
    line = "{} " + " ".join(f"{i}:{-1 + 2 * (i % 2)}" for i in range(1, 257))
    text = "\n".join(line.format(digit + 1) for digit in range(10)).encode()
    (tmp_path / "usps.bz2").write_bytes(bz2.compress(text))
    images, labels = SOURCES["usps"].load(tmp_path, True, False)
    assert images.shape == (10, 1, 16, 16)
    assert images.flatten().tolist() == [255, 0] * 1280
    assert labels.tolist() == list(range(10))


def test_the_bundled_digits_are_framed_as_mnist_is(tmp_path):
    images, labels = SOURCES["digits"].load(tmp_path, True, False)
    test_images, test_labels = SOURCES["digits"].load(tmp_path, False, False)
    assert (len(images), len(test_images)) == (1437, 360)
    assert images.shape[1:] == (1, 28, 28)
    assert images[:, :, :4].sum() == images[..., :4].sum() == images[..., -4:].sum() == 0
    assert images.max() == 255
    shares = test_labels.bincount() / torch.cat([labels, test_labels]).bincount()
    assert shares.min() > 0.19
    assert shares.max() < 0.21
    together = torch.cat([images, test_images]).flatten(1)
    assert len(together.unique(dim=0)) == 1797


def test_mnist_5k_is_real_digits_that_mnists_classifier_knows():
    data = MNISTDataModule("mnist_5k", root="nowhere", download=False)
    (images, labels), (test_images, test_labels) = data.images(True), data.images(False)
    assert images.shape == (4000, 1, 28, 28)
    assert (images.dtype, labels.dtype) == (torch.uint8, torch.int64)
    assert labels.bincount().tolist() == [400] * 10
    assert test_labels.bincount().tolist() == [100] * 10
    assert len(torch.cat([images, test_images]).flatten(1).unique(dim=0)) == 5000
    extractor = extractor_for(data)
    assert extractor.name == "mnist_28"
    right = extractor.extract(test_images).logits.argmax(dim=1) == test_labels
    assert right.double().mean() > 0.99, "upright, and white on black, as it has learnt them"


@pytest.mark.parametrize("dataset", ["mnist", "usps", "qmnist"])
def test_absent_data_without_a_download_say_where_they_were_sought(tmp_path, dataset):
    with pytest.raises(UsageError) as error:
        SOURCES[dataset].load(tmp_path, True, False)
    assert str(tmp_path) in str(error.value)
    assert "--data.dataset mnist_5k" in str(error.value)


def test_a_download_is_announced_and_where_it_fails_it_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(UsageError, match=r"could not be downloaded: .*--data.dataset mnist_5k"):
        SOURCES["mnist"].load(tmp_path, True, True)
    assert capsys.readouterr().out.startswith(f"downloading MNIST to {tmp_path}\n")


@pytest.mark.parametrize("keep", [0, 3, 10, 500])
@pytest.mark.parametrize("file", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
def test_a_truncated_file_is_named(tmp_path, file, keep):
    path = write_torchvision(tmp_path, "mnist") / file
    path.write_bytes(path.read_bytes()[:keep] if keep < path.stat().st_size else path.read_bytes()[:-1])
    with pytest.raises(UsageError, match=f"{file} is truncated or corrupt"):
        SOURCES["mnist"].load(tmp_path, True, True)


def test_a_file_of_noise_is_named(tmp_path):
    path = write_torchvision(tmp_path, "mnist") / "train-images-idx3-ubyte"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(UsageError, match=f"{path.name} is truncated or corrupt"):
        SOURCES["mnist"].load(tmp_path, True, True)


def test_images_and_labels_of_different_number_are_refused(tmp_path):
    raw = write_torchvision(tmp_path, "mnist")
    write_idx(raw / "train-labels-idx1-ubyte", np.zeros(29, np.uint8))
    with pytest.raises(UsageError, match="30 images but 29 labels"):
        SOURCES["mnist"].load(tmp_path, True, True)


def test_a_corrupt_usps_is_one_sentence(tmp_path):
    (tmp_path / "usps.bz2").write_bytes(b"no bzip2")
    with pytest.raises(UsageError, match="truncated or corrupt"):
        SOURCES["usps"].load(tmp_path, True, True)
