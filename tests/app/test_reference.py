import pytest
import torch
from helpers import tiny_data

from gan_lightning import load
from gan_lightning.app.reference import Reference, find_reference, measure, real_images, report
from gan_lightning.data import MNISTDataModule
from gan_lightning.metrics.features.store import SHIPPED, load_classifier
from gan_lightning.metrics.pixels import PixelFigures
from gan_lightning.models import ConditionalGAN


@pytest.fixture(scope="module")
def real():
    return tiny_data().images(train=True)


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(SHIPPED / "digits_28.safetensors")


@pytest.fixture
def trained_on(conditional_checkpoint, tmp_path):
    """Makes a checkpoint that says that its model was trained on other data."""

    def make(**options):
        checkpoint = torch.load(conditional_checkpoint, weights_only=True)
        checkpoint["datamodule_hyper_parameters"].update(options)
        torch.save(checkpoint, tmp_path / "x.ckpt")
        return tmp_path / "x.ckpt"

    return make


def test_the_figures_are_those_of_the_pixels_and_of_the_classifier(real, classifier):
    images, labels = real
    metric = PixelFigures((1, 28, 28))
    metric.update(images)
    pixels = {name: value.item() for name, value in metric.compute().items()}
    assert measure(images, None, None) == pixels
    assert measure(images, None, classifier) == pixels, "nothing was asked for"
    wrong = labels.clone()
    wrong[::2] = (wrong[::2] + 1) % 10
    found = classifier.extract(images).logits.argmax(dim=1)
    assert measure(images, wrong, classifier) == {"label_accuracy": (found == wrong).double().mean().item(), **pixels}
    assert measure(images, labels, classifier)["label_accuracy"] > 0.9


def test_real_images_have_the_same_labels(real):
    images, labels = real_images(Reference(real), 5, torch.tensor([7, 7, 3, 7, 3]))
    assert labels.tolist() == [3, 3, 7, 7, 7]
    for image, label in zip(images, labels, strict=True):
        same = (real[0] == image).flatten(1).all(dim=1)
        assert label in real[1][same]
    assert len(images.flatten(1).unique(dim=0)) == 5
    assert torch.equal(images, real_images(Reference(real), 5, labels)[0]), "the choice is always the same"
    unlabelled, none = real_images(Reference(real), 6, None)
    assert (len(unlabelled), none) == (6, None)
    assert len(real_images(Reference(real), 1000, None)[0]) == len(real[0]), "there are no more"


def test_the_reference_is_the_data_of_the_checkpoint(conditional_checkpoint, checkpoint):
    found = find_reference(conditional_checkpoint, load(conditional_checkpoint))
    images, labels = MNISTDataModule(dataset="digits", digits=[3, 8]).images(train=True)
    assert torch.equal(found.real[0], images)
    assert torch.equal(found.real[1], labels)
    assert found.classifier.name == "digits_28"
    assert find_reference(checkpoint, load(checkpoint)).classifier is None, "an unconditional model has no use for it"


def test_the_reference_of_a_digit_wise_run_is_all_of_its_digits(trained_on, tmp_path):
    for digit in (5, 7):
        checkpoint = trained_on(digits=[digit])
        folder = tmp_path / "run" / f"digit_{digit}" / "checkpoints"
        folder.mkdir(parents=True)
        checkpoint.rename(folder / "last.ckpt")
    found = find_reference(tmp_path / "run", ConditionalGAN(latent_dim=4, hidden_dims=[8], classes=[5, 7]))
    assert found.real[1].unique().tolist() == [5, 7]
    assert found.classifier.name == "digits_28"


def test_what_is_not_at_hand_is_neither_downloaded_nor_trained(trained_on, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_LIGHTNING_CACHE", str(tmp_path / "cache"))
    attempts = []

    def find(**options):
        path = trained_on(root=str(tmp_path), digits=None, **options)
        return find_reference(path, load(path))

    monkeypatch.setattr(
        "torchvision.datasets.mnist.download_and_extract_archive", lambda *args, **options: attempts.append(args)
    )
    monkeypatch.setattr("gan_lightning.metrics.features.store.train_and_save", lambda *args: attempts.append(args))
    mnist = find(dataset="mnist")
    assert mnist.classifier.name == "mnist_28"
    assert mnist.real is None
    assert find(dataset="kmnist") == Reference()
    assert find(_class_path="my_data.MyData") == Reference()
    resized = find(image_size=16)
    assert resized.classifier is None
    assert resized.real[0].shape[1:] == (1, 16, 16)
    assert attempts == []


def test_the_report_has_both_sides_and_says_what_is_missing(real, classifier):
    images, labels = real[0][:20], real[1][:20]
    contrast = measure(images, None, None)["contrast"]
    full = report(images, labels, Reference(real, classifier))
    beside = measure(*real_images(Reference(real), 20, labels), None)["contrast"]
    assert "| figure | generated | real |" in full
    assert f"| contrast | {contrast:.3f} | {beside:.3f} |" in full
    assert "| label accuracy | 1.000 | 1.000 |" in full
    assert "training images of the same classes" in full
    bare = report(images, labels, Reference())
    assert f"| contrast | {contrast:.3f} |\n" in bare
    assert "real |" not in bare
    assert "not at hand: there are no figures of real ones" in bare
    assert "No classifier" in bare
    unconditional = report(images, None, Reference(real))
    assert "label" not in unconditional
    assert "classifier" not in unconditional
