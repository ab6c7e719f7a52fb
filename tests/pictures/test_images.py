import imageio.v3 as iio
import numpy as np
import torch

from gan_lightning.pictures.images import columns_for, gif_bytes, image_grid, write_images


def test_a_grid_reads_row_by_row():
    levels = torch.arange(6, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 64, 64) * 10
    picture = image_grid(levels, columns=3, margin=2)
    assert picture.shape == (2 * 66 + 2, 3 * 66 + 2, 3)
    assert picture[2 + 32 :: 66, 2 + 32 :: 66, 0].tolist() == [[0, 10, 20], [30, 40, 50]]
    assert (picture[:2] == 255).all()


def test_small_images_are_enlarged_without_blur():
    image = torch.tensor([[0, 255], [255, 0]], dtype=torch.uint8)[None, None]
    picture = image_grid(image, margin=0)
    assert picture.shape == (64, 64, 3)
    assert set(np.unique(picture)) == {0, 255}


def test_colours_are_kept():
    red = torch.tensor([255, 0, 0], dtype=torch.uint8)[None, :, None, None].expand(1, 3, 64, 64)
    assert image_grid(red, margin=0)[5, 5].tolist() == [255, 0, 0]


def test_classes_become_columns_where_they_fit():
    assert columns_for(64, 10) == 10
    assert columns_for(64, 1) is columns_for(5, 10) is None


def test_npz_and_png_hold_the_images(tmp_path):
    images = torch.randint(0, 256, (5, 1, 28, 28), dtype=torch.uint8)
    labels = torch.arange(5, dtype=torch.int32)
    write_images(tmp_path / "x.npz", images, labels)
    stored = np.load(tmp_path / "x.npz")
    assert np.array_equal(stored["images"], images.numpy())
    assert (stored["labels"].dtype, stored["labels"].tolist()) == (np.int64, [0, 1, 2, 3, 4])
    write_images(tmp_path / "x.png", images, labels, columns=5)
    assert np.array_equal(iio.imread(tmp_path / "x.png"), image_grid(images, 5))


def test_a_gif_holds_its_frames_and_rests_on_the_last():
    frames = [np.full((8, 8, 3), level, np.uint8) for level in (0, 128, 255)]
    data = gif_bytes(frames, frames_per_second=10)
    assert [frame.mean() for frame in iio.imread(data, index=None)] == [0, 128, 255]
    assert [iio.immeta(data, index=i)["duration"] for i in range(3)] == [100, 100, 1500]


def test_a_gif_of_one_frame_is_a_still():
    still = iio.imread(gif_bytes([np.full((8, 8, 3), 128, np.uint8)]), index=None)
    assert still.shape == (1, 8, 8, 3)
