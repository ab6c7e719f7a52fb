"""Data sets that the ``datasets`` library has saved: its own files, written and read by it."""

import sys

import datasets
import pytest
import torch
from helpers import tiny_model
from PIL import Image

from gan_lightning.data import HuggingFaceDataModule
from gan_lightning.errors import UsageError
from gan_lightning.models import ConditionalGAN

NAMES = ["red", "green", "blue"]
FEATURES = {
    "image": datasets.Image(),
    "label": datasets.ClassLabel(names=NAMES),
    "number": datasets.Value("int64"),
    "word": datasets.Value("string"),
    "weight": datasets.Value("float32"),
}

datasets.disable_progress_bars()


def table(num=30, start=0, **changes):
    """Image i is grey of brightness start + i; the classes take turns; ``number`` is 7, 8 or 10."""
    rows = range(num)
    columns = {
        "image": [Image.new("RGB", (10, 8), (start + i,) * 3) for i in rows],
        "label": [i % 3 for i in rows],
        "number": [(7, 8, 10)[i % 3] for i in rows],
        "word": ["xyz"[i % 3] for i in rows],
        "weight": [0.5] * num,
    }
    return datasets.Dataset.from_dict({**columns, **changes}, features=datasets.Features(FEATURES))


def save(folder, **splits):
    datasets.DatasetDict(splits).save_to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with 30 training images of brightness 0 to 29, and 12 test images of brightness 100 to 111."""
    return save(tmp_path_factory.mktemp("hub") / "shades", train=table(), test=table(12, 100))


def hub(folder, **options):
    return HuggingFaceDataModule(str(folder), **{"image_size": 8, "channels": 1, "batch_size": 5, **options})


def brightness(data, train):
    images, labels = data.images(train)
    assert (images == images[:, :, :1, :1]).all()
    return images[:, 0, 0, 0].tolist(), labels.tolist()


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
