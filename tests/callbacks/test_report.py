"""A run's page is complete and needs nothing but itself."""

import base64
import re
from html.parser import HTMLParser

import imageio.v3 as iio
import pytest
from helpers import tiny_data, tiny_model

from gan_lightning.callbacks import History, HTMLReport
from gan_lightning.callbacks.report import panels_by_epoch, report


class Links(HTMLParser):
    """Every address in a page, and whether its tags are closed in order."""

    def __init__(self):
        super().__init__()
        self.addresses, self.open, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data", "srcset")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def run(fit, tmp_path):
    """A run folder with all of a run's files."""
    status, _, err = fit("--model=VanillaGAN", "--model.hidden_dims=[8]", "--trainer.max_epochs=2")
    assert status == 0, err
    return tmp_path / "vanilla_gan" / "version_0"


def test_the_page_is_self_contained(run):
    page = Links()
    page.feed((run / "report.html").read_text())
    assert page.open == []
    assert "script" not in page.tags
    assert all(address.startswith("data:image/") for address in page.addresses)
    assert page.tags.count("img") == 6  # first and last grid, real v generated, GIF, both curves


def test_the_pictures_are_those_of_the_run(run):
    text = (run / "report.html").read_text()
    pictures = [base64.b64decode(data) for data in re.findall(r'src="data:image/\w+;base64,([^"]+)"', text)]
    for name in ("samples/0000000.png", "samples/0000004.png", "training.gif", "losses.png", "epochs.png"):
        assert (run / name).read_bytes() in pictures, name
    assert iio.imread(run / "epochs.png").shape[2] == 3


def test_the_page_says_what_the_run_did(run):
    text = (run / "report.html").read_text()
    for fact in ("VanillaGAN", "<th>Batches</th><td>4</td>", "<th>Images seen</th><td>16</td>", "Fréchet distance ↓"):
        assert fact in text, fact
    assert "hidden_dims" in text, "the configuration"


def test_the_path_of_the_page_is_known_once_it_is_written(make_trainer, tmp_path):
    page = HTMLReport()
    options = {"max_epochs": 1, "limit_train_batches": 1, "limit_val_batches": 0}
    make_trainer(callbacks=[page], **options).fit(tiny_model(), tiny_data())
    assert page.path is None, "there was no history to tell of"
    make_trainer(callbacks=[page, History()], **options).fit(tiny_model(), tiny_data())
    assert page.path == tmp_path / "report.html"
    assert page.path.is_file()


def test_what_is_not_there_is_left_out(tmp_path):
    rows = [{"epoch": 0, "step": 2, "images_seen": 8, "discriminator_loss": 1.0}]
    text = report("<GAN>", tmp_path, rows, rating=None)
    assert "&lt;GAN&gt;" in text
    assert "<img" not in text
    assert "Figures" not in text
    assert "Balance" not in text
    assert list(panels_by_epoch(rows)) == ["Loss"]
