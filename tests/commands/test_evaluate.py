"""Any images are measured by the protocol of ``test``, whoever made them and however they are stored."""

import json

import imageio.v3 as iio
import numpy as np
import pytest
import torch

from gan_lightning.data import MNISTDataModule

DATA = "--data.dataset=digits"


@pytest.fixture(scope="module")
def images():
    """Real ones, so that the figures are known to be good."""
    return MNISTDataModule(dataset="digits").images(True)


def evaluate(command_line, path, *options):
    status, out, err = command_line("evaluate", path, DATA, *options)
    return status, out, err


def figures(command_line, path, tmp_path):
    output = tmp_path / "figures.json"
    status, out, err = evaluate(command_line, path, f"--output={output}")
    assert status == 0, err
    assert "| Fréchet distance (`fid`) |" in out
    return json.loads(output.read_text())


def test_samples_of_a_checkpoint_measure_as_the_checkpoint_does(command_line, checkpoint, tmp_path):
    """generate and evaluate together are test."""
    samples = tmp_path / "samples.npz"
    assert command_line("generate", f"--ckpt_path={checkpoint}", "--num=300", f"--output={samples}")[0] == 0
    found = figures(command_line, samples, tmp_path)
    options = "--metrics.num_images=300", f"--trainer.logger.save_dir={tmp_path}"
    assert command_line("test", f"--ckpt_path={checkpoint}", *options)[0] == 0
    (path,) = tmp_path.rglob("metrics.json")
    tested = json.loads(path.read_text())
    assert found["figures"] == pytest.approx(tested["figures"])
    assert found["real"] == pytest.approx(tested["real"])
    assert found["protocol"] == tested["protocol"]


def test_a_folder_of_image_files(command_line, images, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for index, image in enumerate(images[0][:150]):
        iio.imwrite(folder / f"{index:03d}.png", image[0].numpy())
    np.savez(tmp_path / "images.npz", images=images[0][:150].numpy())
    found = figures(command_line, folder, tmp_path)
    assert "label_accuracy" not in found["figures"]
    assert found["figures"] == pytest.approx(figures(command_line, tmp_path / "images.npz", tmp_path)["figures"])


def test_folders_called_by_numbers_are_labels(command_line, images, tmp_path):
    folder = tmp_path / "images"
    for index, (image, label) in enumerate(zip(*(part[:150] for part in images), strict=True)):
        (folder / str(int(label))).mkdir(parents=True, exist_ok=True)
        iio.imwrite(folder / str(int(label)) / f"{index}.png", image[0].numpy())
    assert figures(command_line, folder, tmp_path)["figures"]["label_accuracy"] == 1


@pytest.mark.parametrize("form", [lambda x: x[:, 0], lambda x: x.movedim(1, -1)], ids=["N H W", "N H W C"])
def test_other_orders_of_dimensions(command_line, images, tmp_path, form):
    np.savez(tmp_path / "a.npz", images=images[0][:150].numpy())
    np.savez(tmp_path / "b.npz", images=form(images[0][:150]).numpy())
    first, second = (figures(command_line, tmp_path / name, tmp_path)["figures"] for name in ("a.npz", "b.npz"))
    assert first == pytest.approx(second)


BAD = {
    "nothing there": (None, "there are no images at"),
    "another array": ({"pictures": np.zeros((20, 1, 28, 28), np.uint8)}, "has the arrays pictures, and none is called"),
    "floats": ({"images": np.zeros((20, 1, 28, 28), np.float32)}, "images are bytes from 0 to 255"),
    "NaN": ({"images": np.full((20, 1, 28, 28), np.nan)}, "are NaN or infinite"),
    "another size": ({"images": np.zeros((20, 1, 32, 32), np.uint8)}, "and these of (1, 32, 32)"),
    "too few": ({"images": np.zeros((1, 1, 28, 28), np.uint8)}, "need"),
    "labels out of range": (
        {"images": np.zeros((20, 1, 28, 28), np.uint8), "labels": np.full(20, 12)},
        "labels go from 0 to 9, and there is a label 12",
    ),
    "labels for some": ({"images": np.zeros((20, 1, 28, 28), np.uint8), "labels": np.zeros(7)}, "but 7 labels"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_images_that_cannot_be_measured(command_line, tmp_path, mistake):
    arrays, sentence = BAD[mistake]
    path = tmp_path / "images.npz"
    if arrays:
        np.savez(path, **arrays)
    status, _, err = evaluate(command_line, path)
    assert status != 0
    assert sentence in err
    assert "\n" not in err.strip()


def test_folders_that_cannot_be_measured(command_line, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    assert f"there are no images in {folder}" in evaluate(command_line, folder)[2]
    iio.imwrite(folder / "a.png", np.zeros((28, 28), np.uint8))
    iio.imwrite(folder / "b.png", np.zeros((28, 27), np.uint8))
    assert "is of 28×28 pixels and" in evaluate(command_line, folder)[2]
    (folder / "b.png").write_bytes(b"no picture")
    assert f"{folder / 'b.png'} is damaged or no image" in evaluate(command_line, folder)[2]


def test_a_file_that_cannot_be_written_is_told_before_measuring(command_line, tmp_path):
    np.savez(tmp_path / "images.npz", images=torch.zeros(20, 1, 28, 28, dtype=torch.uint8).numpy())
    (tmp_path / "file").touch()
    err = evaluate(command_line, tmp_path / "images.npz", f"--output={tmp_path / 'file' / 'x.json'}")[2]
    assert "choose another folder with --output" in err
