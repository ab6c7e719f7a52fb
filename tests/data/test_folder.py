"""Folders of images: what is read from them, how they are split, and what is told where they cannot be read."""

import numpy as np
import pytest
import torch
from helpers import tiny_model
from PIL import Image

from gan_lightning.callbacks import QualityMetrics
from gan_lightning.data import ImageFolderDataModule
from gan_lightning.data.pictures import IN_MEMORY_BYTES, hold_out
from gan_lightning.data.streaming import to_square
from gan_lightning.errors import UsageError
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.models import ConditionalGAN

RED, GREEN, BLUE = (250, 10, 20), (10, 240, 30), (20, 30, 230)


def write(path, colour, size=(12, 9), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).convert(mode).save(path, **({"quality": 100} if path.suffix != ".png" else {}))


def write_classes(root, classes=(("green", GREEN), ("blue", BLUE), ("red", RED)), num=10):
    """PNG files of one colour, in a folder for each class."""
    for name, colour in classes:
        for index in range(num):
            write(root / name / f"{index}.png", colour)
    return root


def write_numbered(root, num=40):
    """A flat folder in which image i is grey of brightness i."""
    for index in range(num):
        write(root / f"{index:03}.png", (index, index, index), size=(8, 8))
    return root


def folder(root, **options):
    return ImageFolderDataModule(str(root), **{"image_size": 8, **options})


def ready(root, **options):
    data = folder(root, **options)
    data.setup("fit")
    return data


def brightness(data, train):
    return data.images(train)[0][:, 0, 0, 0].tolist()


def test_what_the_model_needs_is_known_before_any_image_is_decoded(tmp_path):
    for name in "ab":
        for index in range(2):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / f"{index}.png").write_bytes(b"not decoded")
    data = folder(tmp_path, image_size=16, channels=1)
    assert (data.image_shape, data.num_classes, data.classes) == ((1, 16, 16), 2, [0, 1])
    assert (data.class_names, data.value_range) == (["a", "b"], (-1, 1))


def test_labels_are_the_sorted_names_and_colours_survive(tmp_path):
    data = ready(write_classes(tmp_path))
    assert data.class_names == ["blue", "green", "red"]
    colours = torch.tensor([BLUE, GREEN, RED], dtype=torch.uint8)
    for train in (True, False):
        images, labels = data.images(train)
        assert images.dtype == torch.uint8
        assert torch.equal(images, colours[labels][:, :, None, None].expand(-1, -1, 8, 8))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".bmp", ".webp"])
def test_every_format_is_read_and_other_files_are_not(tmp_path, suffix):
    for index in range(2):
        write(tmp_path / f"{index}{suffix}", RED)
    (tmp_path / "notes.txt").touch()
    (tmp_path / f"._0{suffix}").touch()  # what a Mac leaves in archives
    images = torch.cat([ready(tmp_path).images(train)[0] for train in (True, False)])
    assert len(images) == 2
    expected = torch.tensor(RED)[:, None, None].expand(2, 3, 8, 8)
    torch.testing.assert_close(images.int(), expected.int(), atol=3, rtol=0)


def test_colour_becomes_grey_and_grey_becomes_colour(tmp_path):
    write_numbered(tmp_path / "grey", 2)
    write(tmp_path / "rgb" / "0.png", RED)
    write(tmp_path / "rgb" / "1.png", RED)
    luma = round(0.299 * RED[0] + 0.587 * RED[1] + 0.114 * RED[2])
    assert ready(tmp_path / "rgb", channels=1).images(True)[0].unique().tolist() == [luma]
    images, _ = ready(tmp_path / "grey").images(True)
    assert images.shape == (1, 3, 8, 8)
    assert len(images.unique()) == 1


def test_the_square_in_the_middle_is_kept():
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = RED
    for picture in (Image.fromarray(pixels), Image.fromarray(pixels.transpose(1, 0, 2).copy())):
        for size in (5, 10, 20):
            assert to_square(picture, size, 3).flatten(1).unique(dim=1)[:, 0].tolist() == list(RED)


def test_resizing_averages_where_plain_sampling_skips():
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (64, 32)))
    assert to_square(stripes, 16, 1)[:, 2:-2, 2:-2].float().std() < 20


def test_pictures_are_turned_upright(tmp_path):
    pixels = np.zeros((8, 8), np.uint8)
    pixels[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    Image.fromarray(pixels).save(tmp_path / "0.png", exif=exif)
    with Image.open(tmp_path / "0.png") as picture:
        assert to_square(picture, 8, 1)[0, :, -1].tolist() == [255] * 8


def test_16_bit_grey_is_scaled_and_not_clipped():
    picture = Image.fromarray(np.full((8, 8), 0x8001, np.uint16))
    assert to_square(picture, 8, 1).unique().tolist() == [0x80]


def test_train_and_test_are_the_splits_where_they_are_there(tmp_path):
    write_classes(tmp_path / "train", num=3)
    write_classes(tmp_path / "test", num=2)
    write_classes(tmp_path / "val", num=7)
    data = ready(tmp_path)
    assert data.class_names == ["blue", "green", "red"]
    assert [data.images(train)[1].bincount().tolist() for train in (True, False)] == [[3] * 3, [2] * 3]


def test_val_serves_as_the_test_split_and_train_alone_is_split(tmp_path):
    write_numbered(tmp_path / "train", 20)
    data = ready(tmp_path)
    assert (data.class_names, len(data.images(True)[0]), len(data.images(False)[0])) == ([tmp_path.name], 18, 2)
    write_numbered(tmp_path / "val", 5)
    data = ready(tmp_path)
    assert (data.class_names, len(data.images(True)[0]), len(data.images(False)[0])) == ([tmp_path.name], 20, 5)


def test_a_held_out_split_is_disjoint_and_a_function_of_the_seed(tmp_path):
    write_numbered(tmp_path)
    splits = {train: brightness(ready(tmp_path, seed=1), train) for train in (True, False)}
    assert sorted(splits[True] + splits[False]) == list(range(40))
    assert len(splits[False]) == 4
    assert brightness(ready(tmp_path, seed=1), False) == splits[False]
    assert brightness(ready(tmp_path, seed=2), False) != splits[False]
    assert len(brightness(ready(tmp_path, test_fraction=0.25), False)) == 10


def test_each_class_gives_its_share_and_a_single_image_stays():
    labels = torch.tensor([0] * 50 + [1] * 20 + [2] * 3 + [3])
    held_out = hold_out("x", labels, 0.2, seed=0)
    assert labels[held_out].bincount(minlength=4).tolist() == [10, 4, 1, 0]


def test_the_name_tells_folders_splits_and_contents_apart(tmp_path):
    for name in ("one", "two"):
        write_numbered(tmp_path / name / "faces")
    first = folder(tmp_path / "one" / "faces").dataset
    assert first.startswith("faces_")
    assert first == folder(tmp_path / "two" / "faces").dataset == folder(tmp_path / "one/../one/faces").dataset
    assert first != folder(tmp_path / "one" / "faces", seed=1).dataset
    write(tmp_path / "two" / "faces" / "000.png", RED, size=(100, 100))
    assert first != folder(tmp_path / "two" / "faces").dataset


def test_images_are_kept_in_memory_if_they_fit(tmp_path):
    write_numbered(tmp_path, 10)
    largest = int((IN_MEMORY_BYTES / (10 * 3)) ** 0.5)
    assert folder(tmp_path, image_size=largest).in_memory
    assert not folder(tmp_path, image_size=largest + 1).in_memory
    assert folder(tmp_path, image_size=largest + 1, in_memory=True).in_memory


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_resumed_run_equals_one_that_never_stopped(tmp_path, make_trainer, in_memory):
    """Bit for bit, from the middle of an epoch of 9 batches; and where images come from makes no difference."""
    write_numbered(tmp_path / "images")

    def train(steps, images=in_memory, **options):
        model = tiny_model(image_shape=(3, 8, 8))
        data = folder(tmp_path / "images", batch_size=4, in_memory=images, num_workers=2)
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
        trainer.fit(tiny_model(image_shape=(3, 8, 8)), folder(write_numbered(tmp_path), batch_size=8))
    assert trainer.global_step == 4
    assert not [name for name in trainer.callback_metrics if "fid" in name]
    with pytest.raises(UsageError, match="from which no classifier learns features: give --features inception"):
        extractor_for(folder(tmp_path))


def test_a_test_split_too_small_to_measure_by_is_told_before_training(tmp_path, make_trainer):
    trainer = make_trainer(max_epochs=1, callbacks=[QualityMetrics(100)])
    with pytest.warns(UserWarning, match="has fewer than 10 images: hold out more of them"):
        trainer.fit(tiny_model(image_shape=(3, 8, 8)), folder(write_classes(tmp_path), batch_size=8))
    assert trainer.global_step == 3


def test_classes_have_figures(tmp_path, make_trainer, quick_recipe):
    trainer = make_trainer(max_epochs=1, callbacks=[QualityMetrics(100)])
    data = folder(write_classes(tmp_path), batch_size=8, test_fraction=0.4, in_memory=False, num_workers=0)
    trainer.fit(tiny_model(image_shape=(3, 8, 8)), data)
    assert trainer.callback_metrics["val/fid"] > 0


def test_a_conditional_model_of_one_class_is_refused_and_of_more_is_trained(tmp_path, make_trainer):
    def train(data):
        model = ConditionalGAN((3, 8, 8), data.num_classes, latent_dim=4, hidden_dims=[8])
        trainer = make_trainer(max_epochs=1)
        trainer.fit(model, data)
        return trainer.global_step

    with pytest.raises(UsageError, match=r"a ConditionalGAN draws the class that it is asked for, and .* has only one"):
        train(folder(write_numbered(tmp_path / "flat")))
    assert train(folder(write_classes(tmp_path / "classes"), batch_size=9)) == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"channels": 4}, "channels is 1 for grey images or 3 for RGB, not 4"),
        ({"image_size": 0}, "image_size must be at least 1, not 0"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"num_workers": -1}, "num_workers must be at least 0"),
        ({"test_fraction": 1.0}, "test_fraction must lie between 0 and 1, not 1.0"),
        ({"normalization": (0.5, 0.0)}, "must be positive"),
        ({"root": "nowhere"}, "there is no folder nowhere: give one that holds images with --data.root"),
    ],
)
def test_bad_options_are_refused_at_once(tmp_path, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        ImageFolderDataModule(**{"root": str(write_numbered(tmp_path, 2)), **options})


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"there are no images in .*: files of images end in \.png, \.jpg"):
        folder(tmp_path)


def test_images_beside_classes_are_refused(tmp_path):
    write(write_classes(tmp_path) / "loose.png", RED)
    with pytest.raises(UsageError, match=r"holds images such as loose.png beside folders of images such as blue"):
        folder(tmp_path)


def test_a_class_folder_without_images_is_told_and_is_no_class(tmp_path):
    (write_classes(tmp_path) / "black").mkdir()
    with pytest.warns(UserWarning, match="has folders without images, which are no classes: black$"):
        data = folder(tmp_path)
    assert data.class_names == ["blue", "green", "red"]


def test_too_few_images_for_a_test_split_are_refused(tmp_path):
    write_numbered(tmp_path, 1)
    with pytest.raises(UsageError, match="no class with more than one image, which leaves none for a test split"):
        folder(tmp_path)


def test_a_class_that_only_the_test_split_has_is_refused(tmp_path):
    write_classes(tmp_path / "train", [("red", RED)])
    write_classes(tmp_path / "test", [("red", RED), ("grey", (9, 9, 9))])
    with pytest.raises(UsageError, match="has the class grey, and its training split has red: give both the same"):
        folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no image", None], ids=["empty", "noise", "truncated"])
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_corrupt_file_is_named(tmp_path, content, workers, in_memory):
    path = write_classes(tmp_path) / "green" / "5.png"
    path.write_bytes(path.read_bytes()[:-30] if content is None else content)
    with pytest.raises(UsageError) as error:
        list(ready(tmp_path, in_memory=in_memory, num_workers=workers, batch_size=27, seed=3).train_dataloader())
    assert str(error.value).startswith(f"{path} is damaged or no image: ")
    assert "--data.skip_corrupt true" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("in_memory", [True, False])
def test_corrupt_files_are_left_out_when_asked_and_counted(tmp_path, in_memory):
    write_numbered(tmp_path)
    bad = [index for index in range(40) if index not in brightness(ready(tmp_path), False)][:3]
    for index in bad:
        (tmp_path / f"{index:03}.png").write_bytes(b"no image")
    data = folder(tmp_path, skip_corrupt=True, in_memory=in_memory, num_workers=0, batch_size=33)
    with pytest.warns(
        UserWarning, match=r"3 of 36 images cannot be decoded and are left out, the first being .*png"
    ) as told:
        data.setup("fit")
    ((images, _),) = data.train_dataloader()
    seen = brightness(data, True)
    assert len([warning for warning in told if "cannot be decoded" in str(warning.message)]) == 1
    assert sorted(seen + brightness(data, False) + bad) == list(range(40))
    assert ((images[:, 0, 0, 0] + 1) * 127.5).round().int().sort().values.tolist() == seen


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (["--data.root=nowhere"], "there is no folder nowhere"),
        (["--data.chanels=1"], "did you mean --data.channels?"),
        (["--data.channels=two"], "--data.channels takes a value of type int, not two"),
        (["--data=ImageFolderDataModul"], "did you mean ImageFolderDataModule?"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(command_line, tmp_path, mistake, sentence):
    root = f"--data.root={write_numbered(tmp_path, 2)}"
    status, _, err = command_line("fit", "--data=ImageFolderDataModule", root, *mistake)
    assert status != 0
    assert sentence in err
    assert "Traceback" not in err
