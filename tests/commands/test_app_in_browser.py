"""The page in a browser. It needs Gradio, Playwright and an installed Chromium."""

import io
import shutil
import socket
from urllib.parse import urlsplit

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from browser import CHROMIUM, QUIET, choose_run, decode, open_page, save, serving, shown, type_in, wait_for

from gan_lightning import load
from gan_lightning.callbacks.history import read_history
from gan_lightning.callbacks.page import epoch_curves
from gan_lightning.sampling.styles import draw_between, find_directions

pytest.importorskip("gradio")
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

CLIENTS = 20


@pytest.fixture(scope="module")
def runs(conditional_checkpoint, styled, coded, tmp_path_factory):
    """A folder of a run that was trained, of two that were not, and of one whose checkpoint is damaged."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(conditional_checkpoint.parent.parent, folder / "a_conditional")
    for name, checkpoint in {"coded": coded, "styled": styled}.items():
        (folder / name / "checkpoints").mkdir(parents=True)
        shutil.copy(checkpoint, folder / name / "checkpoints" / "last.ckpt")
    (folder / "damaged" / "checkpoints").mkdir(parents=True)
    (folder / "damaged" / "checkpoints" / "last.ckpt").write_text("no weights")
    return folder


@pytest.fixture(scope="module")
def served(runs, tmp_path_factory):
    with serving(runs, tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture(scope="module")
def chrome():
    with playwright.sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=QUIET) as found:
        yield found


@pytest.fixture(scope="module")
def model(conditional_checkpoint):
    return load(conditional_checkpoint)


def test_a_browser_shows_what_was_asked_for_and_asks_no_other_host(served, chrome, model, runs):
    address, hosts = served
    requests, errors = [], []
    page = open_page(chrome, address, errors=errors)
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    wait_for(page, model.sample(50))
    page.get_by_role("radio", name="8").check()
    type_in(page, "Rows of 10 images", 2)
    wait_for(page, model.sample(20, labels=8))
    page.get_by_label("Seed", exact=True).locator("visible=true").fill("5")
    wait_for(page, model.sample(20, labels=8, seed=5))
    assert "discriminator's verdict" in page.locator("p:visible").all_inner_texts()[0]
    page.get_by_role("button", name="Figures").click()
    page.get_by_role("cell", name="label accuracy").wait_for()
    name, content = save(page, "Save npz")
    assert name == "samples.npz"
    assert np.array_equal(np.load(io.BytesIO(content))["images"], model.sample(20, labels=8, seed=5))

    page.get_by_role("tab", name="Training").click()
    page.get_by_text("after 2 batches").wait_for()
    type_in(page, "Grid of samples, from first to last", 0)
    page.get_by_text("before the first batch").wait_for()
    grid = decode(page.locator(".still img:visible").get_attribute("src"))
    assert np.array_equal(grid[..., :3], iio.imread(runs / "a_conditional" / "samples" / "0000000.png"))
    curves = decode(page.locator(".curves img:visible").get_attribute("src"))
    rows = read_history(runs / "a_conditional" / "history.csv")
    assert np.array_equal(curves[..., :3], epoch_curves(rows, {})[..., :3])
    page.get_by_role("button", name="Configuration").click()
    page.locator("pre:visible").get_by_text("gan_lightning.models.ConditionalGAN").wait_for()
    page.close()
    assert errors == []
    asked = {urlsplit(url).netloc for url in requests if not url.startswith(("data:", "blob:"))}
    assert asked == {urlsplit(address).netloc}
    assert set(hosts.read_text().split()) == {"127.0.0.1"}, "the server asks itself whether it is up"
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.2", urlsplit(address).port)) != 0, "it listens at one address alone"


def test_images_are_kept_with_the_keyboard_and_mixed(served, chrome, model):
    page = open_page(chrome, served[0])
    page.locator("button.cell:visible").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("seed 0, image 3, class 8").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("seed 0, image 13, class 8").wait_for()
    latents = model.latents(14)[[3, 13]]
    walk = draw_between(model, latents, torch.tensor([8, 8]), 9, None)
    wait_for(page, walk[[0, -1]], ".kept")
    page.get_by_role("tab", name="Mix").click()
    wait_for(page, walk)
    page.get_by_label("Frame", exact=True).fill("6")
    assert np.array_equal(decode(page.locator(".screen").get_attribute("src")), walk[6, 0].numpy())
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('input[aria-label=Frame]').value != 6")
    page.get_by_role("button", name="Pause").click()
    name, content = save(page, "Save GIF")
    assert name == "walk.gif"
    assert len(iio.imread(content, extension=".gif")) == 2 * len(walk) - 2, "to and fro"
    page.get_by_role("tab", name="Draw").click()
    page.locator(".kept button.cell").first.click()
    wait_for(page, walk[-1:], ".kept")
    page.close()


def test_a_digit_drawn_with_the_mouse_is_found_and_mixed(served, chrome):
    page = open_page(chrome, served[0])
    page.get_by_role("tab", name="Find").click()
    page.get_by_role("button", name="Find it").click()
    page.get_by_text("the canvas is empty").wait_for()
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 140, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 230, steps=5)
    page.mouse.up()
    type_in(page, "Steps of the search", 20)
    page.get_by_role("button", name="Find it").click()
    page.get_by_role("button", name="Put it on the left of Mix").wait_for()
    yours, found = shown(page, ".result")
    assert yours[14, 14] > 250
    assert yours[14, 3] == yours[2, 14] == 0
    page.get_by_role("button", name="Put it on the left of Mix").click()
    page.get_by_role("tab", name="Mix").click()
    page.get_by_role("radio", name="the image found").wait_for()
    page.wait_for_function("document.querySelectorAll('.film .cell').length == 11")
    assert np.array_equal(shown(page)[0], found)

    page.get_by_role("tab", name="Find").click()
    page.locator("canvas ~ .tools input").set_input_files(
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"no image"}
    )
    page.get_by_text("is damaged or no image").wait_for()
    page.locator("canvas ~ .tools input").set_input_files(
        {
            "name": "white.png",
            "mimeType": "image/png",
            "buffer": iio.imwrite("<bytes>", np.full((9, 9), 255, "uint8"), extension=".png"),
        }
    )
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Negative").click()
    page.get_by_role("button", name="Find it").click()
    page.wait_for_function("""[...document.querySelectorAll('.result img')].length == 2""")
    deadline = 100
    while shown(page, ".result")[0].any() and deadline:
        page.wait_for_timeout(200)
        deadline -= 1
    assert not shown(page, ".result")[0].any(), "white, and then its negative"
    page.close()


def test_styles_and_codes_are_moved_by_sliders_and_runs_compared(served, chrome, model, styled, coded):
    errors = []
    page = open_page(chrome, served[0], errors=errors)
    page.locator("button.cell:visible").nth(3).click()
    page.get_by_text("seed 0, image 3").wait_for()
    choose_run(page, "damaged")
    page.get_by_text("is no checkpoint").wait_for()
    wait_for(page, model.sample(50), ".pictures:not(.kept)")
    choose_run(page, "styled")
    drawn = load(styled)
    wait_for(page, drawn.sample(50))
    assert page.locator(".kept .cell").count() == 0, "what was kept was the other run's"
    page.locator("button.cell:visible").nth(4).click()
    wait_for(page, drawn.sample(5)[4:], ".kept")
    page.get_by_role("tab", name="Style").click()
    type_in(page, "Direction 2", 4)
    styles = drawn.styles(drawn.latents(1), torch.zeros(1, dtype=torch.int64))
    wait_for(page, drawn.render_styles(styles + 4 * find_directions(drawn.styled_generator).vectors[1]))
    page.get_by_role("button", name="Back to the sample").click()
    wait_for(page, drawn.sample(1))
    page.get_by_label("Layers").fill("99")
    page.get_by_text("and none is 99").wait_for()
    page.get_by_role("tab", name="Mix").click()
    for layer in range(1, 8):
        page.get_by_role("checkbox", name=str(layer)).uncheck()
    latents = torch.cat([drawn.latents(1), drawn.latents(1, 1)])
    wait_for(page, draw_between(drawn, latents, torch.zeros(2, dtype=torch.int64), 9, [0]))

    choose_run(page, "coded")
    drawn = load(coded)
    wait_for(page, drawn.sample(50))
    page.get_by_role("tab", name="Style").click()
    z = drawn.latents(1)
    z[0, :6] = torch.tensor([0, 0, 1, 1, 0, 1.5])
    page.get_by_role("radio", name="2").check()
    type_in(page, "Continuous code 1", 1.5)
    wait_for(page, drawn.render(z, torch.zeros(1, dtype=torch.int64)))

    page.get_by_role("tab", name="Compare").click()
    wait_for(page, torch.cat([model.sample(30), load(styled).sample(30)]))
    page.close()
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_images_come_first_and_nothing_is_too_wide(served, chrome, scheme):
    page = open_page(chrome, served[0], width=390, height=844, color_scheme=scheme)
    box = page.locator(".cells:visible").bounding_box()
    assert box["y"] < 250
    assert box["y"] + box["height"] < 844
    pixels = iio.imread(page.screenshot())
    first, second = (page.locator(".cell:visible img").nth(number).bounding_box() for number in (0, 1))
    gap = pixels[int(first["y"] + 5), int((first["x"] + first["width"] + second["x"]) / 2)]
    assert np.array_equal(gap, pixels[-1, 0]), "what lies between the images is the page"
    for tab in ("Mix", "Find", "Training", "Compare"):
        if not page.get_by_role("tab", name=tab).is_visible():
            page.locator(".overflow-menu > button").click()
        page.get_by_role("tab", name=tab).or_(page.locator(".overflow-dropdown").get_by_text(tab)).first.click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_bad_numbers_are_told_in_a_toast_that_goes_away(served, chrome, model):
    page = open_page(chrome, served[0])
    for value in ("1.5", "-1", "99999999999999", ""):
        page.get_by_label("Seed", exact=True).locator("visible=true").fill(value)
        page.get_by_text(f"a seed is a whole number from 0 to 2147483647, not {value or 'nothing'}").wait_for()
    page.get_by_label("Seed", exact=True).locator("visible=true").fill("2")
    wait_for(page, model.sample(50, seed=2))
    page.get_by_role("spinbutton", name="number input for Rows of 10 images").fill("5000")
    page.get_by_text("5000").first.wait_for()
    page.get_by_text("a seed is a whole number").first.wait_for(state="hidden")
    page.close()


def test_twenty_clients_at_once_each_see_what_they_asked_for(served, chrome, model):
    pages = [open_page(chrome, served[0]) for _ in range(CLIENTS)]
    for seed, page in enumerate(pages):
        page.get_by_label("Seed", exact=True).locator("visible=true").fill(str(100 + seed))
    for seed, page in enumerate(pages):
        wait_for(page, model.sample(50, seed=100 + seed))
        page.close()
