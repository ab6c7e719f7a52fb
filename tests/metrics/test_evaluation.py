"""The protocol: which figures move when images go wrong in one way, what is kept, and what is refused."""

import pytest
import torch

from gan_lightning.data import MNISTDataModule
from gan_lightning.errors import UsageError
from gan_lightning.metrics import FrechetDistance, KernelDistance, PrecisionRecall, real
from gan_lightning.metrics.evaluation import Evaluation, spread
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.metrics.report import FIGURES

N = 360


@pytest.fixture(scope="module")
def data():
    return MNISTDataModule(dataset="digits")


@pytest.fixture(scope="module")
def evaluation(data):
    return Evaluation(extractor_for(data), data)


@pytest.fixture(scope="module")
def good(evaluation):
    """The figures of real images."""
    return evaluation.floor(N)


@pytest.fixture(scope="module")
def real_ones(data):
    """As many training images and labels as the floor has."""
    images, labels = data.images(True)
    return images[:N], labels[:N]


def test_real_images_are_near_the_ideal(evaluation, good, data):
    assert set(good) == set(FIGURES)
    assert good["fid"] < 1.5
    assert abs(good["kid"]) < 0.05
    assert good["inception_score"] > 9.5
    assert good["label_accuracy"] == 1
    assert good["modes"] == 10
    assert min(good[name] for name in ("precision", "recall", "density", "coverage")) > 0.9
    assert good["class_kl"] < 0.02
    images, labels = data.images(False)
    itself = evaluation.measure(images, labels)
    assert itself["fid"] == pytest.approx(0, abs=1e-5)
    assert itself["nn_distance_ratio"] == pytest.approx(1, abs=1e-4)
    assert itself["class_kl"] < 1e-3


@pytest.mark.parametrize("name", FIGURES)
def test_a_single_figure_is_that_of_the_whole(evaluation, real_ones, name):
    images, labels = (part[:150] for part in real_ones)
    assert evaluation.measure(images, labels, only=[name])[name] == evaluation.measure(images, labels)[name]


def test_figures_that_take_their_time_are_left_out(evaluation, real_ones):
    found = evaluation.measure(*real_ones, only=["fid"])
    costly = {"kid", "kid_std", "precision", "recall", "density", "coverage", "nn_distance_ratio"}
    assert set(found) == set(FIGURES) - costly


def test_white_noise_is_neither_precise_nor_diverse_but_sharp(evaluation, good):
    random = torch.Generator().manual_seed(0)
    noise = torch.randint(256, (N, 1, 28, 28), dtype=torch.uint8, generator=random)
    found = evaluation.measure(noise)
    assert found["fid"] > 50 * good["fid"]
    assert found["kid"] > 1
    assert found["precision"] == found["density"] == found["coverage"] == 0
    assert found["inception_score"] < 5
    assert found["nn_distance_ratio"] > 2
    assert found["sharpness"] > 10 * good["sharpness"]
    assert "label_accuracy" not in found


def test_one_repeated_image_is_precise_and_of_one_class(evaluation, good, real_ones):
    found = evaluation.measure(real_ones[0][:1].repeat(N, 1, 1, 1))
    assert found["precision"] == 1
    assert found["recall"] == 0
    assert found["coverage"] < 0.1
    assert found["modes"] == 1
    assert found["inception_score"] == pytest.approx(1)
    assert found["nn_distance_ratio"] == pytest.approx(0, abs=1e-2)
    assert found["pixel_diversity"] == pytest.approx(0, abs=1e-6)
    assert found["fid"] > 20 * good["fid"]


def test_a_missing_digit_costs_diversity_only(evaluation, good, data):
    images, labels = data.images(True)
    kept = (labels != 4).nonzero()[:N, 0]
    found = evaluation.measure(images[kept], labels[kept])
    assert found["modes"] == 9
    assert found["class_kl"] == pytest.approx(0.105, abs=0.01)  # log(10/9), and a little by chance
    assert found["mode_kl"] == pytest.approx(0.105, abs=0.01)
    assert found["recall"] < good["recall"] - 0.05
    assert found["coverage"] < good["coverage"] - 0.05
    assert found["fid"] > 3 * good["fid"]
    for name, tolerance in {"precision": 0.03, "label_accuracy": 0, "sharpness": 0.005, "contrast": 0.005}.items():
        assert found[name] == pytest.approx(good[name], abs=tolerance), name


def test_swapped_labels_cost_label_accuracy_only(evaluation, real_ones):
    images, labels = real_ones
    swapped = labels.clone()
    swapped[labels == 3], swapped[labels == 8] = 8, 3
    before, after = evaluation.measure(images, labels), evaluation.measure(images, swapped)
    share = ((labels == 3) | (labels == 8)).double().mean()
    assert after.pop("label_accuracy") == pytest.approx(before.pop("label_accuracy") - float(share))
    assert after == before


def test_copies_of_training_images_are_told_by_the_distance_ratio(evaluation, real_ones):
    assert evaluation.measure(real_ones[0])["nn_distance_ratio"] == pytest.approx(0, abs=1e-2)


def test_the_floor_compares_no_training_image_with_the_training_images(evaluation, good, monkeypatch):
    def fail(features):
        raise AssertionError("compared")

    monkeypatch.setattr(evaluation.new_images, "update", fail)
    assert evaluation.floor(N) == good
    assert good["nn_distance_ratio"] == 1


def test_measuring_is_repeatable_and_forgets(evaluation, real_ones):
    first = evaluation.measure(*real_ones)
    evaluation.measure(torch.zeros(200, 1, 28, 28, dtype=torch.uint8))
    assert evaluation.measure(*real_ones) == first


def test_the_features_of_the_test_split_are_kept_once_and_those_of_generated_images_never(evaluation, real_ones):
    evaluation.measure(*real_ones)
    test, training = len(evaluation.data.images(False)[0]), len(evaluation.data.images(True)[0])
    held = [value for part in vars(evaluation).values() for value in (part if isinstance(part, tuple) else [part])]
    held += [*evaluation.new_images.buffers(), *evaluation.new_images.distances]
    sizes = [value.shape for value in held if isinstance(value, torch.Tensor) and value.ndim == 2]
    assert sorted(sizes) == sorted([(test, 128), (test, 10), (training, 128)])


def test_features_are_held_and_compared_in_float64(evaluation, real_ones, monkeypatch):
    given = []
    for metric in (FrechetDistance, KernelDistance, PrecisionRecall):
        update = metric.update
        monkeypatch.setattr(
            metric, "update", lambda self, x, real, update=update: (given.append(x.dtype), update(self, x, real))
        )
    evaluation.measure(*real_ones)
    assert given == [torch.float64] * 6
    assert evaluation.real.features.dtype == torch.float64


def test_an_extractor_with_classes_of_its_own_gives_no_figures_of_classes(evaluation, real_ones, monkeypatch):
    monkeypatch.setattr(evaluation.data, "num_classes", 47)
    found = evaluation.measure(*real_ones)
    assert set(FIGURES) - set(found) == {"label_accuracy", "class_kl", "modes", "mode_kl"}


def test_real_features_are_computed_once_for_the_same_images(data, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_LIGHTNING_CACHE", str(tmp_path))
    extractor, images = extractor_for(data), data.images(False)[0]
    first = real.real_features(extractor, images)
    (path,) = (tmp_path / "features").iterdir()

    def fail(self, images):
        raise AssertionError("computed again")

    with monkeypatch.context() as patch:
        patch.setattr(type(extractor), "extract", fail)
        for one, other in zip(first, real.real_features(extractor, images), strict=True):
            assert torch.equal(one, other)
        with pytest.raises(AssertionError, match="computed again"):
            real.real_features(extractor, images.flip(0))
    path.write_bytes(b"damaged")
    assert torch.equal(real.real_features(extractor, images).features, first.features)


def test_a_cache_that_cannot_be_written_costs_a_warning(data, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GAN_LIGHTNING_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="are not cached"):
        real.real_features(extractor_for(data), data.images(False)[0][:3])


def test_protocol(evaluation):
    protocol = evaluation.protocol(2000)
    assert (protocol.reference_images, protocol.floor_images, protocol.features) == (360, 1437, "digits_28")
    assert "2,000 images against the 360 of the test split of digits" in str(protocol)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (torch.full((4,), 10), "labels go from 0 to 9, and there is a label 10"),
        (torch.full((4,), -1), "there is a label -1"),
        (torch.zeros(3), "there are 4 images but 3 labels"),
        (torch.zeros(4, 10), "there are 4 images but 4×10 labels: give one label for each image"),
    ],
)
def test_labels_that_cannot_be(evaluation, real_ones, labels, sentence):
    with pytest.raises(UsageError, match=sentence):
        evaluation.measure(real_ones[0][:4], labels.long())


def test_too_few_images_are_measured_with_a_warning(evaluation, real_ones):
    with pytest.warns(UserWarning, match="128 features from 100 images is far too large"):
        assert evaluation.measure(real_ones[0][:100])["fid"] > 0


def test_spread_keeps_the_proportions():
    labels = torch.tensor([0] * 30 + [1] * 10)
    assert spread(labels, 40).equal(labels)
    assert spread(labels, 20).bincount().tolist() == [15, 5]
    assert spread(labels, 400).bincount().tolist() == [300, 100]
