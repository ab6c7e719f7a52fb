"""Figures from the classes that a classifier sees: confident and varied, the right ones, in the right proportion."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn
from torchmetrics import Metric
from torchmetrics.image.inception import InceptionScore as TorchmetricsInceptionScore

from gan_lightning.metrics.distances import check_finite


class InceptionScore(TorchmetricsInceptionScore):
    """exp E KL(p(y|x) ‖ p(y)), over all images at once (Salimans et al. 2016, arXiv:1606.03498).

    From 1 to the number of classes. With an MNIST classifier it is known as the MNIST score; not splitting the images
    makes it the same in any order and for few images.
    """

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*will save all extracted features in buffer.*")
            super().__init__(feature=nn.Identity(), splits=1)

    def update(self, logits: Tensor) -> None:
        """Takes class logits (N, num_classes) of generated images."""
        super().update(check_finite(logits).double())

    def compute(self) -> Tensor:  # type: ignore[override]
        """The score, float64."""
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():  # it shuffles; it has one split's deviation
            warnings.filterwarnings("ignore", message=".*degrees of freedom is <= 0.*")
            return super().compute()[0]


class ClassHistogram(Metric):
    """Whether the classes of generated images come in the proportions of the real ones, and whether any is missing.

    With g and r the histograms of the classes of generated and real images, as the same classifier sees both, and u
    the uniform one: ``class_kl`` is KL(g ‖ r), ``mode_kl`` is KL(g ‖ u), and ``modes`` counts the classes in g. On
    Stacked MNIST, whose 1000 classes are equally likely, the field reports ``modes`` and ``mode_kl`` for N = 26,000
    (Srivastava et al. 2017, arXiv:1705.07761).

    Real classes are counted from a half on, so that a class without any real image leaves ``class_kl`` finite.

    Args:
        num_classes: Of the classifier.
    """

    higher_is_better = False
    is_differentiable = False
    full_state_update = False
    real: Tensor
    generated: Tensor

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        for side in ("real", "generated"):
            self.add_state(side, torch.zeros(num_classes, dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, logits: Tensor, real: bool) -> None:
        """Takes class logits (N, num_classes) of real or of generated images."""
        counts = torch.bincount(check_finite(logits).argmax(dim=1), minlength=self.num_classes)
        if real:
            self.real += counts
        else:
            self.generated += counts

    def compute(self) -> dict[str, Tensor]:
        """The three figures, in nats and in classes."""
        generated = self.generated / self.generated.sum()
        real = (self.real + 0.5) / (self.real + 0.5).sum()
        return {
            "class_kl": divergence(generated, real),
            "modes": (self.generated > 0).sum(),
            "mode_kl": divergence(generated, torch.full_like(real, 1 / self.num_classes)),
        }


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """KL(p ‖ q) = Σ p log(p/q), in nats, where q is nowhere 0; float64."""
    p, q = p.double(), q.double()
    return (torch.xlogy(p, p) - p * q.log()).sum()
