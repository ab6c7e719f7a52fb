"""Data sets that the ``datasets`` library has saved: its own files, written and read by it."""

import pytest
import torch
from helpers import tiny_model
from hub_tables import NAMES, brightness, hub, save, table

from gan_lightning.models import ConditionalGAN


def test_a_saved_data_set_is_read_with_its_splits_and_classes(saved):
    data = hub(saved)
    assert (data.image_shape, data.num_classes, data.classes, data.class_names) == ((1, 8, 8), 3, [0, 1, 2], NAMES)
    assert brightness(data, True) == (list(range(30)), [0, 1, 2] * 10)
    assert brightness(data, False) == (list(range(100, 112)), [0, 1, 2] * 4)
    assert hub(saved, channels=3).images(True)[0].shape == (30, 3, 8, 8)


def test_a_share_of_each_class_is_held_out_where_there_is_no_test_split(tmp_path):
    table().save_to_disk(tmp_path / "one")
    data = hub(tmp_path / "one", test_fraction=0.2, seed=1)
    (train, _), (test, labels) = brightness(data, True), brightness(data, False)
    assert sorted(train + test) == list(range(30))
    assert sorted(labels) == [0, 0, 1, 1, 2, 2]
    assert [shade % 3 for shade in test] == labels
    assert brightness(hub(tmp_path / "one", test_fraction=0.2, seed=1), False) == (test, labels)


def test_labels_may_be_numbers_or_words_or_none(saved):
    numbers, words, none = (hub(saved, label_column=column) for column in ("number", "word", None))
    assert (numbers.class_names, words.class_names) == (["7", "8", "10"], ["x", "y", "z"])
    assert numbers.images(True)[1].tolist() == words.images(True)[1].tolist() == [0, 1, 2] * 10
    assert (none.num_classes, none.classes, none.images(True)[1].unique().tolist()) == (1, [0], [0])


def test_classes_without_images_are_not_drawn(tmp_path):
    data = hub(save(tmp_path / "x", train=table(label=[0, 2] * 15), test=table(2, label=[0, 2])))
    assert (data.num_classes, data.classes) == (3, [0, 2])


def test_the_name_tells_data_sets_apart(saved, tmp_path):
    other = save(tmp_path / "shades", train=table(start=1), test=table(12, 100))
    assert hub(saved).dataset.startswith("shades_")
    assert hub(saved).dataset == hub(saved, image_size=16).dataset != hub(other).dataset


@pytest.mark.parametrize("workers", [0, 2])
def test_decoding_while_training_gives_the_batches_of_memory(saved, workers):
    kept, decoded = (hub(saved, in_memory=in_memory, num_workers=workers) for in_memory in (True, False))
    kept.setup("fit")
    for one, other in zip(kept.train_dataloader(), decoded.train_dataloader(), strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_resumed_run_equals_one_that_never_stopped(saved, tmp_path, make_trainer, in_memory):
    def train(steps, **options):
        model = tiny_model(image_shape=(1, 8, 8))
        trainer = make_trainer(max_steps=steps)
        trainer.fit(model, hub(saved, in_memory=in_memory, num_workers=1), **options)
        return trainer, model.state_dict()

    whole = train(9)[1]
    train(4)[0].save_checkpoint(tmp_path / "part.ckpt")
    torch.manual_seed(1234)
    resumed = train(9, ckpt_path=tmp_path / "part.ckpt")[1]
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_a_stream_gives_every_image_once_a_pass_in_an_order_of_its_own(saved):
    def passes():
        loader = hub(saved, streaming=True, seed=2).train_dataloader()
        return [list(loader) for _ in range(2)]

    first, second = passes()
    for batches in (first, second):
        images, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
        shades = ((images[:, 0, 0, 0] + 1) * 127.5).round().long()
        assert sorted(shades.tolist()) == list(range(30))
        assert torch.equal(shades % 3, labels)
    assert not torch.equal(first[0][1], second[0][1]) or not torch.equal(first[0][0], second[0][0])
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, passes()[0], strict=True))


def test_a_stream_tests_in_order_and_measures_by_its_images(saved):
    data = hub(saved, streaming=True)
    shades = [round(float(value + 1) * 127.5) for images, _ in data.val_dataloader() for value in images[:, 0, 0, 0]]
    assert shades == list(range(100, 112))
    assert sorted(brightness(data, True)[0]) == list(range(30))
    assert sorted(brightness(data, False)[0]) == shades
    assert (data.num_classes, data.classes, data.dataset[:7]) == (3, [0, 1, 2], "shades_")


def test_a_stream_trains_a_conditional_model_and_goes_on_with_the_next_pass(saved, tmp_path, make_trainer):
    model = ConditionalGAN((1, 8, 8), 3, latent_dim=4, hidden_dims=[8])
    data = hub(saved, streaming=True)
    trainer = make_trainer(max_epochs=2)
    trainer.fit(model, data)
    assert trainer.global_step == 12
    assert data.state_dict() == {"epoch": 2}
    trainer.save_checkpoint(tmp_path / "part.ckpt")
    resumed = hub(saved, streaming=True)
    trainer = make_trainer(max_epochs=3)
    trainer.fit(ConditionalGAN((1, 8, 8), 3, latent_dim=4, hidden_dims=[8]), resumed, ckpt_path=tmp_path / "part.ckpt")
    assert trainer.global_step == 18
    assert resumed.state_dict() == {"epoch": 3}


def test_the_command_line_trains_on_a_saved_data_set(command_line, saved, tmp_path):
    status, out, err = command_line(
        "fit",
        "--model=ConditionalDCGAN",
        "--model.width=4",
        "--data=HuggingFaceDataModule",
        f"--data.path={saved}",
        "--data.image_size=16",
        "--data.batch_size=10",
        "--trainer.max_epochs=1",
        "--trainer.accelerator=cpu",
        "--trainer.enable_progress_bar=false",
        "--metrics.num_images=0",
        f"--trainer.logger.save_dir={tmp_path}",
    )
    assert status == 0, err
    assert "SampleGrid" in out
