"""From Python: a model that is trained by several calls of ``fit`` goes on; it does not repeat itself."""

import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback


class Seen(Callback):
    """Keeps the images and the latents of each step."""

    def __init__(self):
        self.images, self.latents = [], []

    def on_fit_start(self, trainer, pl_module):
        draw = type(pl_module).draw_latents

        def draw_latents(*args, **options):
            self.latents.append(draw(pl_module, *args, **options).clone())
            return self.latents[-1]

        pl_module.draw_latents = draw_latents

    def on_train_batch_start(self, trainer, pl_module, batch, *_):
        self.images.append(batch[0].clone())

    def on_fit_end(self, trainer, pl_module):
        del pl_module.draw_latents


def distinct(tensors):
    return len({tensor.numpy().tobytes() for tensor in tensors})


@pytest.mark.parametrize("fresh", [True, False], ids=["a trainer for each epoch", "one trainer"])
def test_every_call_sees_other_images_and_other_latents(make_trainer, fresh):
    """Those that a single call for as many epochs would have seen, since the place in the stream is kept."""
    model, data, seen = tiny_model(), tiny_data(), Seen()
    trainer = make_trainer(max_epochs=1, limit_val_batches=0, callbacks=[seen])
    for epoch in range(3):
        if fresh:
            trainer = make_trainer(max_epochs=1, limit_val_batches=0, callbacks=[seen])
        else:
            trainer.fit_loop.max_epochs = epoch + 1
        trainer.fit(model, datamodule=data)
    assert model.images_seen == 3 * 8 * 16
    assert distinct(seen.latents) == len(seen.latents) == 24
    at_once = Seen()
    make_trainer(max_epochs=3, limit_val_batches=0, callbacks=[at_once]).fit(tiny_model(), datamodule=tiny_data())
    assert all(torch.equal(a, b) for a, b in zip(seen.images, at_once.images, strict=True))
    assert distinct(seen.images) == 24


def test_overfitting_sees_the_same_batches_in_each_epoch(make_trainer):
    seen = Seen()
    make_trainer(max_epochs=3, overfit_batches=2, callbacks=[seen]).fit(tiny_model(), datamodule=tiny_data())
    assert len(seen.images) == 6
    assert distinct(seen.images) == 2
    assert distinct(seen.latents[:2]) == 2


@pytest.mark.parametrize("limit", [None, 3])
def test_reloading_the_data_goes_on_with_the_stream(make_trainer, limit):
    seen, plain = Seen(), Seen()
    options = {"max_epochs": 4, "limit_train_batches": limit, "limit_val_batches": 0}
    reloading = make_trainer(reload_dataloaders_every_n_epochs=1, callbacks=[seen], **options)
    reloading.fit(tiny_model(), datamodule=tiny_data())
    make_trainer(callbacks=[plain], **options).fit(tiny_model(), datamodule=tiny_data())
    assert len(seen.images) == 4 * (limit or 8)
    assert all(torch.equal(a, b) for a, b in zip(seen.images, plain.images, strict=True))


def test_a_larger_batch_goes_on_where_the_stream_stands(make_trainer):
    data = tiny_data()
    make_trainer(max_steps=7, limit_val_batches=0).fit(tiny_model(), datamodule=data)
    data.batch_size, seen = 64, Seen()
    make_trainer(max_steps=2, limit_val_batches=0, callbacks=[seen]).fit(tiny_model(), datamodule=data)
    assert [images.shape for images in seen.images] == [(64, 1, 28, 28)] * 2
