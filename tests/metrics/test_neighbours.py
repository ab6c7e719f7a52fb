"""Precision, recall, density, coverage and the distance ratio on points whose neighbours can be counted by hand."""

import numpy as np
import pytest
import torch

from gan_lightning.errors import UsageError
from gan_lightning.metrics import NearestNeighbourRatio, PrecisionRecall


def figures(real, generated, k=5):
    metric = PrecisionRecall(k)
    metric.update(real, real=True)
    metric.update(generated, real=False)
    return {name: float(value) for name, value in metric.compute().items()}


def line(*positions):
    return torch.tensor([[float(x)] for x in positions])


def test_hand_made_points():
    """With k = 1 the balls of the real 0, 1, 3, 10 have the radii 1, 1, 2, 7, those of the generated 0.5, 9, 20
    have 8.5, 8.5, 11. So 0.5 is in the balls of 0 and 1, 9 in that of 10, and 20 in none; of the real ones, 3 has
    no generated one in its ball, whose border at 5 and 1 none reaches, but lies in those of 0.5 and 9."""
    found = figures(line(0, 1, 3, 10), line(0.5, 9, 20), k=1)
    assert found == pytest.approx({"precision": 2 / 3, "recall": 1, "density": (2 + 1 + 0) / 3, "coverage": 3 / 4})


def test_neighbours_are_found_in_float64_whatever_is_given():
    """Far from the origin, where float32 has no digits left for the distances."""
    random = torch.Generator().manual_seed(0)
    real, generated = torch.randn(2, 200, 4, generator=random).add(300).unbind()
    assert figures(real, generated) == figures(real.double(), generated.double())


def test_balls_are_open():
    """A generated point at exactly the radius is outside."""
    assert figures(line(0, 1), line(-1, 3), k=1)["precision"] == 0


def test_agrees_with_the_published_formulas():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(60, 4)), random.normal(size=(50, 4)) + 0.5
    k = 3

    def distances(a, b):
        return np.linalg.norm(a[:, None] - b[None], axis=-1)

    real_radii = np.sort(distances(real, real), axis=1)[:, k]
    generated_radii = np.sort(distances(generated, generated), axis=1)[:, k]
    across = distances(real, generated)
    expected = {
        "precision": (across < real_radii[:, None]).any(axis=0).mean(),
        "recall": (across < generated_radii[None]).any(axis=1).mean(),
        "density": (across < real_radii[:, None]).sum(axis=0).mean() / k,
        "coverage": (across.min(axis=1) < real_radii).mean(),
    }
    assert figures(torch.tensor(real), torch.tensor(generated), k) == pytest.approx(expected)


def test_two_draws_from_one_distribution():
    random = torch.Generator().manual_seed(0)
    real, generated = torch.randn(2, 2500, 4, generator=random).unbind()
    found = figures(real, generated)
    assert found["density"] == pytest.approx(1, abs=0.03)
    assert found["coverage"] == pytest.approx(0.97, abs=0.015)


def test_one_repeated_image_is_precise_but_covers_nothing():
    real = torch.randn(200, 8, generator=torch.Generator().manual_seed(0))
    found = figures(real, real[:1].repeat(200, 1))
    assert found["precision"] == 1
    assert found["recall"] == 0
    assert found["coverage"] < 0.1


def test_too_few_images_are_refused():
    with pytest.raises(UsageError, match="need more than 5 images on each side, and one has 5"):
        figures(torch.randn(5, 2), torch.randn(100, 2))


def test_ratio_of_copies_of_the_test_images_and_of_others():
    random = torch.Generator().manual_seed(0)
    known, held_out = torch.randn(500, 8, generator=random), torch.randn(100, 8, generator=random)

    def ratio(points):
        metric = NearestNeighbourRatio(known, held_out)
        for part in points.tensor_split(3):
            metric.update(part)
        return float(metric.compute())

    assert ratio(known[:200]) == pytest.approx(0, abs=1e-3)
    assert ratio(held_out) == pytest.approx(1)
    assert ratio(torch.randn(100, 8, generator=random)) == pytest.approx(1, abs=0.15)
    assert ratio(held_out * 10) > 3
