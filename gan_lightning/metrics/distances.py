"""Distances between the features of generated and of real images, by torchmetrics."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from gan_lightning.errors import UsageError


class FeaturesAsTheyAre(nn.Module):
    """Stands where torchmetrics expects a network, so that one pass through the real one serves all figures."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features.double()


class FrechetDistance(FrechetInceptionDistance):
    """‖μ_r - μ_g‖² + Tr(Σ_r + Σ_g - 2 (Σ_r Σ_g)^½) of Gaussians fitted to features (Heusel et al. 2017).

    The paper is arXiv:1706.08500. Covariances have N - 1 in the denominator; all is computed in float64. The value is
    biased upwards, the more the fewer images there are: only values at the same numbers of images can be compared.

    Args:
        num_features: Of an image.

    Raises:
        UsageError: (``compute``) There are fewer than two images on a side.
    """

    def __init__(self, num_features: int) -> None:
        super().__init__(feature=FeaturesAsTheyAre(num_features))

    def update(self, features: Tensor, real: bool) -> None:
        """Takes features (N, num_features) of real or of generated images."""
        super().update(check_finite(features), real)

    def compute(self) -> Tensor:
        """The distance, float64."""
        smaller = int(min(self.real_features_num_samples, self.fake_features_num_samples))
        num_features = len(self.real_features_sum)
        if smaller < 2:
            raise UsageError("a Fréchet distance needs at least two real and two generated images")
        if smaller <= num_features:
            warnings.warn(
                f"a Fréchet distance of {num_features} features from {smaller} images is far too large: "
                f"their covariance needs more than {num_features} images",
                stacklevel=2,
            )
        return super().compute()


class KernelDistance(KernelInceptionDistance):
    """Squared maximum mean discrepancy with the kernel (x·y/d + 1)³, unbiased (Bińkowski et al. 2018).

    The paper is arXiv:1801.01401. The mean and standard deviation over random subsets, which are the same each time.

    Args:
        num_features: Of an image.
        subsets: How many subsets.
        subset_size: Images in a subset; where there are fewer images on a side, as many as there are.
    """

    def __init__(self, num_features: int, subsets: int = 100, subset_size: int = 1000) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*will save all extracted features in buffer.*")
            super().__init__(feature=FeaturesAsTheyAre(num_features), subsets=subsets, subset_size=subset_size)

    def update(self, features: Tensor, real: bool) -> None:
        """Takes features (N, num_features) of real or of generated images."""
        super().update(check_finite(features), real)

    def compute(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation, float64."""
        asked = self.subset_size
        sides = self.real_features, self.fake_features
        self.subset_size = min(asked, *(sum(map(len, side)) for side in sides))
        try:
            with torch.random.fork_rng(devices=[]):
                torch.default_generator.manual_seed(0)
                return super().compute()
        finally:
            self.subset_size = asked


def check_finite(features: Tensor) -> Tensor:
    """The features themselves.

    Raises:
        UsageError: There are NaN or infinities among them.
    """
    if not features.isfinite().all():
        raise UsageError("some features are NaN or infinite: look at the images that they are from")
    return features
