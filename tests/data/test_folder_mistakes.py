"""Folders of images that cannot be read are told in one sentence, and corrupt files are named or left out."""

import pytest
from image_folders import RED, brightness, image_folder, read_folder, write_classes, write_colour, write_numbered

from gan_lightning.data import ImageFolderDataModule
from gan_lightning.errors import UsageError


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
        image_folder(tmp_path)


def test_images_beside_classes_are_refused(tmp_path):
    write_colour(write_classes(tmp_path) / "loose.png", RED)
    with pytest.raises(UsageError, match=r"holds images such as loose.png beside folders of images such as blue"):
        image_folder(tmp_path)


def test_a_class_folder_without_images_is_told_and_is_no_class(tmp_path):
    (write_classes(tmp_path) / "black").mkdir()
    with pytest.warns(UserWarning, match="has folders without images, which are no classes: black$"):
        data = image_folder(tmp_path)
    assert data.class_names == ["blue", "green", "red"]


def test_too_few_images_for_a_test_split_are_refused(tmp_path):
    write_numbered(tmp_path, 1)
    with pytest.raises(UsageError, match="no class with more than one image, which leaves none for a test split"):
        image_folder(tmp_path)


def test_a_class_that_only_the_test_split_has_is_refused(tmp_path):
    write_classes(tmp_path / "train", [("red", RED)])
    write_classes(tmp_path / "test", [("red", RED), ("grey", (9, 9, 9))])
    with pytest.raises(UsageError, match="has the class grey, and its training split has red: give both the same"):
        image_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no image", None], ids=["empty", "noise", "truncated"])
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_corrupt_file_is_named(tmp_path, content, workers, in_memory):
    path = write_classes(tmp_path) / "green" / "5.png"
    path.write_bytes(path.read_bytes()[:-30] if content is None else content)
    with pytest.raises(UsageError) as error:
        list(read_folder(tmp_path, in_memory=in_memory, num_workers=workers, batch_size=27, seed=3).train_dataloader())
    assert str(error.value).startswith(f"{path} is damaged or no image: ")
    assert "--data.skip_corrupt true" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("in_memory", [True, False])
def test_corrupt_files_are_left_out_when_asked_and_counted(tmp_path, in_memory):
    write_numbered(tmp_path)
    bad = [index for index in range(40) if index not in brightness(read_folder(tmp_path), False)][:3]
    for index in bad:
        (tmp_path / f"{index:03}.png").write_bytes(b"no image")
    data = image_folder(tmp_path, skip_corrupt=True, in_memory=in_memory, num_workers=0, batch_size=33)
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
        (["--data.channels=two"], "--data.channels: expected int, got two"),
        (["--data=ImageFolderDataModul"], "did you mean ImageFolderDataModule?"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(command_line, tmp_path, mistake, sentence):
    root = f"--data.root={write_numbered(tmp_path, 2)}"
    status, _, err = command_line("fit", "--data=ImageFolderDataModule", root, *mistake)
    assert status != 0
    assert sentence in err
    assert "Traceback" not in err
