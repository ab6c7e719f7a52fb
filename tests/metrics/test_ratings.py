"""The rules of the ratings, at their borders."""

import pytest
import torch
from lightning.pytorch import Callback

from gan_lightning.data import MNISTDataModule
from gan_lightning.metrics import ratings
from gan_lightning.metrics.evaluation import Evaluation, spread
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.metrics.ratings import EXCELLENT, GOOD, NEEDS_IMPROVEMENT, final_rating, quick_rating, smooth
from gan_lightning.models import ConditionalDCGAN


def test_the_smoothed_loss():
    assert smooth([2.0]) == 2
    assert smooth([1.0, 2.0]) == pytest.approx(0.7 * 1 + 0.3 * 2)
    assert smooth([9.0] + [1.0] * 50) == pytest.approx(1)


@pytest.mark.parametrize(
    ("losses", "rating"),
    [
        ([0.7], EXCELLENT),
        ([ratings.BALANCED_LOSS], EXCELLENT),
        ([3.1], GOOD),
        ([ratings.LOPSIDED_LOSS + 0.1], NEEDS_IMPROVEMENT),
        ([1.0] * 20 + [8.0], GOOD),  # one jump is not the end
        ([8.0] * 3 + [1.0] * 20, EXCELLENT),  # and a bad start is forgotten
    ],
)
def test_quick_rating(losses, rating):
    assert quick_rating(losses) == rating


@pytest.mark.parametrize(
    ("fid", "accuracy", "rating"),
    [
        (1, 1, EXCELLENT),
        (ratings.EXCELLENT_RATIO, ratings.EXCELLENT_ACCURACY, EXCELLENT),
        (ratings.EXCELLENT_RATIO + 1, 1, GOOD),
        (1, ratings.EXCELLENT_ACCURACY - 0.01, GOOD),
        (ratings.GOOD_RATIO, ratings.GOOD_ACCURACY, GOOD),
        (ratings.GOOD_RATIO + 1, 1, NEEDS_IMPROVEMENT),
        (1, ratings.GOOD_ACCURACY - 0.01, NEEDS_IMPROVEMENT),
    ],
)
def test_final_rating(fid, accuracy, rating):
    assert final_rating({"fid": 0.5 * fid, "label_accuracy": accuracy}, {"fid": 0.5}) == rating


def test_an_unconditional_model_of_many_classes_is_rated_by_its_distance():
    assert final_rating({"fid": 5.0}, {"fid": 1.0}) == EXCELLENT


def test_untrained_half_trained_and_trained_generators_are_told_apart(make_trainer):
    data = MNISTDataModule("digits", batch_size=32)
    evaluation = Evaluation(extractor_for(data), data)
    labels, floor = spread(data.images(False)[1], 1000), evaluation.floor(1000)

    class Rate(Callback):
        """The final rating that there would be after so many batches."""

        ratings = {}  # noqa: RUF012

        def on_train_batch_end(self, trainer, model, *_):
            if trainer.global_step in (1, 750, 1000):
                figures = evaluation.measure(model.sample(1000, labels.tolist()), labels)
                self.ratings[trainer.global_step] = final_rating(figures, floor)

    torch.manual_seed(0)
    model = ConditionalDCGAN(width=16, latent_dim=32, ema_half_life=2000.0)
    make_trainer(max_steps=1000, limit_val_batches=0, callbacks=[Rate()]).fit(model, data)
    assert Rate.ratings == {1: NEEDS_IMPROVEMENT, 750: GOOD, 1000: EXCELLENT}
