"""A data set of the user's own is a Source in a module of theirs, and what is wrong with it is said in one sentence."""

import sys

import pytest
import torch
from helpers import QUICK

from gan_lightning.data import MNISTDataModule
from gan_lightning.errors import UsageError

MODULE = """
import torch
from gan_lightning.data import Source

def read(root, train, download):
    assert root.name == "elsewhere" and download is False
    images = torch.arange(40 * 64).reshape(40, 1, 8, 8) % 251
    return images.byte()[: 40 if train else 16], torch.arange(40)[: 40 if train else 16] % 3

letters = Source(image_size=8, num_classes=3, load=read)
number = 3
"""


@pytest.fixture
def my_data(tmp_path, monkeypatch):
    """A module that can be imported from the working directory, under a name of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"my_data_of_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    yield name
    sys.modules.pop(name, None)


def import_as(monkeypatch, name, **content):
    module = type(sys)(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)


def test_it_is_trained_on_by_its_path(command_line, my_data):
    where = ["--data.root=elsewhere", "--data.download=false"]
    own = [f"--data.dataset={my_data}.letters", *where, *QUICK[1:-1], "--metrics.num_images=0"]
    model = ["--model=ConditionalGAN", "--model.hidden_dims=[8]"]
    status, _, err = command_line("fit", *model, *own, "--data.image_size=16")
    assert status == 0, err
    data = MNISTDataModule(f"{my_data}.letters", root="elsewhere", download=False, image_size=16)
    assert (data.image_shape, data.classes) == ((1, 16, 16), [0, 1, 2])
    images, labels = data.images(True)
    assert (images.shape, labels.dtype) == ((40, 1, 16, 16), torch.int64)


def test_a_configuration_may_name_it(command_line, my_data, tmp_path):
    config = {"dataset": f"{my_data}.letters", "root": "elsewhere", "download": "false"}
    lines = "".join(f"    {name}: {value}\n" for name, value in config.items())
    (tmp_path / "own.yaml").write_text(f"data:\n  class_path: MNISTDataModule\n  init_args:\n{lines}")
    (tmp_path / "small.yaml").write_text("data: {init_args: {batch_size: 4}}")
    model = ["--model=VanillaGAN", "--model.hidden_dims=[8]"]
    status, _, err = command_line(
        "fit", "--config=own.yaml", "--config=small.yaml", *model, *QUICK[2:-1], "--metrics.num_images=0"
    )
    assert status == 0, err


def test_a_checkpoint_imports_nothing(command_line, my_data):
    where = ["--data.root=elsewhere", "--data.download=false", "--trainer.logger.save_dir=out"]
    own = [f"--data.dataset={my_data}.letters", *where, *QUICK[1:-1], "--metrics.num_images=0"]
    assert command_line("fit", "--model=VanillaGAN", "--model.hidden_dims=[8]", *own)[0] == 0
    del sys.modules[my_data]
    test = ["test", "--ckpt_path=out/vanilla_gan/version_0", "--metrics.num_images=0", "--trainer.accelerator=cpu"]
    status, _, err = command_line(*test)
    assert status == 2
    assert f"the data set {my_data}.letters is not known here: give --import {my_data}" in err
    assert my_data not in sys.modules
    assert command_line(*test, f"--import={my_data}")[0] == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("{}.lettrs", "has no lettrs: did you mean letters?"),
        ("{}.number", "number is no data set, but of type int: make it a gan_lightning.data.Source"),
        ("{}.read", "read is no data set, but of type function: make it"),
        ("{}.absent.letters", "there is no module {}.absent that can be imported from here"),
        ("lettrs", "there is no data set 'lettrs': --data.dataset takes digits"),
    ],
)
def test_a_name_that_is_wrong(command_line, my_data, name, sentence):
    status, _, err = command_line("fit", f"--data.dataset={name.format(my_data)}", *QUICK[1:])
    assert status == 2
    assert sentence.format(my_data) in err
    assert err.count("error: ") == 1


IMAGES, LABELS = torch.zeros(6, 1, 8, 8, dtype=torch.uint8), torch.arange(6) % 3


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (IMAGES, "gives a Tensor, not a pair of all images and all labels"),
        ((IMAGES.float(), LABELS), r"images that are float32 of shape \(6, 1, 8, 8\), not bytes"),
        ((IMAGES[:, 0], LABELS), r"of shape \(6, 8, 8\), not bytes \(uint8\) of shape \(N, 1, 8, 8\)"),
        ((IMAGES[:0], LABELS[:0]), r"of shape \(0, 1, 8, 8\)"),
        ((IMAGES, LABELS[:5]), r"labels that are int64 of shape \(5,\), not a whole number for each of 6 images"),
        ((IMAGES, LABELS.float()), "labels that are float32"),
        ((IMAGES, LABELS + 1), "labels from 1 to 3, and its num_classes is 3: number the classes from 0"),
        (("a", "b"), "no tensors nor NumPy arrays"),
    ],
)
def test_what_it_gives_is_looked_at(monkeypatch, split, sentence):
    from gan_lightning.data import Source

    import_as(monkeypatch, "odd_data", letters=Source(8, 3, lambda *_: split))
    with pytest.raises(UsageError, match=sentence) as caught:
        MNISTDataModule("odd_data.letters").images(True)
    assert "\n" not in str(caught.value)


def test_arrays_are_as_good_as_tensors(monkeypatch):
    from gan_lightning.data import Source

    import_as(monkeypatch, "odd_data", letters=Source(8, 3, lambda *_: (IMAGES.numpy(), LABELS.int().numpy())))
    images, labels = MNISTDataModule("odd_data.letters").images(True)
    assert torch.equal(images, IMAGES)
    assert torch.equal(labels, LABELS)


def test_classifiers_of_different_images_have_different_names(monkeypatch):
    """Two users may both call their data my_data.letters, and the cache is the same."""
    from gan_lightning.data import Source

    names = set()
    for value in (0, 0, 1):
        import_as(monkeypatch, "odd_data", letters=Source(8, 3, lambda *_, v=value: (IMAGES + v, LABELS)))
        names.add(MNISTDataModule("odd_data.letters").for_classifier().dataset)
    assert len(names) == 2
