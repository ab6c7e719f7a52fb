"""Early in a run the averaged generator already draws no worse than the one that is trained."""

import copy

import pytest
import torch
from lightning.pytorch import Callback
from torch.nn.functional import avg_pool2d

from gan_lightning.data import MNISTDataModule
from gan_lightning.models import DCGAN
from gan_lightning.training.ema import update_average


def frechet_distance(a, b):
    """Between Gaussians fitted to images uint8 (N, 1, H, W) that are shrunk by half; lower is closer."""
    a, b = (avg_pool2d(x.double() / 255, 2).flatten(1) for x in (a, b))
    cross = torch.linalg.eigvals(a.T.cov() @ b.T.cov()).sqrt().real.sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + a.T.cov().trace() + b.T.cov().trace() - 2 * cross).item()


class WithoutWarmUp(Callback):
    """An average with the model's half-life from the first step on."""

    def on_train_start(self, trainer, model):
        self.average = copy.deepcopy(model.generator)

    def on_train_batch_end(self, trainer, model, *_):
        update_average(self.average, model.generator, torch.tensor(1 - 0.5 ** (64 / model.ema_half_life)))


@pytest.mark.soak
def test_after_400_batches_the_average_is_no_worse_and_the_warm_up_is_why(make_trainer):
    torch.manual_seed(0)
    model, data, plain = DCGAN(width=32, latent_dim=64), MNISTDataModule("digits", batch_size=64), WithoutWarmUp()
    make_trainer(max_steps=400, limit_val_batches=0, callbacks=[plain]).fit(model, data)
    real = data.splits[True][0]
    averaged = frechet_distance(model.sample(1000), real)
    model.averaged_generator = plain.average
    without_warm_up = frechet_distance(model.sample(1000), real)
    model.averaged_generator = None
    raw = frechet_distance(model.sample(1000), real)
    assert averaged < 1.05 * raw
    assert averaged < without_warm_up / 2
