"""Fréchet and kernel distance against closed forms, torch-fidelity and float64 computations with NumPy and SciPy."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from gan_lightning.errors import UsageError
from gan_lightning.metrics import FrechetDistance, KernelDistance


@pytest.fixture(scope="module")
def features():
    """Correlated, skewed features, as those of a network are: 600 real and 500 generated ones with 16 each."""
    random = torch.Generator().manual_seed(0)
    mix = torch.randn(16, 16, generator=random)
    real = torch.relu(torch.randn(600, 16, generator=random) @ mix)
    generated = torch.relu(torch.randn(500, 16, generator=random) @ mix + 0.5)
    return real, generated


def value(metric, features, parts=1):
    for side, real in zip(features, (True, False), strict=True):
        for part in side.tensor_split(parts):
            metric.update(part, real=real)
    return metric.compute()


def test_frechet_distance_agrees_with_scipy(features):
    real, generated = (side.double().numpy() for side in features)
    covariances = [np.cov(side, rowvar=False, ddof=1) for side in (real, generated)]
    shift = real.mean(axis=0) - generated.mean(axis=0)
    root = sqrtm(covariances[0] @ covariances[1])
    expected = shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * root.real)
    assert float(value(FrechetDistance(16), features)) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_agrees_with_torch_fidelity(features):
    statistics = [fid_features_to_statistics(side) for side in features]
    expected = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert float(value(FrechetDistance(16), features)) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_a_shift_and_a_stretch():
    """A shift by s costs ‖s‖², a stretch of one axis from deviation σ to kσ costs (k - 1)² σ²."""
    torch.manual_seed(0)
    x = torch.randn(400, 3)
    x = (x - x.mean(dim=0)) @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x.T))).T  # covariance 1 exactly
    y = x * torch.tensor([1.0, 3.0, 1.0]) + torch.tensor([0.0, 0.0, 2.0])
    assert float(value(FrechetDistance(3), (x, y))) == pytest.approx(4 + 4, rel=1e-5)
    assert float(value(FrechetDistance(3), (x, x))) == pytest.approx(0, abs=1e-5)


def test_too_few_images_for_the_features_are_reported_with_a_warning(features):
    with pytest.warns(UserWarning, match="from 16 images is far too large: their covariance needs more than 16 images"):
        few = value(FrechetDistance(16), (features[0], features[1][:16]))
    assert few > value(FrechetDistance(16), features)


def test_kernel_distance_agrees_with_numpy(features):
    """With subsets of all images, of which there is one."""
    sides = [side.double().numpy()[:500] for side in features]

    def kernel(a, b):
        return (a @ b.T / 16 + 1) ** 3

    n = 500
    within = sum((kernel(side, side).sum() - np.trace(kernel(side, side))) / (n * (n - 1)) for side in sides)
    expected = within - 2 * kernel(*sides).mean()
    mean, deviation = value(KernelDistance(16, subsets=1), [side[:500] for side in features])
    assert float(mean) == pytest.approx(expected, rel=1e-6)
    assert deviation == 0


def test_kernel_distance_agrees_with_torch_fidelity(features):
    from torch_fidelity.metric_kid import kid_features_to_metric

    sides = [side[:500].double() for side in features]
    expected = kid_features_to_metric(
        *sides,
        kid_subsets=1,
        kid_subset_size=500,
        kid_kernel="poly",
        kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None,
        kid_kernel_poly_coef0=1,
        rng_seed=0,
        verbose=False,
    )["kernel_inception_distance_mean"]
    assert float(value(KernelDistance(16, subsets=1), sides)[0]) == pytest.approx(expected, rel=1e-6)


def test_kernel_distance_neither_depends_on_the_random_stream_nor_disturbs_it(features):
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        found.append(value(KernelDistance(16, subsets=5, subset_size=50), features))
        assert torch.equal(before, torch.get_rng_state())
    assert found[0] == found[1]
    assert found[0][1] > 0, "the subsets differ from each other"


@pytest.mark.parametrize("make", [FrechetDistance, KernelDistance])
def test_distances_are_computed_in_float64_whatever_they_are_given(make, features):
    """Far from the origin, where float32 has no digits left for the differences."""
    far = [side.float() + 300 for side in features]
    single, double = value(make(16), far), value(make(16), [side.double() for side in far])
    torch.testing.assert_close(single, double, rtol=0, atol=0)
    assert all(part.dtype == torch.float64 for part in (single if isinstance(single, tuple) else [single]))


@pytest.mark.parametrize("make", [FrechetDistance, KernelDistance])
def test_parts_add_up_to_the_whole(make, features):
    whole, parts = value(make(16), features), value(make(16), features, parts=7)
    torch.testing.assert_close(whole, parts, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("make", [FrechetDistance, KernelDistance])
def test_features_that_are_not_finite_are_refused(make, features):
    broken = features[1].clone()
    broken[3, 4] = torch.nan
    with pytest.raises(UsageError, match="NaN"):
        make(16).update(broken, real=False)
