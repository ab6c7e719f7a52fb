import pytest
import torch

from gan_lightning.data import MNISTDataModule
from gan_lightning.errors import UsageError


def ready(**options):
    data = MNISTDataModule(**{"dataset": "digits", **options})
    data.setup("fit")
    return data


def test_what_the_model_needs_is_known_before_any_file_is_read(tmp_path):
    data = MNISTDataModule("usps", root=tmp_path / "nowhere")
    assert (data.image_shape, data.num_classes, data.classes) == ((1, 16, 16), 10, list(range(10)))
    assert MNISTDataModule("emnist").num_classes == 47
    assert MNISTDataModule("mnist", image_size=32).image_shape == (1, 32, 32)
    assert MNISTDataModule("mnist").value_range == (-1, 1)


def test_chosen_digits_keep_their_labels():
    data = ready(digits=[8, 3])
    assert data.classes == [3, 8]
    for train in (True, False):
        images, labels = data.splits[train]
        assert labels.unique().tolist() == [3, 8]
        assert len(images) == len(labels)
    assert data.num_classes == 10
    assert ready(digits=7).splits[True][1].unique().tolist() == [7]


def test_samples_per_class_is_a_fixed_choice_of_real_images():
    images, labels = ready(samples_per_class=20, seed=1).splits[True]
    assert labels.bincount().tolist() == [20] * 10
    assert torch.equal(ready(samples_per_class=20, seed=1).splits[True][0], images)
    assert not torch.equal(ready(samples_per_class=20, seed=2).splits[True][0], images)
    everything = ready().splits[True][0].flatten(1).tolist()
    assert all(image in everything for image in images[:5].flatten(1).tolist())
    assert len(ready(samples_per_class=20).splits[False][0]) == 360


def test_resizing_keeps_the_brightness_and_the_bytes():
    full, small = ready().splits[True][0], ready(image_size=16).splits[True][0]
    assert small.shape == (1437, 1, 16, 16)
    assert small.dtype == torch.uint8
    assert small.float().mean().item() == pytest.approx(full.float().mean().item(), rel=0.02)


def test_antialiasing_averages_where_plain_sampling_skips():
    stripes = torch.tensor([0, 255], dtype=torch.uint8).repeat(14).expand(28, 28)[None, None]
    data = MNISTDataModule("digits", image_size=14)
    data.source = type(data.source)(28, 10, lambda *_: (stripes.contiguous(), torch.tensor([0])))
    data.setup("fit")
    inner = data.splits[True][0][0, 0, 2:-2, 2:-2].float()
    assert inner.std() < 20  # grey everywhere; skipping pixels would give black or white


def test_normalization_decides_the_range_of_the_floats():
    data = ready(normalization=(0.1307, 0.3081))
    low, high = (0 - 0.1307) / 0.3081, (1 - 0.1307) / 0.3081
    assert data.value_range == (low, high)
    images, _ = next(iter(data.val_dataloader()))
    assert images.min().item() == pytest.approx(low)
    assert images.max().item() == pytest.approx(high)


def test_training_is_shuffled_and_evaluation_is_not():
    data = ready(batch_size=64)
    assert not torch.equal(next(iter(data.train_dataloader()))[1], data.splits[True][1][:64])
    for loader in (data.val_dataloader(), data.test_dataloader(), data.predict_dataloader()):
        assert torch.equal(torch.cat([labels for _, labels in loader]), data.splits[False][1])


def test_the_place_in_the_stream_survives_a_restart():
    data = ready()
    stream = iter(data.train_dataloader())
    next(stream)
    resumed = ready()
    resumed.load_state_dict(data.state_dict())
    assert torch.equal(next(iter(resumed.train_dataloader()))[1], next(stream)[1])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"dataset": "minst"},
            "no data set 'minst': .*digits, mnist_5k, mnist, fashion_mnist, kmnist, qmnist, emnist",
        ),
        ({"digits": [3, 12]}, "classes 0 to 9"),
        ({"digits": []}, "classes 0 to 9"),
        ({"digits": [-1]}, "classes 0 to 9"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"image_size": -3}, "image_size must be at least 1"),
        ({"samples_per_class": 0}, "samples_per_class must be at least 1"),
        ({"normalization": (0.5, 0.0)}, "must be positive"),
    ],
)
def test_bad_options_are_refused_at_once(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        MNISTDataModule(**{"dataset": "digits", **options})


def test_more_samples_than_there_are_name_the_class_and_its_number():
    with pytest.raises(UsageError, match="only 142 of class 0"):
        ready(samples_per_class=1000)
