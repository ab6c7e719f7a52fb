"""What a DataLoader of one's own gives is looked at once, before the model trains on something else than was meant."""

import pytest
import torch
from helpers import tiny_model
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.callbacks import RealVersusGenerated
from gan_lightning.errors import UsageError
from gan_lightning.models import ConditionalGAN, VanillaGAN

IMAGES, LABELS = torch.rand(4, 1, 28, 28) * 2 - 1, torch.arange(4)

BATCHES = {
    "other shape": (
        (torch.rand(4, 1, 32, 32) * 2 - 1, LABELS),
        r"images of \(1, 32, 32\).*draws images of \(1, 28, 28\)",
    ),
    "from 0 to 1": ((IMAGES / 2 + 0.5, LABELS), r"pixels from .*normalise the images"),
    "from 0 to 255": ((IMAGES * 127.5 + 127.5, LABELS), r"pixels from .*normalise the images"),
    "standardised": ((IMAGES / 0.3, LABELS), r"pixels from .*normalise the images"),
    "NaN": ((IMAGES * float("nan"), LABELS), r"pixels from nan to nan"),
    "bytes": (((IMAGES * 127.5 + 127.5).byte(), LABELS), r"not uint8: .*Normalize"),
    "a single image": ((IMAGES[0], 3), "give a torch.utils.data.DataLoader of the data set"),
    "a single image alone": (IMAGES[0], "give a torch.utils.data.DataLoader of the data set"),
    "three parts": ((IMAGES, LABELS, LABELS), "not a list of 3: have the data set give"),
    "a dictionary": ({"image": IMAGES, "label": LABELS}, "not a dictionary of image, label"),
    "fractions as labels": ((IMAGES, LABELS / 2), r"labels of a batch have to be int64 of shape \(4,\).*not float32"),
    "one-hot labels": ((IMAGES, torch.eye(4, 10).long()), r"not int64 of shape \(4, 10\)"),
}


class Batches(torch.utils.data.Dataset):
    def __init__(self, batch):
        self.batch = batch

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.batch


def fit(trainer, batch, model=None):
    trainer.fit(model or tiny_model(), DataLoader(Batches(batch), batch_size=None))


@pytest.mark.parametrize("name", BATCHES)
def test_what_does_not_fit_is_said_in_one_sentence(make_trainer, name):
    batch, sentence = BATCHES[name]
    with pytest.raises(UsageError, match=sentence) as caught:
        fit(make_trainer(max_steps=2), batch)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("batch", [IMAGES, [IMAGES], (IMAGES, LABELS)], ids=["images", "in a list", "a pair"])
def test_images_alone_are_as_good_as_pairs_where_there_are_no_classes(make_trainer, tmp_path, batch):
    """Training, validation and pictures take them alike, and the labels make no difference."""
    trainer = make_trainer(max_steps=2, callbacks=[RealVersusGenerated()])
    model, loader = tiny_model(), DataLoader(Batches(batch), batch_size=None)
    trainer.fit(model, loader, loader)
    assert trainer.global_step == 2
    assert len(list((tmp_path / "real_v_generated").glob("*.png"))) == 1
    other = tiny_model()
    make_trainer(max_steps=2).fit(other, DataLoader(Batches((IMAGES, LABELS)), batch_size=None))
    assert all(map(torch.equal, model.state_dict().values(), other.state_dict().values()))


@pytest.mark.parametrize("batch", [IMAGES, [IMAGES]])
def test_a_model_that_is_told_the_class_needs_labels(make_trainer, batch):
    with pytest.raises(UsageError, match=r"pair of images and labels, not .*images alone to a model without classes"):
        fit(make_trainer(max_steps=2), batch, ConditionalGAN(latent_dim=4, hidden_dims=[8]))


def test_a_data_set_without_a_loader_says_what_it_lacks(make_trainer):
    with pytest.raises(UsageError, match=r"give a torch\.utils\.data\.DataLoader of the data set"):
        make_trainer(max_steps=2).fit(tiny_model(), TensorDataset(IMAGES, LABELS))


def test_labels_that_the_model_does_not_have_are_told(make_trainer):
    model = ConditionalGAN(latent_dim=4, hidden_dims=[8], num_classes=3)
    with pytest.raises(UsageError, match="labels from 0 to 3, and the model has classes 0 to 2"):
        fit(make_trainer(max_steps=2), (IMAGES, LABELS), model)


def test_what_fits_is_trained_on_and_looked_at_once(make_trainer, monkeypatch):
    looked = []
    monkeypatch.setattr("gan_lightning.training.module.check_batch", lambda *args: looked.append(args))
    trainer = make_trainer(max_steps=2)
    fit(trainer, (IMAGES, LABELS))
    assert trainer.global_step == 2
    assert len(looked) == 1


def test_images_of_the_models_own_range_are_trained_on(make_trainer):
    trainer, model = make_trainer(max_steps=2), VanillaGAN(latent_dim=4, hidden_dims=[8], value_range=(0.0, 1.0))
    fit(trainer, (IMAGES / 2 + 0.5, LABELS), model)
    assert trainer.global_step == 2
