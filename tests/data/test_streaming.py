"""Pictures that are decoded while training: the batches of an in-memory loader, from any place, in any process."""

import pytest
import torch
from helpers import advance
from PIL import Image

from gan_lightning.data import ImageFolderDataModule, InMemoryLoader, StreamingLoader, pictures
from gan_lightning.data.streaming import Pictures, in_threads, read_all
from gan_lightning.errors import UsageError


class Squares(Pictures):
    """Picture i is grey of brightness i and labelled i; those in ``damaged`` cannot be opened."""

    def __init__(self, numbers, damaged=()):
        super().__init__(torch.as_tensor(numbers), image_size=4, channels=1)
        self.damaged = damaged

    def open(self, index):
        number = int(self.labels[index])
        if number in self.damaged:
            raise OSError("broken")
        return Image.new("L", (6, 5), number)

    def name(self, index):
        return f"square {int(self.labels[index])}"

    def subset(self, indices):
        return Squares(self.labels[indices], self.damaged)


def streamed(num=103, batch_size=10, workers=0, damaged=(), **options):
    return StreamingLoader(Squares(torch.arange(num), damaged), workers, batch_size=batch_size, **options)


def in_memory(num=103, batch_size=10, **options):
    return InMemoryLoader(*read_all(Squares(torch.arange(num)), threads=2), batch_size, **options)


def assert_equal(one, other):
    for (images, labels), (other_images, other_labels) in zip(one, other, strict=True):
        assert torch.equal(images, other_images)
        assert torch.equal(labels, other_labels)


def labels_of(batches):
    return torch.cat([labels for _, labels in batches])


def test_all_pictures_are_read_in_their_order():
    images, labels = read_all(Squares(torch.arange(100)), threads=4)
    assert torch.equal(images[:, 0, 2, 2], labels.byte())
    assert images.shape == (100, 1, 4, 4)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("options", [{}, {"shuffle": True, "seed": 3}, {"value_range": (-0.5, 3.0)}], ids=str)
def test_batches_equal_those_from_memory(workers, options):
    one, other = streamed(workers=workers, **options), in_memory(**options)
    for _ in range(3):
        assert_equal(one, other)


@pytest.mark.parametrize("world_size", [2, 3])
def test_each_rank_has_the_share_that_it_has_in_memory(world_size):
    for rank in range(world_size):
        options = {"shuffle": True, "rank": rank, "world_size": world_size}
        assert_equal(streamed(**options), in_memory(**options))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("position", [1, 7, 10, 13])
def test_a_restored_stream_goes_on_with_the_very_next_batch(position, workers):
    """Though workers have already read ahead."""
    stream = streamed(shuffle=True, workers=workers)
    endless = [labels for _ in range(4) for _, labels in stream]
    stopped = streamed(shuffle=True, workers=workers)
    advance(stopped, position)
    restored = streamed(shuffle=True, workers=workers)
    restored.load_state_dict(stopped.state_dict())
    rest = [labels for _, labels in restored]
    assert all(torch.equal(a, b) for a, b in zip(rest, endless[position:], strict=False))


def test_reading_leaves_the_global_random_stream_alone():
    torch.manual_seed(0)
    list(streamed(shuffle=True, workers=1))
    after = torch.rand(3)
    torch.manual_seed(0)
    assert torch.equal(after, torch.rand(3))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_picture_is_one_sentence_from_any_process(workers):
    with pytest.raises(UsageError) as error:
        list(streamed(workers=workers, damaged=[57]))
    assert str(error.value).startswith("square 57 is damaged or no image: remove it or make it anew")
    assert "\n" not in str(error.value)


def test_threads_give_results_in_order_and_the_first_error():
    assert in_threads(lambda index: index * 2, 100, threads=3) == list(range(0, 200, 2))
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda index: 1 // (index - 40), 100, threads=3)


def test_the_figures_see_evenly_spaced_images_of_a_large_split(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MEASURED_IMAGES", 9)
    for name, brightness in (("dark", 0), ("light", 200)):
        (tmp_path / name).mkdir()
        for index in range(20):
            Image.new("L", (4, 4), brightness + index).save(tmp_path / name / f"{index:02}.png")
    data = ImageFolderDataModule(str(tmp_path), image_size=4, channels=1, in_memory=False)
    images, labels = data.images(True)
    assert labels.tolist() == [0] * 5 + [1] * 4
    assert torch.equal(images[:, 0, 0, 0] >= 200, labels == 1)
    assert len(images.unique()) == 9
    assert len(data.images(False)[0]) == 4
    kept = ImageFolderDataModule(str(tmp_path), image_size=4, channels=1, in_memory=True)
    assert len(kept.images(True)[0]) == 36
