"""Inception v3 from a local file of weights; these are random, since the real ones are a download."""

from urllib.error import URLError

import pytest
import torch
from torch_fidelity import feature_extractor_inceptionv3

from gan_lightning.data import MNISTDataModule
from gan_lightning.errors import UsageError
from gan_lightning.metrics.features.inception import InceptionFeatures
from gan_lightning.metrics.features.store import extractor_for


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file in the form of the published one."""
    path = tmp_path_factory.mktemp("inception") / "weights.pth"
    with pytest.MonkeyPatch.context() as patch:
        network = feature_extractor_inceptionv3.FeatureExtractorInceptionV3
        patch.setattr(network, "load_state_dict", lambda self, state: None)
        patch.setattr(torch, "load", lambda *args, **options: None)
        torch.manual_seed(0)
        torch.save(network("inception", ["2048"], str(path)).state_dict(), path)
    return path


def test_features_are_those_of_torch_fidelity(weights):
    images = MNISTDataModule(dataset="digits").images(False)[0][:2]
    extractor = extractor_for(MNISTDataModule(dataset="digits"), "inception", str(weights))
    found = extractor.extract(images)
    network = feature_extractor_inceptionv3.FeatureExtractorInceptionV3
    direct = network("inception", ["2048", "logits_unbiased"], str(weights))(images.repeat(1, 3, 1, 1))
    assert found.features.shape == (2, extractor.num_features) == (2, 2048)
    assert found.logits.shape == (2, extractor.num_classes)
    assert found.features.std() > 0
    for one, other in zip(found, direct, strict=True):
        torch.testing.assert_close(one, other)


def test_without_a_network_or_a_file_one_sentence_says_what_to_do(monkeypatch):
    def offline(*args, **options):
        raise URLError("no route to host")

    monkeypatch.setattr(feature_extractor_inceptionv3, "load_state_dict_from_url", offline)
    with pytest.raises(UsageError, match=r"could not be downloaded.*give the file with --inception_weights"):
        InceptionFeatures()


def test_without_torch_fidelity_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch_fidelity.feature_extractor_inceptionv3", None)
    with pytest.raises(UsageError, match="pip install torch-fidelity"):
        InceptionFeatures()


def test_files_that_are_no_weights(tmp_path):
    with pytest.raises(UsageError, match="there are no weights of Inception at"):
        InceptionFeatures(str(tmp_path / "nowhere.pth"))
    (tmp_path / "text.pth").write_text("not weights")
    with pytest.raises(UsageError, match="no file of weights"):
        InceptionFeatures(str(tmp_path / "text.pth"))
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(UsageError, match="does not hold the weights of Inception v3"):
        InceptionFeatures(str(tmp_path / "other.pth"))
