"""Folders of images: what is read from them, and how they are split."""

import numpy as np
import pytest
import torch
from image_folders import (
    BLUE,
    GREEN,
    RED,
    brightness,
    image_folder,
    read_folder,
    write_classes,
    write_colour,
    write_numbered,
)
from PIL import Image

from gan_lightning.data.pictures import IN_MEMORY_BYTES, hold_out
from gan_lightning.data.streaming import to_square
from gan_lightning.pictures.decoding import decode


def test_what_the_model_needs_is_known_before_any_image_is_decoded(tmp_path):
    for name in "ab":
        for index in range(2):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / f"{index}.png").write_bytes(b"not decoded")
    data = image_folder(tmp_path, image_size=16, channels=1)
    assert (data.image_shape, data.num_classes, data.classes) == ((1, 16, 16), 2, [0, 1])
    assert (data.class_names, data.value_range) == (["a", "b"], (-1, 1))


def test_labels_are_the_sorted_names_and_colours_survive(tmp_path):
    data = read_folder(write_classes(tmp_path))
    assert data.class_names == ["blue", "green", "red"]
    colours = torch.tensor([BLUE, GREEN, RED], dtype=torch.uint8)
    for train in (True, False):
        images, labels = data.images(train)
        assert images.dtype == torch.uint8
        assert torch.equal(images, colours[labels][:, :, None, None].expand(-1, -1, 8, 8))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".bmp", ".webp"])
def test_every_format_is_read_and_other_files_are_not(tmp_path, suffix):
    for index in range(2):
        write_colour(tmp_path / f"{index}{suffix}", RED)
    (tmp_path / "notes.txt").touch()
    (tmp_path / f"._0{suffix}").touch()  # what a Mac leaves in archives
    images = torch.cat([read_folder(tmp_path).images(train)[0] for train in (True, False)])
    assert len(images) == 2
    expected = torch.tensor(RED)[:, None, None].expand(2, 3, 8, 8)
    torch.testing.assert_close(images.int(), expected.int(), atol=3, rtol=0)


def test_colour_becomes_grey_and_grey_becomes_colour(tmp_path):
    write_numbered(tmp_path / "grey", 2)
    write_colour(tmp_path / "rgb" / "0.png", RED)
    write_colour(tmp_path / "rgb" / "1.png", RED)
    luma = round(0.299 * RED[0] + 0.587 * RED[1] + 0.114 * RED[2])
    assert read_folder(tmp_path / "rgb", channels=1).images(True)[0].unique().tolist() == [luma]
    images, _ = read_folder(tmp_path / "grey").images(True)
    assert images.shape == (1, 3, 8, 8)
    assert len(images.unique()) == 1


def test_the_square_in_the_middle_is_kept():
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = RED
    for picture in (Image.fromarray(pixels), Image.fromarray(pixels.transpose(1, 0, 2).copy())):
        for size in (5, 10, 20):
            assert to_square(decode(picture, 3, "x"), size).flatten(1).unique(dim=1)[:, 0].tolist() == list(RED)


def test_resizing_averages_where_plain_sampling_skips():
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (64, 32)))
    assert to_square(stripes, 16)[:, 2:-2, 2:-2].float().std() < 20


def test_pictures_are_turned_upright(tmp_path):
    pixels = np.zeros((8, 8), np.uint8)
    pixels[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    Image.fromarray(pixels).save(tmp_path / "0.png", exif=exif)
    with Image.open(tmp_path / "0.png") as picture:
        assert to_square(decode(picture, 1, "x"), 8)[0, :, -1].tolist() == [255] * 8


def test_16_bit_grey_is_scaled_and_not_clipped():
    picture = Image.fromarray(np.full((8, 8), 0x8001, np.uint16))
    assert to_square(decode(picture, 1, "x"), 8).unique().tolist() == [0x80]


def test_train_and_test_are_the_splits_where_they_are_there(tmp_path):
    write_classes(tmp_path / "train", num=3)
    write_classes(tmp_path / "test", num=2)
    write_classes(tmp_path / "val", num=7)
    data = read_folder(tmp_path)
    assert data.class_names == ["blue", "green", "red"]
    assert [data.images(train)[1].bincount().tolist() for train in (True, False)] == [[3] * 3, [2] * 3]


def test_val_serves_as_the_test_split_and_train_alone_is_split(tmp_path):
    write_numbered(tmp_path / "train", 20)
    data = read_folder(tmp_path)
    assert (data.class_names, len(data.images(True)[0]), len(data.images(False)[0])) == ([tmp_path.name], 18, 2)
    write_numbered(tmp_path / "val", 5)
    data = read_folder(tmp_path)
    assert (data.class_names, len(data.images(True)[0]), len(data.images(False)[0])) == ([tmp_path.name], 20, 5)


def test_a_held_out_split_is_disjoint_and_a_function_of_the_seed(tmp_path):
    write_numbered(tmp_path)
    splits = {train: brightness(read_folder(tmp_path, seed=1), train) for train in (True, False)}
    assert sorted(splits[True] + splits[False]) == list(range(40))
    assert len(splits[False]) == 4
    assert brightness(read_folder(tmp_path, seed=1), False) == splits[False]
    assert brightness(read_folder(tmp_path, seed=2), False) != splits[False]
    assert len(brightness(read_folder(tmp_path, test_fraction=0.25), False)) == 10


def test_each_class_gives_its_share_and_a_single_image_stays():
    labels = torch.tensor([0] * 50 + [1] * 20 + [2] * 3 + [3])
    held_out = hold_out("x", labels, 0.2, seed=0)
    assert labels[held_out].bincount(minlength=4).tolist() == [10, 4, 1, 0]


def test_the_name_tells_folders_splits_and_contents_apart(tmp_path):
    for name in ("one", "two"):
        write_numbered(tmp_path / name / "faces")
    first = image_folder(tmp_path / "one" / "faces").dataset
    assert first.startswith("faces_")
    for same in ("two/faces", "one/../one/faces"):
        assert image_folder(tmp_path / same).dataset == first
    assert first != image_folder(tmp_path / "one" / "faces", seed=1).dataset
    write_colour(tmp_path / "two" / "faces" / "000.png", RED, size=(100, 100))
    assert first != image_folder(tmp_path / "two" / "faces").dataset


def test_images_are_kept_in_memory_if_they_fit(tmp_path):
    write_numbered(tmp_path, 10)
    largest = int((IN_MEMORY_BYTES / (10 * 3)) ** 0.5)
    assert image_folder(tmp_path, image_size=largest).in_memory
    assert not image_folder(tmp_path, image_size=largest + 1).in_memory
    assert image_folder(tmp_path, image_size=largest + 1, in_memory=True).in_memory
