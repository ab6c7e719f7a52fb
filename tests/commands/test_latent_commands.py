"""What interpolate, mix and invert write is what the model draws from the latents that it is said to be drawn from."""

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from lightning.pytorch import Trainer
from PIL import Image

from gan_lightning.images import image_grid
from gan_lightning.latent import slerp
from gan_lightning.models import GAN, ConditionalGAN, VanillaGAN

QUICK = "--steps=5", "--restarts=1"


def save(path, cls, **options):
    """A checkpoint of a small model whose images differ clearly."""
    torch.manual_seed(0)
    model = cls(latent_dim=8, hidden_dims=[16, 32], **options)
    with torch.no_grad():
        for generator in (model.generator, model.averaged_generator):
            for layer in (generator.layers[0], generator.layers[-2]):
                layer.weight.mul_(2.5)
    trainer = Trainer(accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def grey(folder):
    return save(folder / "grey.ckpt", VanillaGAN)


@pytest.fixture(scope="module")
def conditional(folder):
    return save(folder / "conditional.ckpt", ConditionalGAN, classes=[3, 5, 8])


@pytest.fixture(scope="module")
def rgb(folder):
    return save(folder / "rgb.ckpt", VanillaGAN, image_shape=(3, 16, 16))


@pytest.fixture
def write(command_line, tmp_path):
    """Runs a command line that writes to ``name``; gives the file's path and what was printed."""

    def run(name, *args):
        output = tmp_path / "out" / name
        status, out, err = command_line(*args, f"--output={output}")
        assert status == 0, err
        assert str(output) in out
        return output, out

    return run


def load(path):
    return GAN.load_from_checkpoint(path)


def cell(picture, row, column, side=28):
    """The image (H, W, 3) there in a grid of enlarged images."""
    zoom = 64 // side
    size = zoom * side
    top, left = 2 + row * (size + 2), 2 + column * (size + 2)
    return picture[top : top + size : zoom, left : left + size : zoom]


def as_cell(image):
    """An image (C, H, W) as ``cell`` gives it."""
    return image.expand(3, -1, -1).permute(1, 2, 0).numpy()


def labels(*values):
    return torch.tensor(values)


def write_picture(path, size, seed=0, mode="RGB"):
    """A photograph-like picture: smooth, of any size (width, height)."""
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR).convert(mode).save(path)
    return path


def test_an_animation_passes_through_the_samples_and_leads_back(write, grey):
    output, out = write("walk.gif", "interpolate", f"--ckpt_path={grey}", "--num=3", "--frames=4", "--seed=2")
    assert "15 frames" in out
    frames = iio.imread(output, index=None)
    assert frames.shape == (15, 224, 224, 3)
    for sample, frame in zip(load(grey).sample(3, seed=2), frames[::5], strict=True):
        assert np.array_equal(frame[::8, ::8], as_cell(sample))
    steps = np.abs(np.diff(frames.astype(float), axis=0)).mean(axis=(1, 2, 3))
    assert np.abs(frames[-1].astype(float) - frames[0]).mean() < 2 * steps.mean()
    assert len({iio.immeta(output, index=index)["duration"] for index in range(15)}) == 1, "it rests nowhere"


def test_a_strip_has_a_row_for_each_pair(write, grey):
    output, _ = write("walk.png", "interpolate", f"--ckpt_path={grey}", "--num=4", "--frames=3")
    picture = iio.imread(output)
    assert picture.shape == (3 * 58 + 2, 5 * 58 + 2, 3)
    model = load(grey)
    samples, z = model.sample(4), model.latents(4)
    halfway = model.draw(slerp(z[:-1], z[1:], 0.5), torch.zeros(3, dtype=torch.int64))
    for row in range(3):
        for column, image in ((0, samples[row]), (2, halfway[row]), (4, samples[row + 1])):
            assert np.array_equal(cell(picture, row, column), as_cell(image))


@pytest.mark.parametrize(("chosen", "turns"), [(None, [3, 5, 8]), ("8,3", [8, 3, 8]), ("5", [5, 5, 5])])
def test_a_conditional_walk_keeps_the_class_or_changes_it_halfway(write, conditional, chosen, turns):
    options = [] if chosen is None else [f"--labels={chosen}"]
    output, _ = write("x.png", "interpolate", f"--ckpt_path={conditional}", "--num=3", "--frames=4", *options)
    picture, model = iio.imread(output), load(conditional)
    z = model.latents(3)
    for row in range(2):
        for column in range(6):
            label = turns[row] if column <= 2 else turns[row + 1]
            (image,) = model.draw(slerp(z[row], z[row + 1], column / 5)[None], labels(label))
            assert np.array_equal(cell(picture, row, column), as_cell(image))


@pytest.mark.parametrize(("chosen", "classes"), [(None, [3, 5, 8]), ("8,3", [8, 3])])
def test_a_class_walk_shows_the_same_latents_under_each_label(write, conditional, chosen, classes):
    args = ["interpolate", f"--ckpt_path={conditional}", "--num=4", "--class_walk=true", "--seed=3"]
    args += [] if chosen is None else [f"--labels={chosen}"]
    model = load(conditional)
    z = model.latents(4, seed=3)
    columns = [model.draw(z, labels(*[label] * 4)) for label in classes]
    picture = iio.imread(write("x.png", *args)[0])
    assert picture.shape == (4 * 58 + 2, len(classes) * 58 + 2, 3)
    for column, images in enumerate(columns):
        for row, image in enumerate(images):
            assert np.array_equal(cell(picture, row, column), as_cell(image))
    frames = iio.imread(write("x.gif", *args)[0], index=None)
    assert np.array_equal(frames, np.stack([image_grid(images) for images in columns]))


def test_samples_are_mixed_by_their_numbers(write, grey):
    output, out = write("mix.png", "mix", "5", "2", f"--ckpt_path={grey}", "--frames=3", "--seed=1")
    assert "5 images" in out
    picture, model = iio.imread(output), load(grey)
    assert picture.shape == (58 + 2, 5 * 58 + 2, 3)
    z = model.latents(6, seed=1)
    mixed = model.draw(slerp(z[5], z[2], torch.linspace(0, 1, 5)), torch.zeros(5, dtype=torch.int64))
    samples = model.sample(6, seed=1)
    assert torch.equal(mixed[[0, 4]], samples[[5, 2]])
    for column, image in enumerate(mixed):
        assert np.array_equal(cell(picture, 0, column), as_cell(image))


@pytest.mark.parametrize(("chosen", "pair"), [(None, (3, 5)), ("8", (8, 8)), ("8,3", (8, 3))])
def test_the_class_of_a_mix_changes_halfway(write, conditional, chosen, pair):
    options = [] if chosen is None else [f"--labels={chosen}"]
    picture = iio.imread(write("x.png", "mix", "0", "1", f"--ckpt_path={conditional}", "--frames=2", *options)[0])
    model = load(conditional)
    z = model.latents(2)
    turns = labels(pair[0], pair[0], pair[1], pair[1])
    for column, image in enumerate(model.draw(slerp(z[0], z[1], torch.arange(4) / 3), turns)):
        assert np.array_equal(cell(picture, 0, column), as_cell(image))


def test_pictures_of_any_size_are_mixed_between_their_reconstructions(write, rgb, tmp_path):
    first, second = write_picture(tmp_path / "a.png", (50, 30)), write_picture(tmp_path / "b.jpg", (16, 40), seed=1)
    strip, out = write("mix.png", "mix", first, second, f"--ckpt_path={rgb}", "--frames=2")
    arrays, _ = write("ends.npz", "invert", f"{first},{second}", f"--ckpt_path={rgb}")
    found, picture = np.load(arrays), iio.imread(strip)
    assert picture.shape == (66 + 2, 6 * 66 + 2, 3)
    ends = [*found["targets"], *found["images"]]
    for column, image in zip((0, 5, 1, 4), ends, strict=True):
        assert np.array_equal(cell(picture, 0, column, side=16), image.transpose(1, 2, 0))
    assert f"{first}: reconstruction error {found['errors'][0]:.3f}" in out
    assert f"{second}: reconstruction error {found['errors'][1]:.3f}" in out


def test_a_picture_is_mixed_with_a_sample(write, conditional, tmp_path):
    image = load(conditional).sample(1, labels=8, seed=5)
    iio.imwrite(tmp_path / "eight.png", image[0, 0].numpy())
    args = "mix", tmp_path / "eight.png", "1", f"--ckpt_path={conditional}", "--frames=1"
    output, out = write("mix.png", *args)
    assert "drawn as label 8" in out
    picture = iio.imread(output)
    assert picture.shape == (60, 4 * 58 + 2, 3)
    assert np.array_equal(cell(picture, 0, 0), as_cell(image[0]))
    assert np.abs(cell(picture, 0, 1) - as_cell(image[0]).astype(float)).mean() < 255 * 0.05
    assert np.array_equal(cell(picture, 0, 3), as_cell(load(conditional).sample(2)[1]))


def test_inversion_writes_what_it_found(write, conditional, tmp_path):
    model = load(conditional)
    images = model.sample(6, seed=5)
    np.savez(tmp_path / "drawn.npz", images=images.numpy())
    output, out = write("found.npz", "invert", tmp_path / "drawn.npz", f"--ckpt_path={conditional}")
    found = dict(np.load(output))
    kinds = {name: (str(array.dtype), array.shape) for name, array in found.items()}
    assert kinds == {
        "latents": ("float32", (6, 8)),
        "labels": ("int64", (6,)),
        "images": ("uint8", (6, 1, 28, 28)),
        "targets": ("uint8", (6, 1, 28, 28)),
        "errors": ("float32", (6,)),
    }
    assert np.array_equal(found["targets"], images.numpy())
    assert found["labels"].tolist() == [3, 5, 8, 3, 5, 8]
    assert found["errors"].max() < 0.05
    difference = (found["images"].astype(float) - found["targets"]) / 255
    assert np.allclose(found["errors"], np.sqrt((difference**2).mean(axis=(1, 2, 3))), atol=1e-6)
    drawn = model.draw(torch.from_numpy(found["latents"]), torch.from_numpy(found["labels"]))
    assert np.array_equal(drawn.numpy(), found["images"])
    for index in range(6):
        assert f"image {index}: {found['errors'][index]:.3f}, drawn as label {found['labels'][index]}" in out
    assert f"mean error {found['errors'].mean():.3f}" in out


def test_given_labels_are_kept(write, conditional, tmp_path):
    np.savez(tmp_path / "drawn.npz", images=load(conditional).sample(3).numpy())
    args = "invert", tmp_path / "drawn.npz", f"--ckpt_path={conditional}", "--labels=8,5", *QUICK
    assert np.load(write("x.npz", *args)[0])["labels"].tolist() == [8, 5, 8]


def test_a_picture_shows_targets_above_their_reconstructions(write, grey, tmp_path):
    for index, image in enumerate(load(grey).sample(12)):
        iio.imwrite(tmp_path / f"{index:02d}.png", image[0].numpy())
    args = "invert", tmp_path, f"--ckpt_path={grey}", *QUICK
    found = np.load(write("x.npz", *args)[0])
    assert "labels" not in found
    picture = iio.imread(write("x.png", *args)[0])
    assert picture.shape == (4 * 58 + 2, 10 * 58 + 2, 3)
    for index in range(12):
        row, column = divmod(index, 10)
        assert np.array_equal(cell(picture, 2 * row, column), as_cell(torch.from_numpy(found["targets"][index])))
        assert np.array_equal(cell(picture, 2 * row + 1, column), as_cell(torch.from_numpy(found["images"][index])))
    assert (cell(picture, 2, 2) == 255).all()


def test_targets_are_the_square_in_the_middle_in_the_models_size_and_channels(write, grey, rgb, tmp_path):
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255, 0, 0
    iio.imwrite(tmp_path / "wide.png", pixels)
    np.savez(tmp_path / "wide.npz", images=pixels[None])
    for source in ("wide.png", "wide.npz"):
        red = np.load(write("x.npz", "invert", tmp_path / source, f"--ckpt_path={rgb}", *QUICK)[0])["targets"]
        assert red.shape == (1, 3, 16, 16)
        assert (red == np.array([255, 0, 0])[None, :, None, None]).all()
        shades = np.load(write("x.npz", "invert", tmp_path / source, f"--ckpt_path={grey}", *QUICK)[0])["targets"]
        assert shades.shape == (1, 1, 28, 28)
        assert set(np.unique(shades)) == {76}, "the luminance of red"


INTERPOLATE, MIX, INVERT = ["interpolate"], ["mix", "0", "1"], ["invert", "image.png"]
MISTAKES = {
    "one sample": ([*INTERPOLATE, "--num=1"], "at least 2 samples, not 1: use --num 2", "grey"),
    "no samples": ([*INTERPOLATE, "--num=0"], "at least 1, not 0", "grey"),
    "no frames": ([*INTERPOLATE, "--frames=0"], "at least 1 frame between two samples, not 0", "grey"),
    "no mixes": ([*MIX, "--frames=0"], "at least 1 frame between two samples, not 0", "grey"),
    "an unknown animation": ([*INTERPOLATE, "--output=x.mp4"], "must end in .gif for an animation or in .png", "grey"),
    "an animated mix": ([*MIX, "--output=x.gif"], "--output must end in .png, not x.gif", "grey"),
    "an unknown form": ([*INVERT, "--output=x.gif"], "must end in .png for a picture or in .npz for arrays", "grey"),
    "labels of an unconditional walk": ([*INTERPOLATE, "--labels=3"], "takes no labels", "grey"),
    "labels of an unconditional mix": ([*MIX, "--labels=3"], "takes no labels", "grey"),
    "labels of an unconditional inversion": ([*INVERT, "--labels=3"], "takes no labels", "grey"),
    "classes of an unconditional walk": ([*INTERPOLATE, "--class_walk=true"], "leave --class_walk out", "grey"),
    "an unknown label": ([*INTERPOLATE, "--class_walk=true", "--labels=4"], "knows the labels 3, 5, 8", "conditional"),
    "three labels for two": ([*MIX, "--labels=3,5,8"], "one label for both or one for each", "conditional"),
    "an absent image": (["invert", "absent.png"], "there is no image at absent.png", "grey"),
    "one of two absent": (["invert", "image.png,absent.png"], "there is no image at absent.png", "grey"),
    "an absent image to mix": (["mix", "0", "absent.jpg"], "there is no image at absent.jpg", "grey"),
    "a damaged image": (["invert", "damaged.png"], "damaged.png is damaged or no image", "grey"),
    "a damaged image to mix": (["mix", "damaged.png", "0"], "damaged.png is damaged or no image", "grey"),
    "an absent file of arrays": (["invert", "absent.npz"], "there are no images at absent.npz", "grey"),
    "arrays of floats": (["invert", "floats.npz"], "images are bytes (uint8) of shape", "grey"),
    "an empty folder": (["invert", "empty"], "there are no images in empty", "grey"),
    "a sample too far": (["mix", "0", "20240101"], "samples have the numbers 0 to 99999, not 20240101", "grey"),
    "no steps": ([*INVERT, "--steps=0"], "--steps must be positive, not 0", "grey"),
    "no starts": ([*INVERT, "--restarts=0"], "--restarts must be positive, not 0", "grey"),
    "an unknown device": ([*INTERPOLATE, "--device=abacus"], "no device abacus", "grey"),
    "one image to mix": (["mix", "0"], "second", "grey"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(command_line, request, tmp_path, monkeypatch, mistake):
    monkeypatch.chdir(tmp_path)
    write_picture(tmp_path / "image.png", (28, 28), mode="L")
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    (tmp_path / "empty").mkdir()
    np.savez(tmp_path / "floats.npz", images=np.zeros((2, 1, 28, 28)))
    before = set(tmp_path.iterdir())
    args, sentence, checkpoint = MISTAKES[mistake]
    status, _, err = command_line(*args, f"--ckpt_path={request.getfixturevalue(checkpoint)}")
    assert status != 0
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("args", [INTERPOLATE, MIX, INVERT], ids=lambda args: args[0])
def test_a_missing_checkpoint_or_folder_is_one_sentence(command_line, grey, tmp_path, monkeypatch, args):
    monkeypatch.chdir(tmp_path)
    write_picture(tmp_path / "image.png", (28, 28), mode="L")
    status, _, err = command_line(*args, "--ckpt_path=absent.ckpt")
    assert status != 0
    assert "there is no checkpoint at absent.ckpt" in err
    (tmp_path / "file").touch()
    status, _, err = command_line(*args, f"--ckpt_path={grey}", "--output=file/x.png")
    assert status != 0
    assert "cannot write to file" in err
    assert "--output" in err
