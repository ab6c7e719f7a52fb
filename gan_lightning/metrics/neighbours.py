"""Figures from nearest neighbours among features: fidelity and diversity apart, and whether a generator memorises."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities.data import dim_zero_cat

from gan_lightning.errors import UsageError
from gan_lightning.metrics.distances import check_finite

ROWS = 1000
"""Rows of a matrix of distances that are in memory at once."""


class PrecisionRecall(Metric):
    """Precision, recall, density and coverage, from the balls that reach to an image's k-th neighbour.

    With r real, g generated, and B(x) the open ball around x whose radius is the distance to its k-th nearest
    neighbour on its own side, x itself not counted:

    - precision: share of g in some B(r); recall: share of r in some B(g) (Kynkäänniemi et al. 2019, arXiv:1904.06991);
    - density: how many B(r) a g is in, on average, divided by k; coverage: share of r with some g in B(r)
      (Naeem et al. 2020, arXiv:2002.09797).

    Two draws from one distribution have density 1 and, with k = 5, coverage 0.97.

    Args:
        k: Which neighbour the balls reach to.

    Raises:
        UsageError: (``compute``) A side has not more than k images.
    """

    higher_is_better = True
    is_differentiable = False
    full_state_update = False
    real: list[Tensor]
    generated: list[Tensor]

    def __init__(self, k: int = 5) -> None:
        super().__init__()
        self.k = k
        for side in ("real", "generated"):
            self.add_state(side, [], dist_reduce_fx="cat")

    def update(self, features: Tensor, real: bool) -> None:
        """Takes features (N, num_features) of real or of generated images."""
        (self.real if real else self.generated).append(check_finite(features).double())

    def compute(self) -> dict[str, Tensor]:
        """The four figures."""
        real, generated = dim_zero_cat(self.real), dim_zero_cat(self.generated)
        smaller = min(len(real), len(generated))
        if smaller <= self.k:
            raise UsageError(f"precision and recall need more than {self.k} images on each side, and one has {smaller}")
        real_radii, generated_radii = self._radii(real), self._radii(generated)
        in_real_balls = torch.zeros(len(generated), device=real.device, dtype=torch.int64)
        covered, recalled = [], []
        for rows, radii in zip(real.split(ROWS), real_radii.split(ROWS), strict=True):
            distances = torch.cdist(rows, generated)
            inside = distances < radii[:, None]
            in_real_balls += inside.sum(dim=0)
            covered.append(inside.any(dim=1))
            recalled.append((distances < generated_radii).any(dim=1))
        return {
            "precision": (in_real_balls > 0).double().mean(),
            "recall": torch.cat(recalled).double().mean(),
            "density": in_real_balls.double().mean() / self.k,
            "coverage": torch.cat(covered).double().mean(),
        }

    def _radii(self, points: Tensor) -> Tensor:
        """Each point's distance to its k-th nearest neighbour."""
        return over_rows(points, lambda rows: torch.cdist(rows, points).topk(self.k + 1, largest=False).values[:, -1])


class NearestNeighbourRatio(Metric):
    """How far generated images are from the training images, compared with how far unseen real ones are.

    The median distance of a generated image's features to those of its nearest training image, divided by the same
    median for held-out images. It is 1 for images as new as unseen real ones and falls to 0 as training images are
    copied; a generator that draws bad images may be far above 1. (The comparison with held-out images is that of
    Meehan et al. 2020, arXiv:2004.05675.)

    Args:
        training: Features of all training images.
        held_out: Features of unseen real images.
    """

    higher_is_better = None
    is_differentiable = False
    full_state_update = False
    known: Tensor
    scale: Tensor
    distances: list[Tensor]

    def __init__(self, training: Tensor, held_out: Tensor) -> None:
        super().__init__()
        self.register_buffer("known", training, persistent=False)
        self.register_buffer("scale", self._distances(held_out).median(), persistent=False)
        self.add_state("distances", [], dist_reduce_fx="cat")

    def update(self, features: Tensor) -> None:
        """Takes features (N, num_features) of generated images."""
        self.distances.append(self._distances(check_finite(features)))

    def compute(self) -> Tensor:
        """The ratio."""
        return dim_zero_cat(self.distances).median() / self.scale

    def _distances(self, points: Tensor) -> Tensor:
        """The distance of each point to the nearest training image."""
        return over_rows(points, lambda rows: torch.cdist(rows.to(self.known), self.known).amin(dim=1))


def over_rows(points: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
    """``function`` of the points (N, num_features), so many at a time that a matrix of distances fits into memory."""
    return torch.cat([function(rows) for rows in points.split(ROWS)])
