"""Training on folders of images: resumed to the bit, and measured where there are classes to measure by."""

import pytest
import torch
from helpers import tiny_model
from image_folders import image_folder, write_classes, write_numbered

from gan_lightning.callbacks import QualityMetrics
from gan_lightning.errors import UsageError
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.models import ConditionalGAN


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_resumed_run_equals_one_that_never_stopped(tmp_path, make_trainer, in_memory):
    """Bit for bit, from the middle of an epoch of 9 batches; and where images come from makes no difference."""
    write_numbered(tmp_path / "images")

    def train(steps, images=in_memory, **options):
        model = tiny_model(image_shape=(3, 8, 8))
        data = image_folder(tmp_path / "images", batch_size=4, in_memory=images, num_workers=2)
        trainer = make_trainer(max_steps=steps)
        trainer.fit(model, data, **options)
        return trainer, model.state_dict()

    whole = train(14, images=True)[1]
    train(5)[0].save_checkpoint(tmp_path / "part.ckpt")
    torch.manual_seed(1234)
    resumed = train(14, ckpt_path=tmp_path / "part.ckpt")[1]
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_one_class_has_no_figures_and_says_what_to_do(tmp_path, make_trainer):
    trainer = make_trainer(max_epochs=1, callbacks=[QualityMetrics(100)])
    sentence = "has one class, .*--metrics.features inception, or --metrics.num_images 0"
    with pytest.warns(UserWarning, match=sentence):
        trainer.fit(tiny_model(image_shape=(3, 8, 8)), image_folder(write_numbered(tmp_path), batch_size=8))
    assert trainer.global_step == 4
    assert not [name for name in trainer.callback_metrics if "fid" in name]
    with pytest.raises(UsageError, match="from which no classifier learns features: give --features inception"):
        extractor_for(image_folder(tmp_path))


def test_a_test_split_too_small_to_measure_by_is_told_before_training(tmp_path, make_trainer):
    trainer = make_trainer(max_epochs=1, callbacks=[QualityMetrics(100)])
    with pytest.warns(UserWarning, match="has fewer than 10 images: hold out more of them"):
        trainer.fit(tiny_model(image_shape=(3, 8, 8)), image_folder(write_classes(tmp_path), batch_size=8))
    assert trainer.global_step == 3


def test_classes_have_figures(tmp_path, make_trainer, quick_recipe):
    trainer = make_trainer(max_epochs=1, callbacks=[QualityMetrics(100)])
    data = image_folder(write_classes(tmp_path), batch_size=8, test_fraction=0.4, in_memory=False, num_workers=0)
    trainer.fit(tiny_model(image_shape=(3, 8, 8)), data)
    assert trainer.callback_metrics["val/fid"] > 0


def test_a_conditional_model_of_one_class_is_refused_and_of_more_is_trained(tmp_path, make_trainer):
    def train(data):
        model = ConditionalGAN((3, 8, 8), data.num_classes, latent_dim=4, hidden_dims=[8])
        trainer = make_trainer(max_epochs=1)
        trainer.fit(model, data)
        return trainer.global_step

    with pytest.raises(UsageError, match=r"a ConditionalGAN draws the class that it is asked for, and .* has only one"):
        train(image_folder(write_numbered(tmp_path / "flat")))
    assert train(image_folder(write_classes(tmp_path / "classes"), batch_size=9)) == 3
