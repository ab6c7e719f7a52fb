"""Inception score and histograms of classes against their definitions."""

import math

import numpy as np
import pytest
import torch
from torch_fidelity.metric_isc import isc_features_to_metric

from gan_lightning.data import MNISTDataModule
from gan_lightning.metrics import ClassHistogram, InceptionScore
from gan_lightning.metrics.features.base import joint_logits
from gan_lightning.metrics.features.store import extractor_for


@pytest.fixture
def logits():
    return torch.randn(300, 10, generator=torch.Generator().manual_seed(0)) * 3


def score(logits):
    metric = InceptionScore()
    metric.update(logits)
    return float(metric.compute())


def one_hot(labels, num_classes):
    return torch.nn.functional.one_hot(labels, num_classes).float()


def histogram(generated, real, num_classes=10):
    metric = ClassHistogram(num_classes)
    metric.update(one_hot(real, num_classes), real=True)
    metric.update(one_hot(generated, num_classes), real=False)
    return {name: float(value) for name, value in metric.compute().items()}


def test_inception_score_agrees_with_numpy(logits):
    x = logits.double().numpy()
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    expected = np.exp((p * np.log(p / p.mean(axis=0))).sum(axis=1).mean())
    assert score(logits) == pytest.approx(expected, rel=1e-6)


def test_inception_score_agrees_with_torch_fidelity(logits):
    expected = isc_features_to_metric(logits, splits=1)["inception_score_mean"]
    assert score(logits) == pytest.approx(expected, rel=1e-6)


def test_inception_score_goes_from_one_to_the_number_of_classes():
    certain = 50 * one_hot(torch.arange(300) % 10, 10)
    assert score(certain) == pytest.approx(10)
    assert score(certain[:1].repeat(300, 1)) == pytest.approx(1)
    assert score(torch.zeros(300, 10)) == pytest.approx(1)


def test_histogram_of_one_missing_class():
    real = torch.arange(1000) % 10
    generated = real[real != 4]
    found = histogram(generated, real)
    assert found["modes"] == 9
    assert found["mode_kl"] == pytest.approx(math.log(10 / 9))
    assert found["class_kl"] == pytest.approx(math.log(10 / 9))


def test_histogram_against_real_proportions():
    """KL of (1/2, 1/2) from (1/4, 3/4), up to the half count that real classes start from."""
    real = torch.tensor([0] * 25_000 + [1] * 75_000)
    generated = torch.tensor([0, 1] * 100)
    found = histogram(generated, real, num_classes=2)
    assert found["class_kl"] == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3), abs=1e-4)
    assert found["mode_kl"] == pytest.approx(0)


def test_a_class_that_no_real_image_has_leaves_the_divergence_finite():
    assert 1 < histogram(torch.tensor([1] * 10), torch.tensor([0] * 100), num_classes=2)["class_kl"] < 10


def test_joint_classes_are_numbered_by_their_digits():
    digits = torch.tensor([[1, 2, 3], [0, 0, 9], [7, 4, 0]])
    joint = joint_logits(one_hot(digits, 10) * 5)
    assert joint.shape == (3, 1000)
    assert joint.argmax(dim=1).tolist() == [123, 9, 740]
    torch.testing.assert_close(joint.exp().sum(dim=1), torch.ones(3))


MNIST_COUNTS = torch.tensor([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
"""How many images of each digit MNIST has for training, which Stacked MNIST is made of."""


def test_stacks_of_real_digits_score_what_the_field_reports_for_a_perfect_sampler():
    """KL 0.0235 for N = 26,000: (modes - 1) / 2N = 0.0192 by chance, and thrice MNIST's own KL from uniform, 0.0014.

    Here the digits are those that come with scikit-learn, drawn in MNIST's proportions.
    """
    data = MNISTDataModule(dataset="digits")
    images, labels = (torch.cat(parts) for parts in zip(*(data.images(train) for train in (True, False)), strict=True))
    logits = extractor_for(data).extract(images).logits
    weights = (MNIST_COUNTS / labels.bincount())[labels]
    random = torch.Generator().manual_seed(0)
    stacks = torch.multinomial(weights, 3 * 26_000, replacement=True, generator=random).view(-1, 3)
    metric = ClassHistogram(1000)
    metric.update(joint_logits(logits[stacks]), real=False)
    found = metric.compute()
    assert found["modes"] == 1000
    assert float(found["mode_kl"]) == pytest.approx(0.0235, abs=0.003)
