"""What each transform does to images, and what is true of all of them."""

import pytest
import torch

from gan_lightning.augment import (
    AdaptiveAugment,
    Brightness,
    Contrast,
    Cutout,
    DiffAugment,
    Rotation,
    Scale,
    Translation,
)
from gan_lightning.augment.geometric import Geometric, identity, move_pixels
from gan_lightning.errors import UsageError

GEOMETRIC = [Translation(), Scale(), Rotation()]
EACH = [*GEOMETRIC, Brightness(), Contrast(), Cutout()]
ALL = [*EACH, DiffAugment(), AdaptiveAugment()]


def pictures(num=4, channels=1, side=12, dtype=torch.float32):
    return torch.rand(num, channels, side, side, dtype=dtype, generator=torch.Generator().manual_seed(0)) * 2 - 1


def seeded(augment, images, p=1.0, seed=0):
    torch.manual_seed(seed)
    return augment(images, p)


def name(augment):
    return type(augment).__name__


class Move(Geometric):
    """Takes the pixels of all images from where one matrix (2, 3) says."""

    def __init__(self, *rows):
        self.rows = torch.tensor(rows)

    def source(self, images):
        matrix = identity(images)
        matrix[:, :2] = self.rows
        return matrix


@pytest.mark.parametrize("augment", ALL, ids=name)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_shapes_and_types_stay_also_of_images_that_are_no_squares(augment, dtype):
    images = torch.zeros(3, 2, 6, 9, dtype=dtype)
    assert augment(images).shape == images.shape
    assert augment(images).dtype == dtype


@pytest.mark.parametrize("augment", ALL, ids=name)
def test_images_can_be_differentiated_twice(augment):
    images = pictures(2, 2, 4, torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: seeded(augment, x), images)
    assert torch.autograd.gradgradcheck(lambda x: seeded(augment, x.pow(3)), images)


@pytest.mark.parametrize("augment", ALL, ids=name)
def test_a_seed_decides_what_is_done(augment):
    images = pictures()
    assert torch.equal(seeded(augment, images), seeded(augment, images.clone()))
    assert not torch.equal(seeded(augment, images), seeded(augment, images, seed=1))


@pytest.mark.parametrize("augment", EACH, ids=name)
def test_each_image_is_transformed_in_a_way_of_its_own(augment):
    same = pictures(1).expand(20, -1, -1, -1)
    assert len(augment(same).flatten(1).unique(dim=0)) > 10


@pytest.mark.parametrize("p", [0.0, torch.tensor(0.0)], ids=["number", "tensor"])
@pytest.mark.parametrize("augment", ALL, ids=name)
def test_with_probability_0_nothing_changes(augment, p):
    images = pictures()
    assert torch.equal(augment(images, p), images)


@pytest.mark.parametrize("augment", [Scale(), Rotation(), Brightness(), Contrast()], ids=name)
@pytest.mark.parametrize("p", [0.3, 1.0])
def test_the_share_of_transformed_images_is_the_probability(augment, p):
    images = pictures(4000, side=4)
    changed = (seeded(augment, images, torch.tensor(p)) != images).flatten(1).any(1)
    assert changed.float().mean().item() == pytest.approx(p, abs=0.03 if p < 1 else 0)


@pytest.mark.parametrize("augment", ALL, ids=name)
def test_nothing_depends_on_values_that_only_the_device_knows(augment):
    images = torch.zeros(4, 1, 8, 8, device="meta", requires_grad=True)
    result = augment(images, torch.tensor(0.5, device="meta"))
    (gradient,) = torch.autograd.grad(result.square().sum(), images, create_graph=True)
    assert torch.autograd.grad(gradient.sum(), images)[0].shape == images.shape


@pytest.mark.parametrize("augment", ALL, ids=name)
def test_autocast_rounds_nothing(augment):
    images = pictures()
    with torch.autocast("cpu", torch.bfloat16):
        lowered = seeded(augment, images)
    assert torch.equal(lowered, seeded(augment, images))


@pytest.mark.parametrize("augment", GEOMETRIC, ids=name)
def test_what_comes_from_outside_is_black_and_nothing_leaves_the_range(augment):
    white = torch.ones(200, 1, 12, 12)
    assert seeded(augment, white).min() == -1 if isinstance(augment, Translation) else seeded(augment, white).min() < 0
    assert seeded(augment, pictures(200)).abs().max() <= 1
    assert seeded(augment, -white).unique().tolist() == [-1]


def test_a_translation_is_a_shift_by_whole_pixels_up_to_its_largest():
    images = pictures(500, side=8).double()
    padded = torch.nn.functional.pad(images, (2, 2, 2, 2), value=-1.0)
    shifted = seeded(Translation(max_shift=0.25), images)
    found = torch.zeros(5, 5)
    for image, whole in zip(shifted, padded, strict=True):
        found += torch.tensor(
            [[torch.equal(image, whole[:, y : y + 8, x : x + 8]) for x in range(5)] for y in range(5)]
        )
    assert found.sum() == 500
    assert found.min() > 5


def test_the_largest_shift_is_a_share_of_each_side():
    shifts = Translation(max_shift=0.25).source(torch.zeros(500, 1, 4, 12))[:, :2, 2]
    assert shifts.abs().max(0).values.tolist() == [3, 1]
    image = torch.rand(1, 1, 4, 12)
    moved = Move([1.0, 0.0, -2.0], [0.0, 1.0, -1.0])(image)
    assert torch.equal(moved[..., 1:, 2:], image[..., :-1, :-2])


def test_a_matrix_says_where_each_pixel_comes_from():
    image = pictures(1, side=5)
    right = Move([1.0, 0.0, -1.0], [0.0, 1.0, 0.0])(image)
    assert torch.equal(right[..., 1:], image[..., :-1])
    assert right[..., 0].unique().tolist() == [-1]
    torch.testing.assert_close(Move([0.0, -1.0, 0.0], [1.0, 0.0, 0.0])(image), image.rot90(1, (2, 3)))
    half = Move([1.0, 0.0, 0.5], [0.0, 1.0, 0.0])(image)[..., :-1]
    torch.testing.assert_close(half, (image[..., :-1] + image[..., 1:]) / 2)


def test_several_moves_are_done_in_order_by_one_sampling():
    image = pictures(1, side=6)
    turn, shift = Move([0.0, -1.0, 0.0], [1.0, 0.0, 0.0]), Move([1.0, 0.0, -1.0], [0.0, 1.0, 0.0])
    torch.testing.assert_close(DiffAugment([turn, shift])(image), shift(turn(image)))
    torch.testing.assert_close(DiffAugment([shift, turn])(image), turn(shift(image)))
    half, back = Move([1.0, 0.0, 0.5], [0.0, 1.0, 0.0]), Move([1.0, 0.0, -0.5], [0.0, 1.0, 0.0])
    torch.testing.assert_close(DiffAugment([half, back])(image), image)
    assert not torch.allclose(back(half(image)), image)


@pytest.mark.parametrize("augment", [Translation(0), Scale(0), Rotation(0)], ids=name)
def test_moves_of_no_extent_change_nothing(augment):
    assert torch.equal(augment(pictures()), pictures())


def test_scale_and_rotation_stay_within_their_largest():
    scales = Scale(max_octaves=1).source(torch.zeros(5000, 1, 4, 4))
    assert torch.equal(scales[:, 0, 0], scales[:, 1, 1])
    octaves = scales[:, 0, 0].log2()
    assert (octaves.min().item(), octaves.max().item()) == pytest.approx((-1, 1), abs=0.01)
    turns = Rotation(max_degrees=30).source(torch.zeros(5000, 1, 4, 4))[:, :2, :2]
    torch.testing.assert_close(turns @ turns.mT, torch.eye(2).expand(5000, -1, -1))
    degrees = torch.atan2(turns[:, 1, 0], turns[:, 0, 0]).rad2deg()
    assert (degrees.min().item(), degrees.max().item()) == pytest.approx((-30, 30), abs=0.2)


def test_brightness_adds_one_number_to_an_image():
    images = pictures(2000, 2)
    added = Brightness(max_shift=0.5)(images) - images
    torch.testing.assert_close(added, added[:, :1, :1, :1].expand_as(added))
    assert (added.min().item(), added.max().item()) == pytest.approx((-0.5, 0.5), abs=0.01)


def test_contrast_multiplies_the_distance_from_the_mean():
    images = pictures(2000, 2)
    mean = images.mean((1, 2, 3), keepdim=True)
    changed = Contrast(max_change=0.5)(images)
    factors = (changed - mean).flatten(1).norm(dim=1) / (images - mean).flatten(1).norm(dim=1)
    torch.testing.assert_close(changed, mean + factors[:, None, None, None] * (images - mean))
    assert (factors.min().item(), factors.max().item()) == pytest.approx((0.5, 1.5), abs=0.01)


@pytest.mark.parametrize("share", [0.5, 0.4, 1.0, 0.0])
def test_cutout_removes_a_square_whose_centre_is_anywhere_in_the_image(share):
    side, length = 12, round(12 * share)
    images = torch.ones(4000, 2, side, side)
    holes = seeded(Cutout(share), images) == 0
    assert torch.equal(holes[:, 0], holes[:, 1])
    assert (seeded(Cutout(share), images)[~holes]).eq(1).all()
    rows, columns = holes[:, 0].any(2), holes[:, 0].any(1)
    assert torch.equal(holes[:, 0], rows[:, :, None] & columns[:, None])
    # a stretch of that length, from wherever it begins, with what is outside left out
    firsts = torch.arange(-(length // 2), side - length % 2 - length // 2 + 1)
    at = torch.arange(side)
    expected = ((at >= firsts[:, None]) & (at < firsts[:, None] + length)).float()
    for covered in (rows, columns):
        assert {tuple(row) for row in covered.int().tolist()} == {tuple(row) for row in expected.int().tolist()}
        torch.testing.assert_close(covered.float().mean(0), expected.mean(0), atol=0.03, rtol=0)


def test_other_ranges_have_another_black_and_another_grey():
    images = torch.full((300, 1, 8, 8), 0.25)
    augment = DiffAugment([Translation(), Cutout()])
    augment.set_value_range((0.25, 1.0))
    assert augment(images).unique().tolist() == [0.25, 0.625]
    assert Translation()(images).unique().tolist() == [-1, 0.25]
    brightness = Brightness(max_shift=0.5)
    brightness.set_value_range((0.0, 1.0))
    assert (brightness(images) - images).abs().max().item() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Translation(-0.1), r"max_shift of Translation must lie in \[0, 1\], not -0.1"),
        (lambda: Scale(5), r"max_octaves of Scale must lie in \[0, 4\], not 5"),
        (lambda: Rotation(181), r"max_degrees of Rotation must lie in \[0, 180\], not 181"),
        (lambda: Brightness(float("nan")), r"max_shift of Brightness must lie in \[0, 2\], not nan"),
        (lambda: Contrast(1.5), r"max_change of Contrast must lie in \[0, 1\], not 1.5"),
        (lambda: Cutout(2), r"share of Cutout must lie in \[0, 1\], not 2"),
    ],
)
def test_options_out_of_range_are_refused(make, sentence):
    with pytest.raises(UsageError, match=sentence):
        make()


def test_moves_with_a_probability_are_drawn_for_each_move():
    images = torch.ones(4000, 1, 3, 3)
    left, up = Move([1.0, 0.0, 1.0], [0.0, 1.0, 0.0]), Move([1.0, 0.0, 0.0], [0.0, 1.0, 1.0])
    torch.manual_seed(0)
    moved = move_pixels([left, up], images, 0.25)
    gone = moved[:, 0, 0, 2] == -1, moved[:, 0, 2, 0] == -1
    assert [part.float().mean().item() for part in gone] == pytest.approx([0.25, 0.25], abs=0.02)
    assert (gone[0] & gone[1]).float().mean().item() == pytest.approx(0.0625, abs=0.02)
