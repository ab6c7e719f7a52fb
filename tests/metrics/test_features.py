"""The classifiers that come with the package, training and caching others, and what an extractor promises."""

import hashlib
import json

import pytest
import torch
from torch import nn

from gan_lightning.data import MNISTDataModule
from gan_lightning.errors import UsageError
from gan_lightning.metrics.features import store
from gan_lightning.metrics.features.base import PerChannel
from gan_lightning.metrics.features.classifier import Classifier, load_classifier, save_classifier
from gan_lightning.metrics.features.store import SHIPPED, cached_path, extractor_for
from gan_lightning.metrics.features.training import Recipe, accuracy, move_randomly, train_classifier

DIGITS = SHIPPED / "digits_28.safetensors"


@pytest.fixture
def data():
    return MNISTDataModule(dataset="digits")


@pytest.fixture
def small_data():
    """60 images of 14×14, which no shipped classifier is for."""
    return MNISTDataModule(dataset="digits", image_size=14, digits=[1, 7], samples_per_class=30)


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
def test_shipped_classifiers_are_what_their_cards_say(dataset):
    path = SHIPPED / f"{dataset}_28.safetensors"
    card = json.loads(path.with_suffix(".json").read_text())
    extractor = load_classifier(path)
    assert (card["dataset"], card["image_shape"], card["num_classes"]) == (dataset, [1, 28, 28], 10)
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert card["parameters"] == sum(p.numel() for p in extractor.parameters()) <= 300_000
    assert path.stat().st_size < 1.5e6
    assert card["test_accuracy"] >= 0.994
    assert Recipe(**card["recipe"]) == Recipe(), "the recipe that others are trained by is that of the shipped ones"


def test_the_digits_classifier_is_as_accurate_as_its_card_says(data):
    card = json.loads(DIGITS.with_suffix(".json").read_text())
    classifier = load_classifier(DIGITS).classifier
    assert accuracy(classifier, data.images(False)) == pytest.approx(card["test_accuracy"])


def test_an_extractor_is_frozen_and_stays_in_eval_mode(data):
    extractor = extractor_for(data)
    holder = nn.ModuleList([extractor]).train()
    assert holder.training
    assert not any(module.training for module in extractor.modules())
    assert not any(p.requires_grad for p in extractor.parameters())
    images = data.images(False)[0][:7]
    found = extractor.extract(images)
    assert found.features.shape == (7, extractor.num_features)
    assert found.logits.shape == (7, 10)
    assert (found.features >= 0).all()


def test_the_size_of_a_batch_does_not_matter(data, monkeypatch):
    extractor, images = extractor_for(data), data.images(False)[0][:50]
    whole = extractor.extract(images)
    monkeypatch.setattr(type(extractor), "batch_size", 7)
    for one, other in zip(whole, extractor.extract(images), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_stacked_images_are_seen_channel_by_channel(data):
    single = extractor_for(data)
    stacked = PerChannel(single)
    images, labels = data.images(False)
    found = stacked.extract(images[:30].view(10, 3, 28, 28))
    features, logits = single.extract(images[:30])
    torch.testing.assert_close(found.features, features.view(10, 3 * single.num_features), rtol=1e-4, atol=1e-5)
    digits = labels[:30].view(10, 3)
    assert logits.argmax(dim=1).equal(labels[:30])
    assert found.logits.argmax(dim=1).equal(digits @ torch.tensor([100, 10, 1]))


def test_training_tells_after_each_batch_what_share_of_it_is_done(data):
    images, labels = data.images(True)
    shares = []
    train_classifier((images[:96], labels[:96]), 10, Recipe(epochs=2, min_images=0, batch_size=32), shares.append)
    assert shares == pytest.approx([batch / 6 for batch in range(1, 7)])


def test_training_teaches_and_repeats_to_the_bit(data):
    before = torch.get_rng_state()
    train = data.images(True)
    recipe = Recipe(epochs=4, min_images=0, batch_size=64)
    first, second = (train_classifier(train, 10, recipe) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state())
    for one, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert accuracy(first, data.images(False)) > 0.8
    assert accuracy(Classifier(1, 10).eval(), data.images(False)) < 0.3


def test_images_that_are_not_to_be_moved_stay_where_they_are(data):
    images = data.images(False)[0][:5].float() / 127.5 - 1
    still = Recipe(rotation=0, zoom=0, shift=0)
    torch.testing.assert_close(move_randomly(images, still), images, rtol=0, atol=1e-4)
    moved = move_randomly(images, Recipe())
    assert -1 <= moved.min() < moved.max() <= 1
    assert (moved - images).abs().mean() > 0.05
    assert (moved.mean() - images.mean()).abs() < 0.1


def test_a_classifier_is_trained_once_and_then_found(small_data, tmp_path, monkeypatch, quick_recipe):
    monkeypatch.setenv("GAN_LIGHTNING_CACHE", str(tmp_path))
    said = []
    first = extractor_for(small_data, announce=said.append)
    second = extractor_for(small_data, announce=said.append)
    assert said == [f"training a classifier of digits for the figures, once: it is kept in {tmp_path / 'classifiers'}"]
    assert first.fingerprint() == second.fingerprint()
    card = json.loads(next((tmp_path / "classifiers").glob("digits_14_*.json")).read_text())
    assert (card["train_images"], card["num_classes"]) == (1437, 10), "it knows all samples of all classes"
    assert not list(tmp_path.rglob("*.partial"))


def test_the_cache_tells_data_sets_sizes_and_recipes_apart():
    paths = {
        cached_path("digits", (1, 28, 28), Recipe()),
        cached_path("digits", (3, 28, 28), Recipe()),
        cached_path("digits", (1, 16, 16), Recipe()),
        cached_path("mnist", (1, 28, 28), Recipe()),
        cached_path("digits", (1, 28, 28), Recipe(epochs=9)),
    }
    assert len(paths) == 5


def test_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("GAN_LIGHTNING_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.cache_folder() == tmp_path / "gan_lightning"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert store.cache_folder() == tmp_path / "home" / ".cache" / "gan_lightning"


def test_a_file_can_be_named(data, tmp_path):
    torch.manual_seed(0)
    facts = {"dataset": "mine", "image_shape": [1, 28, 28], "train_images": 1, "test_images": 1, "recipe": {}}
    path = tmp_path / "mine.safetensors"
    classifier = Classifier(1, 10).eval()
    save_classifier(path, classifier, **facts, test_accuracy=0.1)
    extractor = extractor_for(data, features=str(path))
    images = data.images(False)[0][:4]
    assert extractor.name == "mine"
    assert torch.equal(extractor.extract(images).features, classifier(images.float() * (2 / 255) - 1).features)


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ("vgg", "features are classifier, inception or a .safetensors file, not vgg"),
        ("nowhere.safetensors", "there is no classifier at nowhere.safetensors"),
    ],
)
def test_features_that_there_are_not(data, features, sentence):
    with pytest.raises(UsageError, match=sentence):
        extractor_for(data, features)


def test_a_damaged_classifier_is_told(tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(DIGITS.read_bytes()[:-1])
    path.with_suffix(".json").write_text(DIGITS.with_suffix(".json").read_text())
    with pytest.raises(UsageError, match=r"damaged.safetensors or its card is damaged \(the hash is not that of the"):
        load_classifier(path)
