import pytest
import torch
from helpers import advance

from gan_lightning.data import InMemoryLoader


def loader(num=103, batch_size=10, **options):
    """Image i is filled with the byte i and labelled i."""
    labels = torch.arange(num)
    images = labels.to(torch.uint8)[:, None, None, None].expand(-1, 1, 2, 2).contiguous()
    return InMemoryLoader(images, labels, batch_size, **options)


def labels_of(batches):
    return torch.cat([labels for _, labels in batches])


def test_bytes_become_floats_of_the_value_range():
    images, labels = next(iter(loader(256, 256)))
    torch.testing.assert_close(images[:, 0, 0, 0], labels / 127.5 - 1)
    images, _ = next(iter(loader(256, 256, value_range=(-0.5, 3.0))))
    assert images.min().item() == pytest.approx(-0.5)
    assert images.max().item() == pytest.approx(3.0)
    assert images.dtype == torch.float32


def test_in_order_every_image_comes_once():
    in_order = loader(shuffle=False)
    for _ in range(2):
        assert torch.equal(labels_of(in_order), torch.arange(103))
    assert len(in_order) == 11


def test_an_interrupted_pass_in_order_begins_again():
    in_order = loader(shuffle=False)
    next(iter(in_order))
    assert torch.equal(labels_of(in_order), torch.arange(103))


def test_shuffled_batches_are_full_and_an_epoch_repeats_nothing():
    shuffled = loader(shuffle=True)
    batches = list(shuffled)
    assert [len(labels) for _, labels in batches] == [10] * 10
    assert len(labels_of(batches).unique()) == 100
    for images, labels in batches:
        torch.testing.assert_close(images[:, 0, 0, 0], labels / 127.5 - 1)


def test_each_epoch_and_each_seed_has_its_own_order_that_never_changes():
    first = loader(shuffle=True, seed=1)
    epochs = [labels_of(first) for _ in range(3)]
    again = loader(shuffle=True, seed=1)
    assert all(torch.equal(epoch, labels_of(again)) for epoch in epochs)
    assert not torch.equal(epochs[0], epochs[1])
    assert not torch.equal(epochs[0], labels_of(loader(shuffle=True, seed=2)))


@pytest.mark.parametrize("position", [0, 1, 7, 10, 13, 25])
def test_a_restored_stream_goes_on_with_the_very_next_batch(position):
    stream = loader(shuffle=True)
    endless = [labels for _ in range(4) for _, labels in stream]

    stopped = loader(shuffle=True)
    advance(stopped, position)
    restored = loader(shuffle=True)
    restored.load_state_dict(stopped.state_dict())
    rest = [labels for _, labels in restored]
    assert all(torch.equal(a, b) for a, b in zip(rest, endless[position:], strict=False))


def test_a_short_epoch_leaves_the_rest_for_the_next():
    stream = loader(shuffle=True)
    first = [next(iter(stream))[1] for _ in range(10)]
    assert len(torch.cat(first).unique()) == 100


@pytest.mark.parametrize("world_size", [2, 3])
def test_ranks_share_an_epoch_without_overlap(world_size):
    shares = [labels_of(loader(shuffle=True, rank=r, world_size=world_size)) for r in range(world_size)]
    assert len({len(share) for share in shares}) == 1
    together = torch.cat(shares)
    assert len(together.unique()) == len(together)


@pytest.mark.parametrize("world_size", [2, 3])
def test_ranks_share_a_pass_in_order_completely(world_size):
    together = torch.cat([labels_of(loader(rank=r, world_size=world_size)) for r in range(world_size)])
    assert torch.equal(together.sort().values, torch.arange(103))


def test_two_ranks_see_the_batch_of_one_process_with_twice_the_batch_size():
    one = [labels for _, labels in loader(num=80, batch_size=10, shuffle=True)]
    two = [[labels for _, labels in loader(num=80, batch_size=5, shuffle=True, rank=r, world_size=2)] for r in (0, 1)]
    for whole, *halves in zip(one, *two, strict=True):
        assert torch.equal(whole.sort().values, torch.cat(halves).sort().values)


def test_a_batch_is_no_larger_than_the_data():
    small = loader(num=6, batch_size=64, shuffle=True)
    assert [len(labels) for _, labels in small] == [6]
