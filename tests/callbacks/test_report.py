"""A run's page is complete and needs nothing but itself."""

import base64
import json
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser

import imageio.v3 as iio
import pytest
from browser import CHROMIUM, QUIET
from helpers import tiny_data, tiny_model

from gan_lightning.callbacks import History, HTMLReport, PixelMetrics, QualityMetrics
from gan_lightning.callbacks.facts import read_facts
from gan_lightning.callbacks.history import read_history
from gan_lightning.callbacks.page import Run, page, panels_by_epoch, real_levels, spaced
from gan_lightning.metrics.evaluation import Evaluation
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.metrics.ratings import final_rating
from gan_lightning.metrics.report import FIGURES, as_text


class Links(HTMLParser):
    """Every address in a page, and whether its tags are closed in order."""

    def __init__(self):
        super().__init__()
        self.addresses, self.open, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data", "srcset")]
        if tag not in ("meta", "img", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def run(fit, tmp_path):
    """A run folder with all of a run's files."""
    status, _, err = fit("--model=ConditionalGAN", "--model.hidden_dims=[8]", "--trainer.max_epochs=2")
    assert status == 0, err
    return tmp_path / "conditional_gan" / "version_0"


def test_the_page_is_self_contained(run):
    text = (run / "report.html").read_text()
    links = Links()
    links.feed(text)
    assert links.open == []
    assert all(address.startswith("data:image/") for address in links.addresses)
    assert links.tags.count("img") == 7, "the result, three grids over time, losses, real v generated, epochs"
    assert "//" not in re.sub(r'"data:[^"]+"', "", text), "it names no other host"


def test_the_pictures_are_those_of_the_run(run):
    text = (run / "report.html").read_text()
    pictures = [base64.b64decode(data) for data in re.findall(r'src="data:image/\w+;base64,([^"]+)"', text)]
    names = [f"samples/000000{step}.png" for step in (4, 0, 2, 4)]
    names += ["losses.png", "real_v_generated/0000004.png", "epochs.png"]
    assert pictures == [(run / name).read_bytes() for name in names]
    assert iio.imread(run / "epochs.png").shape[2] == 3


def test_the_page_says_what_the_run_did(run):
    text = (run / "report.html").read_text()
    assert "ConditionalGAN on digits" in text
    assert '<th>Batches</th><td class="number">4</td>' in text
    assert '<th>Images seen</th><td class="number">16</td>' in text
    for name, figure in FIGURES.items():
        assert figure.title.replace("'", "&#39;") in text, name
    assert "hidden_dims" in text, "the configuration"
    assert f"fit --config {run / 'config.yaml'}" in text


def test_figures_stand_beside_those_of_real_images_and_are_rated(make_trainer, tmp_path):
    metrics = QualityMetrics(150)
    options = {"max_epochs": 1, "limit_train_batches": 2, "limit_val_batches": 1}
    callbacks = [metrics, PixelMetrics(), History(), HTMLReport()]
    make_trainer(callbacks=callbacks, **options).fit(tiny_model(), tiny_data())
    text, data = (tmp_path / "report.html").read_text(), tiny_data()
    real = Evaluation(extractor_for(data), data).floor(150)
    (row,) = read_history(tmp_path / "history.csv")
    generated = {name.removeprefix("val/"): value for name, value in row.items() if name.startswith("val/")}
    for name in ("fid", "recall", "sharpness"):
        cells = (
            f'<td class="number">{as_text(name, generated[name])}</td>\n<td class="number">{as_text(name, real[name])}'
        )
        assert cells in text, name
    assert f"real images: {as_text('fid', real['fid'])}" in text
    assert f'<p class="rating">{final_rating(generated, real)}</p>' in text
    assert real_levels([row], real)["Fréchet distance"] == {"generated images": real["fid"]}
    assert real_levels([row], real)["Sharpness"] == {"generated images": row["pixels/real_sharpness"]}


def test_the_facts_are_those_of_the_run(run):
    known = json.loads((run / "run.json").read_text())
    assert known == read_facts(run)
    assert known["model"] == "ConditionalGAN"
    assert (known["data"], known["image_shape"], known["classes"]) == ("digits", [1, 28, 28], list(range(10)))
    assert (known["seed"], known["batch_size"], known["batches_per_epoch"]) == (0, 4, 2)
    assert known["versions"].keys() >= {"python", "torch", "lightning"}
    assert timedelta() <= datetime.now().astimezone() - datetime.fromisoformat(known["started"]) < timedelta(days=1)
    text = (run / "report.html").read_text()
    assert f"{known['parameters']['generator']:,} of the generator" in text
    assert known["started"].replace("+", "&#43;") in text or known["started"] in text


def test_a_run_that_goes_on_keeps_the_facts_of_its_beginning(run, fit):
    (run / "run.json").write_text(json.dumps({**read_facts(run), "started": "long ago"}))
    model = "--model=ConditionalGAN", "--model.hidden_dims=[8]"
    assert fit(*model, "--trainer.max_epochs=3", "--resume")[0] == 0
    assert read_facts(run)["started"] == "long ago"
    assert "long ago" in (run / "report.html").read_text()
    assert fit(*model)[0] == 0
    assert read_facts(run.with_name("version_1"))["started"] != "long ago"


def test_the_path_of_the_page_is_known_once_it_is_written(make_trainer, tmp_path):
    written = HTMLReport()
    options = {"max_epochs": 1, "limit_train_batches": 1, "limit_val_batches": 0}
    make_trainer(callbacks=[written], **options).fit(tiny_model(), tiny_data())
    assert written.path is None, "there was no history to tell of"
    make_trainer(callbacks=[written, History()], **options).fit(tiny_model(), tiny_data())
    assert written.path == tmp_path / "report.html"
    assert written.path.is_file()


def test_what_is_not_there_is_left_out(tmp_path):
    rows = [{"epoch": 0, "step": 2, "images_seen": 8, "discriminator_loss": 1.0}]
    text = page(Run("<GAN>", tmp_path, rows, real={}, balance=None, conditional=False, facts={}))
    assert "&lt;GAN&gt;" in text
    assert "<img" not in text
    for heading in ("Figures", "Balance", "How it came to be", "Facts", "Configuration", "Curves"):
        assert heading not in text
    assert list(panels_by_epoch(rows)) == ["Loss"]


def test_frames_are_thinned_and_keep_the_first_and_the_last():
    assert spaced(list(range(100)), 4) == [0, 33, 66, 99]
    assert spaced([1, 2], 4) == [1, 2]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_a_browser_moves_through_the_epochs_and_prints_two_pages(run):
    playwright, errors = pytest.importorskip("playwright.sync_api"), []
    with playwright.sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=QUIET) as chrome:
        tab = chrome.new_page(color_scheme="dark")
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("request", lambda request: request.url.startswith(("file:", "data:")) or errors.append(request.url))
        tab.goto(run.joinpath("report.html").as_uri())
        shown = tab.locator("#course figcaption:visible")
        assert shown.all_inner_texts() == ["after epoch 2, 4 batches"]
        tab.get_by_role("slider").press("Home")
        assert shown.all_inner_texts() == ["before training"]
        dark = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        printed = tab.pdf(prefer_css_page_size=True)
        tab.emulate_media(color_scheme="light")
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)" != dark
    assert errors == []
    assert len(re.findall(rb"/Type /Page\b", printed)) == 2
