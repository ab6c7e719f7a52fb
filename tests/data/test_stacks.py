"""Stacks of digits that are drawn while training, and the fixed ones that figures are measured on."""

import pytest
import torch
from helpers import advance

from gan_lightning.data import InMemoryLoader, MNISTDataModule, StackLoader
from gan_lightning.data.sources import SOURCES
from gan_lightning.errors import UsageError


def singles(num=200):
    """Image i has the bytes i in all pixels and shows the digit i mod 10."""
    numbers = torch.arange(num)
    return numbers.to(torch.uint8)[:, None, None, None].expand(-1, 1, 2, 2).contiguous(), numbers % 10


def loader(num_stacks=103, batch_size=10, **options):
    return StackLoader(*singles(), num_stacks, batch_size, **{"shuffle": True, "value_range": (0, 255), **options})


def stacked(**options):
    return MNISTDataModule(**{"dataset": "stacked_digits", **options})


def images_of(batches):
    return torch.cat([images for images, _ in batches])


def assert_same(batches, others):
    for (images, labels), (other_images, other_labels) in zip(batches, others, strict=True):
        assert torch.equal(images, other_images)
        assert torch.equal(labels, other_labels)


def test_channels_are_single_images_and_the_label_is_their_number():
    for images, labels in loader():
        assert (images.shape, images.dtype, labels.dtype) == ((10, 3, 2, 2), torch.float32, torch.int64)
        assert torch.equal(images, images[:, :, :1, :1].expand_as(images))
        red, green, blue = (images[:, :, 0, 0].long() % 10).unbind(1)
        assert torch.equal(labels, 100 * red + 10 * green + blue)


def test_images_are_drawn_independently_and_uniformly():
    drawn = images_of(loader(30_000, 1000))[:, :, 0, 0].long()
    for channel in drawn.unbind(1):
        assert channel.bincount(minlength=200).float().std() < 20  # 12 is expected of 150 each
    assert torch.corrcoef(drawn.T.float()).fill_diagonal_(0).abs().max() < 0.03


def test_an_epoch_has_the_stacks_that_were_asked_for_in_full_batches():
    assert [len(labels) for _, labels in loader(103, 10)] == [10] * 10
    assert len(loader(10**9, 10)) == 10**8
    assert len(loader(103, 10, world_size=2)) == 5


def test_each_epoch_and_each_seed_has_its_own_stacks_that_never_change():
    first, again = loader(seed=1), loader(seed=1)
    epochs = [list(first) for _ in range(3)]
    for epoch in epochs:
        assert_same(epoch, again)
    drawn = torch.cat([images_of(epoch) for epoch in (*epochs, loader(seed=2))])
    assert len(drawn.flatten(1).unique(dim=0)) == 400  # of 8 million


def test_every_process_draws_stacks_of_its_own():
    drawn = torch.cat([images_of(loader(400, rank=rank, world_size=4)) for rank in range(4)])
    assert len(drawn.flatten(1).unique(dim=0)) == 400


@pytest.mark.parametrize("position", [0, 1, 7, 10, 13, 25])
def test_a_restored_stream_goes_on_with_the_very_next_stacks(position):
    stream = loader(seed=3, rank=1, world_size=2)
    endless = [batch for _ in range(8) for batch in stream]
    stopped = loader(seed=3, rank=1, world_size=2)
    advance(stopped, position)
    restored = loader(seed=3, rank=1, world_size=2)
    restored.load_state_dict(stopped.state_dict())
    assert_same(list(restored), endless[position : position + 5])


def test_drawing_leaves_the_global_random_stream_alone():
    torch.manual_seed(0)
    list(loader())
    after = torch.rand(3)
    torch.manual_seed(0)
    assert torch.equal(after, torch.rand(3))


def test_training_holds_single_images_only():
    data = stacked(stacks_per_epoch=10**7, batch_size=100)
    data.setup("fit")
    train = data.train_dataloader()
    assert isinstance(train, StackLoader)
    assert len(train) == 10**5
    assert train.images.shape == (1437, 1, 28, 28)
    assert train.images.dtype == torch.uint8
    assert train.images.data_ptr() == data.singles.images(True)[0].data_ptr()
    assert True not in data.splits
    images, _ = next(iter(train))
    assert (images.shape, images.min(), images.max()) == ((100, 3, 28, 28), -1, 1)


def test_an_epoch_is_60000_stacks_unless_asked_otherwise():
    data = stacked(batch_size=100)
    assert len(data.train_dataloader()) == 600


def test_figures_are_measured_on_fixed_stacks():
    data = stacked()
    for train, num in ((True, 60_000), (False, 26_000)):
        images, labels = data.images(train)
        assert (images.shape, images.dtype) == ((num, 3, 28, 28), torch.uint8)
        assert torch.equal(images, SOURCES["stacked_digits"].load(data.root, train, False)[0])
        assert labels.min() >= 0
        assert labels.max() <= 999
    assert torch.equal(next(iter(data.val_dataloader()))[1], labels[:128])


def test_single_images_are_resized_before_they_are_stacked():
    data = stacked(image_size=14, batch_size=50)
    images, _ = next(iter(data.train_dataloader()))
    small = MNISTDataModule("digits", image_size=14).images(True)[0].flatten(1).tolist()
    assert images.shape == (50, 3, 14, 14)
    assert all(image in small for image in ((images + 1) * 127.5).round().byte().flatten(0, 1).flatten(1).tolist())


def test_the_place_in_the_stream_survives_a_restart():
    data = stacked()
    stream = iter(data.train_dataloader())
    next(stream)
    resumed = stacked()
    resumed.load_state_dict(data.state_dict())
    assert torch.equal(next(iter(resumed.train_dataloader()))[0], next(stream)[0])


@pytest.mark.parametrize("options", [{"digits": [3, 8]}, {"samples_per_class": 2}], ids=str)
def test_chosen_classes_and_samples_are_of_the_fixed_stacks(options):
    data = stacked(batch_size=8, **options)
    data.setup("fit")
    train = data.train_dataloader()
    assert isinstance(train, InMemoryLoader)
    assert train.labels.unique().tolist() == data.classes


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dataset": "digits"}, "is for stacked data sets .* one of stacked_mnist, stacked_digits, without"),
        ({"digits": [3]}, "without --data.digits"),
        ({"samples_per_class": 2}, "without --data.digits and --data.samples_per_class"),
        ({"batch_size": 101}, "stacks_per_epoch must be at least --data.batch_size, which is 101, not 100"),
    ],
)
def test_stacks_that_cannot_be_drawn_are_refused(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        stacked(**{"stacks_per_epoch": 100, "batch_size": 100, **options})
