import numpy as np

from gan_lightning.pictures.panels import arrange, with_title


def test_a_title_stands_above_its_picture():
    picture = np.full((30, 200, 3), 128, np.uint8)
    titled = with_title(picture, "DCGAN")
    above = titled[:-30]
    assert np.array_equal(titled[-30:], picture)
    assert 16 <= len(above) <= 32
    assert above.min() < 64, "there are letters"
    assert (above[:2] == 255).all()
    assert (above[:, :2] == 255).all()
    assert not np.array_equal(above, with_title(picture, "WGAN")[:-30])


def test_a_long_title_makes_its_picture_wider_and_a_very_long_one_is_cut():
    picture = np.zeros((10, 20, 3), np.uint8)
    titled = with_title(picture, "a title on one line")
    assert titled.shape[1] > 100
    assert (titled[-10:, 20:] == 255).all()
    assert np.array_equal(titled, with_title(picture, " a title\non  one line"))
    assert with_title(picture, "word " * 10_000).shape[1] < 2000


def test_pictures_are_arranged_row_by_row():
    shapes = (2, 3), (4, 5), (1, 1)
    levels = [np.full((*shape, 3), level, np.uint8) for level, shape in enumerate(shapes)]
    expected = np.full((4 + 1 + 1, 5 + 1 + 5), 255, np.uint8)
    expected[:2, :3], expected[:4, 6:], expected[5, 0] = 0, 1, 2
    assert np.array_equal(arrange(levels, across=2, gap=1)[..., 0], expected)
    assert arrange(levels, across=9).shape == (4, 15, 3)
