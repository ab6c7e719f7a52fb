"""Several transforms together, the adaptive rule, and how they are asked for."""

import pytest
import torch
from jsonargparse import ArgumentParser

from gan_lightning.augment import AdaptiveAugment, Augmentation, Brightness, Cutout, DiffAugment, Pointwise, Translation
from gan_lightning.checkpoints.description import describe
from gan_lightning.errors import UsageError


class Double(Pointwise):
    """Doubles images: somebody's own transform."""

    def transform(self, images):
        return images * 2


class AddOne(Pointwise):
    def transform(self, images):
        return images + 1


def asked_for(*options):
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--augment", type=Augmentation | None, default=None)
    return parser.instantiate_classes(parser.parse_args(list(options))).augment


def test_transforms_are_applied_in_their_order():
    images = torch.ones(3, 1, 2, 2)
    assert DiffAugment([Double(), AddOne()])(images).unique().tolist() == [3]
    assert DiffAugment([AddOne(), Double()])(images).unique().tolist() == [4]


def test_every_transform_is_drawn_by_itself():
    torch.manual_seed(0)
    images = AdaptiveAugment([Double(), AddOne()])(torch.ones(4000, 1, 1, 1), torch.tensor(0.25)).flatten()
    shares = [(images == value).float().mean().item() for value in (1, 2, 3)]
    assert shares == pytest.approx([0.75 * 0.75, 2 * 0.25 * 0.75, 0.25 * 0.25], abs=0.02)


@pytest.mark.parametrize(("augment", "count"), [(DiffAugment(), 4), (AdaptiveAugment(), 6)])
def test_the_transforms_of_the_papers_are_the_default(augment, count):
    assert len({type(transform) for transform in augment.transforms}) == count


@pytest.mark.parametrize(
    ("p", "sign", "expected"), [(0.5, 0.7, 0.502), (0.5, 0.5, 0.498), (0.5, 0.6, 0.5), (0.0, -1, 0.0), (1.0, 1, 1.0)]
)
def test_the_probability_moves_towards_the_target_within_0_and_1(p, sign, expected):
    moved = AdaptiveAugment(target=0.6, speed=500_000).adapted(torch.tensor(p), torch.tensor(sign), images=1000)
    assert moved.shape == ()
    assert moved.item() == pytest.approx(expected, abs=1e-6)


def test_the_whole_way_takes_the_images_of_the_speed():
    p, augment = torch.tensor(0.0), AdaptiveAugment(speed=2000)
    for _ in range(9):
        p = augment.adapted(p, torch.tensor(0.9), images=4 * 50)
    assert p.item() == pytest.approx(0.9)
    for _ in range(9):
        p = augment.adapted(p, torch.tensor(0.1), images=4 * 50)
    assert p.item() == pytest.approx(0.0, abs=1e-6)


def test_the_rule_asks_the_device_for_nothing():
    p = torch.tensor(0.5, device="meta")
    assert AdaptiveAugment().adapted(p, p, 64).device.type == "meta"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"transforms": []}, r"AdaptiveAugment needs transforms: give some, such as \[Translation, Cutout\]"),
        ({"target": 1.0}, r"target of AdaptiveAugment must lie in \(-1, 1\), not 1.0"),
        ({"speed": 0}, "speed of AdaptiveAugment must be at least 1, not 0"),
        ({"every": -4}, "every of AdaptiveAugment must be at least 1, not -4"),
    ],
)
def test_options_out_of_range_are_refused(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        AdaptiveAugment(**options)


def test_one_transform_alone_is_asked_for_by_its_name():
    assert type(asked_for("--augment", "Cutout")) is Cutout
    assert asked_for("--augment=Cutout", "--augment.share=0.3").share == 0.3


def test_several_are_asked_for_by_their_names_and_options():
    augment = asked_for(
        "--augment=AdaptiveAugment",
        "--augment.transforms=[Translation, {class_path: Cutout, init_args: {share: 0.3}}]",
        "--augment.target=0.5",
    )
    assert [type(transform) for transform in augment.transforms] == [Translation, Cutout]
    assert (augment.transforms[1].share, augment.target) == (0.3, 0.5)
    own = asked_for("--augment=DiffAugment", f"--augment.transforms=[{__name__}.Double]")
    assert own(torch.ones(1, 1, 1, 1)).item() == 2


def test_checkpoints_can_say_how_they_were_built():
    described = describe(AdaptiveAugment([Brightness(0.2), Cutout()], every=8))
    paths = [transform["class_path"] for transform in described["init_args"]["transforms"]]
    assert paths == ["gan_lightning.augment.pixels.Brightness", "gan_lightning.augment.pixels.Cutout"]
    assert described["init_args"]["every"] == 8
    assert Cutout(share=0.3).constructor_call == ((), {"share": 0.3})
