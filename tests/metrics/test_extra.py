"""Figures of the user's own stand beside the others, get what they ask for, and are told apart from them."""

import json
import re
from pathlib import Path

import pytest
import torch
from helpers import QUICK, tiny_data
from torch import tensor
from torchmetrics import MeanMetric, Metric

from gan_lightning.callbacks import QualityMetrics
from gan_lightning.errors import UsageError
from gan_lightning.metrics.evaluation import Evaluation
from gan_lightning.metrics.extra import extra_figures
from gan_lightning.metrics.features.store import extractor_for
from gan_lightning.metrics.report import FIGURES, about


@pytest.fixture(autouse=True)
def known():
    """Figures that a test adds are forgotten."""
    before = dict(FIGURES)
    yield
    FIGURES.clear()
    FIGURES.update(before)


class Sums(Metric):
    """Sums of whatever a subclass takes."""

    higher_is_better = True

    def __init__(self):
        super().__init__()
        self.add_state("total", tensor(0.0), dist_reduce_fx="sum")
        self.add_state("calls", tensor(0.0), dist_reduce_fx="sum")

    def compute(self):
        return self.total


class InkOfImages(Sums):
    def update(self, images):
        self.total += images.double().mean()
        self.calls += 1


class Gap(Sums):
    def update(self, features, real):
        self.total += (1 if real else -1) * features.double().mean()
        self.calls += 1

    def compute(self):
        return {"gap": self.total, "sides": self.calls}


class Wrong(Sums):
    def update(self, labels, logits):
        self.total += (logits.argmax(dim=1) != labels).sum()


IMAGES, LABELS = torch.arange(2 * 64).reshape(2, 1, 8, 8).byte(), tensor([0, 1])
GENERATED = {"images": IMAGES, "labels": LABELS, "features": torch.ones(2, 3), "logits": torch.eye(2)}
REAL = {name: value[:1] * 0 for name, value in GENERATED.items()}


def test_each_gets_what_its_update_names():
    found = extra_figures([InkOfImages(), Gap(), Wrong()], GENERATED, REAL)
    assert found == {"ink_of_images": IMAGES.double().mean().item(), "gap": -1.0, "sides": 2.0, "wrong": 0.0}
    assert about("ink_of_images") == ("ink of images", "↑", "")


def test_a_second_measurement_begins_anew():
    metric = InkOfImages()
    assert extra_figures([metric], GENERATED, REAL) == extra_figures([metric], GENERATED, REAL)


def test_without_labels_what_needs_them_is_left_out():
    assert set(extra_figures([InkOfImages(), Wrong()], {**GENERATED, "labels": None}, REAL)) == {"ink_of_images"}


class Nothing(Sums):
    def update(self):
        """Takes nothing."""


class Words(InkOfImages):
    def compute(self):
        return "many"


class Rows(InkOfImages):
    def compute(self):
        return torch.zeros(3)


class Fid(InkOfImages):
    """Has the name of a figure that there is."""


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        ([Words()], "compute of Words has to give a number, or a dictionary of numbers"),
        ([Rows()], "compute of Rows has to give a number"),
        ([Fid()], "there are two figures fid: give that of Fid another name"),
        ([InkOfImages(), InkOfImages()], "there are two figures ink_of_images"),
    ],
)
def test_what_is_no_figure_is_said_in_one_sentence(metrics, sentence):
    with pytest.raises(UsageError, match=sentence) as caught:
        extra_figures(metrics, GENERATED, REAL)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("metric", "takes"), [(MeanMetric(), "value, weight"), (Nothing(), "nothing")])
def test_what_cannot_be_given_is_told_at_once(metric, takes):
    with pytest.raises(UsageError, match=f"takes {takes}: name its parameters images, labels, features, logits or"):
        QualityMetrics(extra=metric)


def test_they_stand_beside_the_others_and_are_measured_of_real_images_too():
    data = tiny_data(samples_per_class=None)
    evaluation = Evaluation(extractor_for(data), data, extra=[InkOfImages(), Gap(), Wrong()])
    images, labels = data.images(False)
    found = evaluation.measure(images[:40], only=["fid"])
    plain = Evaluation(extractor_for(data), data).measure(images[:40], only=["fid"])
    assert {name: value for name, value in found.items() if name in plain} == plain
    assert found.keys() - plain.keys() == {"ink_of_images", "gap", "sides"}
    assert found["ink_of_images"] == pytest.approx(images[:40].double().mean().item())
    assert evaluation.measure(images, labels, only=["fid"])["gap"] == pytest.approx(0, abs=1e-6)
    assert "wrong" in evaluation.floor(20)


MODULE = """
import torch
from torchmetrics import MeanMetric

class StrokeWidth(MeanMetric):
    higher_is_better = False

    def update(self, images):
        super().update((images > 127).float().sum(dim=-1).mean())
"""


def test_a_command_line_names_them(fit, command_line, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "my_metrics_of_test.py").write_text(MODULE)
    model = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--trainer.check_val_every_n_epoch=1"]
    own = "--metrics.extra=my_metrics_of_test.StrokeWidth"
    status, _, err = fit(*model, own)
    assert status == 0, err
    run = tmp_path / "vanilla_gan" / "version_0"
    row = (run / "history.csv").read_text().splitlines()
    assert "val/stroke_width" in row[0].split(",")
    assert "<th>stroke width</th><td>↓</td>" in (run / "report.html").read_text()
    test = [*QUICK[2:3], "--metrics.num_images=150", f"--trainer.logger.save_dir={tmp_path}"]
    status, out, err = command_line("test", f"--ckpt_path={run}", own, *test)
    assert status == 0, err
    assert re.search(r"\| stroke width \(`stroke_width`\) \| ↓ \| [\d.]+ \| [\d.]+ \|", out)
    (path,) = re.findall(r"metrics in (\S+)", out)
    assert json.loads(Path(path).read_text())["figures"]["stroke_width"] > 0
    status, _, err = fit(*model, "--metrics.extra=my_metrics_of_test.StrokeWdth")
    assert status == 2
    assert "module 'my_metrics_of_test' has no attribute 'StrokeWdth'" in err
