"""What the tabs show, without a browser."""

import asyncio
import base64
import io

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from helpers import tiny_data, tiny_model

pytest.importorskip("gradio")

from gan_lightning.app.cells import film, grid
from gan_lightning.app.controls import ALL, Page, columns_of, gr, whole
from gan_lightning.app.draw import UNTRUNCATED, arrays, kept_at, sample
from gan_lightning.app.ends import Kept, between, render_ends, sample_end
from gan_lightning.app.find import ANY, read_canvas, search
from gan_lightning.app.reference import Reference
from gan_lightning.app.training import grids_of, history, inside, shown, when, without_gaps
from gan_lightning.app.verdicts import comparison, verdicts
from gan_lightning.data.loader import to_float
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN, ConditionalGAN
from gan_lightning.networks import DCGANDiscriminator, MLPGenerator
from gan_lightning.pictures.images import data_url, image_grid
from gan_lightning.sampling.latent import slerp


@pytest.fixture(scope="module")
def conditional():
    torch.manual_seed(0)
    return ConditionalGAN(latent_dim=4, hidden_dims=[8], classes=[3, 8]).eval()


def png(pixels):
    return data_url(iio.imwrite("<bytes>", pixels, extension=".png"), "image/png")


def test_samples_are_whole_rows_of_those_of_the_model(conditional):
    images, labels = sample(conditional, 8, 2.0, 3, UNTRUNCATED)
    assert torch.equal(images, conditional.sample(20, labels=8, seed=3))
    assert labels.tolist() == [8] * 20
    images, labels = sample(conditional, ALL, 1, 0, 0.5)
    assert torch.equal(images, conditional.sample(10, truncation=0.5))
    assert not torch.equal(images, conditional.sample(10))
    assert labels.tolist() == [3, 8] * 5
    assert torch.equal(sample(tiny_model(), None, 1, 1, UNTRUNCATED)[0], tiny_model().sample(10, seed=1))


@pytest.mark.parametrize(("classes", "columns"), [(1, 10), (2, 10), (3, 9), (7, 7), (10, 10), (12, 12), (13, 10)])
def test_each_of_few_classes_has_columns_of_its_own(classes, columns):
    assert columns_of(ConditionalGAN(latent_dim=4, hidden_dims=[8], num_classes=classes)) == columns


@pytest.mark.parametrize("seed", [1.5, -1, 2**31, None])
def test_a_seed_that_is_no_whole_number_is_refused(conditional, seed):
    with pytest.raises(UsageError, match="a seed is a whole number from 0 to 2147483647, not"):
        sample(conditional, ALL, 1, seed, UNTRUNCATED)


def test_whole_numbers_may_come_as_floats():
    assert whole(3.0, "x") == 3
    for odd in (float("nan"), float("inf")):
        with pytest.raises(UsageError, match="x is a whole number"):
            whole(odd, "x")


def test_what_is_kept_is_drawn_again(conditional):
    images, _ = sample(conditional, ALL, 1, 5, UNTRUNCATED)
    kept = [kept_at(conditional, ALL, 5, index) for index in range(10)]
    assert kept[3] == Kept(5, 3, 8)
    assert str(kept[3]) == "seed 5, image 3, class 8"
    assert torch.equal(render_ends(conditional, [sample_end(conditional, one) for one in kept]), images)
    model = tiny_model()
    one = kept_at(model, None, 1, 4)
    assert str(one) == "seed 1, image 4"
    assert torch.equal(render_ends(model, [sample_end(model, one)]), model.sample(5, seed=1)[4:])


def test_a_walk_leads_from_one_kept_image_to_the_other(conditional):
    left, right = (sample_end(conditional, Kept(0, number, 8)) for number in (0, 2))
    walk = between(conditional, left, right, 3, None)
    z = slerp(left.latent, right.latent, torch.tensor([0, 0.25, 0.5, 0.75, 1])[:, None]).flatten(0, 1)
    assert torch.equal(walk, conditional.render(z, torch.full((5,), 8)))


def test_arrays_are_those_of_generate(conditional):
    images, labels = sample(conditional, ALL, 1, 0, UNTRUNCATED)
    content = base64.b64decode(arrays(conditional, images, labels).partition("base64,")[2])
    found = np.load(io.BytesIO(content))
    assert np.array_equal(found["images"], images)
    assert np.array_equal(found["labels"], labels)
    assert found["labels"].dtype == np.int64


def test_names_and_notes_are_no_html():
    images = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    page = grid(images, ["<b>", '"'], 2, ["<i>", "&"])
    assert "<b>" not in page
    assert "<i>" not in page
    assert page.count('tabindex="0"') == 1, "Tab goes to the grid, arrows within"
    assert page.count("<button") == 2
    assert "<button" not in grid(images, ["a", "b"], 2, plain=True)
    assert 'max="1"' in film(images, 2)


def test_the_verdicts_are_those_of_the_discriminator(conditional):
    images, labels = sample(conditional, ALL, 1, 0, UNTRUNCATED)
    logits = conditional.discriminator(to_float(images, conditional.value_range), labels)
    said = verdicts(conditional, images, labels)
    assert torch.allclose(said, logits.sigmoid())
    real = tiny_data(digits=[3, 8]).images(train=True)
    sentence = comparison(conditional, said, labels, Reference(real))
    assert f"verdict: {said.mean():.2f} on average, and " in sentence
    assert "real images" not in comparison(conditional, said, labels, Reference())


@pytest.mark.parametrize(("options", "count"), [({"minibatch_std": True}, 10), ({"pack": 2}, None)])
def test_a_discriminator_that_scores_packs_says_nothing_of_an_image(options, count):
    model = GAN(MLPGenerator(4, hidden_dims=[8]), DCGANDiscriminator(width=4, **options)).eval()
    images, labels = sample(model, None, 1, 0, UNTRUNCATED)
    said = verdicts(model, images, labels)
    assert (None if said is None else len(said)) == count
    assert (comparison(model, said, labels, Reference()) == "") == (count is None)


def test_an_image_of_the_model_is_found(conditional):
    image = conditional.sample(1, labels=8, seed=7)
    address, shares = png(image[0, 0].numpy()), []
    end, both = search(conditional, address, ANY, 40, shares.append)
    assert int(end.label) == 8
    assert "class 8" in both
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert 0 < shares[0] < 0.1
    target = (image / 255).float()
    error = (conditional.render(*end) / 255 - target).square().mean().sqrt()
    start = (conditional.sample(1, labels=8) / 255 - target).square().mean().sqrt()
    assert error < start / 4
    assert int(search(conditional, address, 3, 2, shares.append)[0].label) == 3


def test_what_is_on_a_canvas_becomes_an_image_of_the_model():
    pixels = np.zeros((280, 280, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[100:180] = 255
    assert read_canvas(png(pixels), (1, 28, 28))[0, 14].tolist() == [255] * 28
    assert read_canvas(png(pixels), (3, 8, 8)).shape == (3, 8, 8)
    with pytest.raises(UsageError, match="the canvas is empty"):
        read_canvas("", (1, 28, 28))
    for odd in ("unreadable", "data:image/png;base64,!!", "data:image/png;base64,AAAA", "data:text/html;base64,PGI+"):
        with pytest.raises(UsageError, match="the image is damaged or no image"):
            read_canvas(odd, (1, 28, 28))


def test_gaps_between_the_images_of_a_grid_are_transparent(tmp_path):
    iio.imwrite(tmp_path / "x.png", image_grid(torch.zeros(4, 1, 4, 4, dtype=torch.uint8)))
    pixels = iio.imread(without_gaps(tmp_path / "x.png"))
    inside = np.zeros(len(pixels), bool)
    inside[2:66] = inside[68:132] = True
    assert np.array_equal(pixels[..., 3] == 255, inside[:, None] & inside)


def test_a_link_out_of_the_run_is_not_shown(tmp_path):
    run, secret = tmp_path / "run", tmp_path / "secret"
    (run / "samples").mkdir(parents=True)
    secret.write_text("secret")
    for name in ("training.gif", "config.yaml", "samples/0000000.png", "history.csv"):
        (run / name).symlink_to(secret)
    assert inside(run, "config.yaml") is None
    assert grids_of(run) == []
    assert history(run) == []
    (run / "config.yaml").unlink()
    (run / "config.yaml").write_text("<script>")
    assert shown(inside(run, "config.yaml")) == "<pre>&lt;script&gt;</pre>"
    (tmp_path / "alias").symlink_to(run)
    assert inside(tmp_path / "alias", "config.yaml") is not None, "the folder itself may be a link"
    (run / "report.html").write_text('<script>"</script>')
    assert shown(run / "report.html").startswith('<iframe sandbox srcdoc="&lt;script&gt;&quot;')


def test_a_grid_has_the_epoch_that_it_was_drawn_in():
    rows = [{"epoch": 0.0, "step": 10.0}, {"epoch": 1.0, "step": 20.0}]
    said = {step: when(step, rows) for step in (0, 5, 10, 11, 30)}
    assert said == {
        0: "before the first batch",
        5: "after 5 batches, epoch 1",
        10: "after 10 batches, epoch 1",
        11: "after 11 batches, epoch 2",
        30: "after 30 batches",
    }


@pytest.mark.parametrize("mistake", [UsageError("no"), gr.Error("no", duration=None)])
def test_a_mistake_is_a_toast_that_goes_away_and_is_not_printed(mistake):
    def fail():
        raise mistake

    with Page() as page:
        gr.Button().click(fail)
    (function,) = page.fns.values()
    with pytest.raises(gr.Error, match="no") as caught:
        asyncio.run(page.process_api(function, []))
    assert caught.value.duration > 0
    assert not caught.value.print_exception
