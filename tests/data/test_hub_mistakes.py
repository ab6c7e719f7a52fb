"""Data sets of the ``datasets`` library that cannot be read are told in one sentence."""

import sys

import datasets
import pytest
from hub_tables import brightness, hub, save, table

from gan_lightning.errors import UsageError


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"image_column": "img"}, "has no column img: --data.image_column takes one of image, label, number, word"),
        ({"label_column": "digit"}, "has no column digit: --data.label_column takes one of .*, or null for none"),
        ({"image_column": "word"}, r"the column word of .* holds no images: give --data.image_column one .* \(image\)"),
        ({"label_column": "weight"}, "the column weight of .* holds no classes: give --data.label_column one"),
        ({"train_split": "trian"}, "has no split trian: --data.train_split takes one of train, test"),
        ({"test_split": "dev"}, "has no split dev: --data.test_split takes one of train, test"),
        ({"channels": 2}, "channels is 1 for grey images or 3 for RGB"),
        ({"streaming": True, "in_memory": True}, "--data.in_memory has to read all images first: leave out"),
        ({"streaming": True, "skip_corrupt": True}, "--data.skip_corrupt has to read all images first"),
        ({"streaming": True, "label_column": "word"}, "does not say which classes there are: leave out --data.stream"),
    ],
)
def test_bad_options_are_refused_at_once(saved, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        hub(saved, **options)


def test_a_stream_without_a_test_split_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"has no split test: --data.test_split takes one of train"):
        hub(save(tmp_path / "x", train=table()), streaming=True)


def test_a_stream_feeds_one_process(saved):
    options = {"batch_size": 5, "value_range": (-1, 1), "shuffle": True, "seed": 0, "device": "cpu"}
    with pytest.raises(UsageError, match=r"--data.streaming feeds one process"):
        hub(saved, streaming=True).batches(True, rank=0, world_size=2, **options)


def test_a_stream_shorter_than_a_batch_is_refused(saved):
    with pytest.raises(UsageError, match=r"has fewer images than a batch: give a --data.batch_size below 31"):
        list(hub(saved, streaming=True, batch_size=31).train_dataloader())


def test_too_few_images_for_a_test_split_are_refused(tmp_path):
    table(3).save_to_disk(tmp_path / "x")
    with pytest.raises(UsageError, match="no class with more than one image, which leaves none for a test split"):
        hub(tmp_path / "x")


@pytest.mark.parametrize(("values", "wrong"), [([-1] * 12, "-1"), ([None] * 12, "None")], ids=["hidden", "none"])
def test_labels_that_the_training_split_lacks_are_refused(tmp_path, values, wrong):
    folder = save(tmp_path / "x", train=table(), test=table(12, label=values))
    with pytest.raises(UsageError, match=rf"has images of the class {wrong}, which is none of .*\(red, green, blue\)"):
        hub(folder)


def test_a_corrupt_image_is_named_by_its_row_and_left_out_when_asked(tmp_path):
    encoded = table().cast_column("image", datasets.Image(decode=False))["image"]
    images = [{"bytes": image["bytes"]} for image in encoded]
    images[17] = {"bytes": b"no image"}
    folder = save(tmp_path / "x", train=table(image=images), test=table(12))
    with pytest.raises(UsageError, match=rf"image 17 of {folder} is damaged or no image"):
        hub(folder).setup("fit")
    data = hub(folder, skip_corrupt=True)
    with pytest.warns(UserWarning, match="1 of 30 images cannot be decoded and are left out, the first being image 17"):
        data.setup("fit")
    assert brightness(data, True)[0] == [i for i in range(30) if i != 17]


@pytest.mark.parametrize("path", ["nowhere/at/all", "/nowhere", "./nowhere"])
def test_a_data_set_that_is_not_there_is_one_sentence(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"there is no data set at {path} .*: give --data.path a folder") as error:
        hub(path)
    assert "\n" not in str(error.value)


def test_a_path_that_is_left_out_is_asked_for(command_line):
    status, _, err = command_line("fit", "--data=HuggingFaceDataModule")
    assert status != 0
    assert "which data set to read is not said: give --data.path" in err


def test_no_connection_is_one_sentence(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match=r"there is no data set at nobody/nothing .*which takes a connection"):
        hub("nobody/nothing")


def test_the_library_that_is_missing_is_named(saved, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError, match="need the package datasets: pip install datasets"):
        hub(saved)
