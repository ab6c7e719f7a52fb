"""Random numbers depend on where a training is, and no two uses share them."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from helpers import tiny_data
from lightning.pytorch import Callback

from gan_lightning.models import VanillaGAN
from gan_lightning.training.seeding import USES, step_seed, stream_seed

EPOCH, END = 8, 12
"""Steps of an epoch, and those after which a run ends."""
CUTS = {"mid-epoch": 5, "the epoch's end": EPOCH}
"""After how many steps a run is cut off."""


def test_seeds_differ_by_use_by_place_and_by_the_length_of_the_place():
    places = [(), (0,), (0, 0), (0, 0, 0), (3, 7), (3, 7, 0), (7, 3), (3, 8), (2**62, 1)]
    seeds = {stream_seed(use, *place) for use in USES for place in places}
    assert len(seeds) == len(USES) * len(places)
    assert all(type(seed) is int and 0 <= seed < 2**63 for seed in seeds)
    assert stream_seed("order", 3, 7) == stream_seed("order", 3, 7)


def test_step_seeds_stay_in_the_range_that_torch_takes():
    for use in USES:
        for seed in (0, 1, 2**32 - 1, 2**62):
            assert 0 <= step_seed(use, seed, rank=3, step=10**9) < 2**63
    assert {step_seed("step", seed, 0, 0) >> 62 for seed in range(64)} == {0, 1}, "all of the range is used"


def test_no_two_steps_of_a_process_have_the_same_low_bits():
    """Those are all that torch's CPU generator reads."""
    low = [step_seed("step", 0, 0, step) % 2**32 for step in range(100_000)]
    assert len(set(low)) == len(low)
    assert {(b - a) % 2**32 for a, b in pairwise(low)} == {1}, "nor will they in as many as there are"


def test_processes_and_uses_do_not_meet():
    starts = [(use, rank) for use in USES for rank in range(4)]
    low = np.concatenate([np.arange(20_000) + step_seed(use, 0, rank, 0) for use, rank in starts]) % 2**32
    assert low[-1] == step_seed(USES[-1], 0, 3, 19_999) % 2**32
    assert len(np.unique(low)) == len(low) == len(USES) * 4 * 20_000


class Transforming(VanillaGAN):
    """Draws random numbers for each training batch, as a random transform would, and notes them and the latents."""

    def __init__(self, **options):
        super().__init__(**options)
        self.fetched, self.latents_of_steps = [], []

    def on_after_batch_transfer(self, batch, dataloader_idx):
        if self.trainer.training:
            self.fetched.append(torch.randn(16, 8))
        else:
            torch.rand(1)
        return batch

    def draw_latents(self, count, random=None):
        z = super().draw_latents(count, random)
        if random is None:
            self.latents_of_steps.append(z)
        return z


class RandomImages:
    """Eight batches an epoch that are drawn from torch's default random numbers."""

    def __init__(self):
        self.batches = []

    def __len__(self):
        return EPOCH

    def __iter__(self):
        for _ in range(EPOCH):
            self.batches.append(torch.rand(16, 1, 28, 28) * 2 - 1)
            yield self.batches[-1], torch.zeros(16, dtype=torch.int64)


class RandomPixels(torch.utils.data.Dataset):
    """The same one by one, for torch's loader."""

    def __init__(self):
        self.batches = []

    def __len__(self):
        return EPOCH * 16

    def __getitem__(self, index):
        self.batches.append(torch.rand(1, 28, 28) * 2 - 1)
        return self.batches[-1], 0


class Cut(Callback):
    """Saves the state after so many steps."""

    def __init__(self, path, step):
        self.path, self.step = path, step

    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


class Disturb(Callback):
    """Draws random numbers wherever callbacks may."""

    def draw(self, *_):
        torch.rand(3)

    on_train_start = on_train_epoch_start = on_train_batch_end = on_train_epoch_end = draw
    on_validation_start = on_validation_epoch_end = on_validation_end = draw


def run(make_trainer, data, checkpoint=None, val_data=None, **options):
    """A run from the beginning or from a checkpoint; gives its model."""
    torch.manual_seed(0 if checkpoint is None else 77)
    model = Transforming(latent_dim=8, hidden_dims=[16])
    torch.manual_seed(1 if checkpoint is None else 78)
    validated = {} if val_data or "val_check_interval" in options else {"limit_val_batches": 0}
    trainer = make_trainer(max_steps=END, **validated, **options)
    trainer.fit(model, data, val_data, ckpt_path=checkpoint)
    return model


def assert_equal(found, expected):
    assert len(found) == len(expected) > 0
    for index, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert torch.equal(a, b), index


def unlike_each_other(tensors):
    return len(torch.stack(tensors).flatten(1).unique(dim=0)) == len(tensors)


@pytest.mark.parametrize("step", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("validation", [{}, {"val_check_interval": 2}, {"val_check_interval": 5}])
def test_numbers_for_a_batch_are_those_of_its_step_after_a_resume_and_beside_validation(
    make_trainer, tmp_path, step, validation
):
    path = tmp_path / "cut.ckpt"
    whole = run(make_trainer, tiny_data(), callbacks=[Cut(path, step)])
    resumed = run(make_trainer, tiny_data(), checkpoint=path, **validation)
    watched = run(make_trainer, tiny_data(), callbacks=[Disturb()], **validation)
    assert_equal(watched.fetched, whole.fetched)
    assert_equal(resumed.fetched, whole.fetched[step:])
    assert_equal(resumed.latents_of_steps, whole.latents_of_steps[step:])
    assert unlike_each_other(whole.fetched + whole.latents_of_steps), "what is fetched is not what is drawn from"
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
        assert torch.equal(watched.state_dict()[name], value), name


def made(make_trainer, kind, every=None, **options):
    """A run on random images with validation after every so many batches; gives its weights and the images."""
    source = kind()
    loader = source if kind is RandomImages else torch.utils.data.DataLoader(source, batch_size=16)
    if every:
        val_data = torch.utils.data.DataLoader([(torch.zeros(1, 28, 28), 0)] * 4, batch_size=2)  # draws a seed itself
        options |= {"val_data": val_data, "val_check_interval": every}
    return run(make_trainer, loader, **options).state_dict(), source.batches


@pytest.mark.parametrize("kind", [RandomImages, RandomPixels])
@pytest.mark.parametrize("every", [None, 2, 4])
def test_batches_that_are_made_in_this_process_are_the_same_after_a_resume(make_trainer, tmp_path, kind, every):
    path, step = tmp_path / "cut.ckpt", CUTS["mid-epoch"]
    whole, batches = made(make_trainer, kind, callbacks=[Cut(path, step)])
    resumed, found = made(make_trainer, kind, every, checkpoint=path)
    assert unlike_each_other(batches)
    assert_equal(found, batches[len(batches) // END * step :])
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())


@pytest.mark.parametrize("kind", [RandomImages, RandomPixels])
@pytest.mark.parametrize("every", [1, 2, 4])
def test_batches_that_are_made_in_this_process_do_not_notice_validation(make_trainer, kind, every):
    whole, batches = made(make_trainer, kind)
    watched, found = made(make_trainer, kind, every)
    assert_equal(found, batches)
    assert all(torch.equal(watched[name], value) for name, value in whole.items())
