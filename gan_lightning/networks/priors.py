"""What latents are drawn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError


class Prior(Rebuildable, ABC):
    """The distribution of latents."""

    @abstractmethod
    def sample(self, num: int, latent_dim: int, **options: Any) -> Tensor:
        """Latents (num, latent_dim).

        Args:
            num: How many.
            latent_dim: Length of each.
            options: ``device``, ``dtype`` and ``generator``, as torch's random functions take them.
        """

    @abstractmethod
    def truncate(self, z: Tensor, truncation: float) -> Tensor:
        """Latents (N, latent_dim) moved to where the distribution, cut off at ``truncation``, has them."""

    def check(self, latent_dim: int) -> None:
        """Raises UsageError where the latents of a generator are too short."""


class Gaussian(Prior):
    """z ~ N(0, I)."""

    def sample(self, num: int, latent_dim: int, **options: Any) -> Tensor:
        return torch.randn(num, latent_dim, **options)

    def truncate(self, z: Tensor, truncation: float) -> Tensor:
        """Each component keeps its rank in the normal distribution cut off at ±truncation."""
        outside = torch.special.ndtr(torch.tensor(-truncation, dtype=torch.float64, device=z.device))
        return torch.special.ndtri(outside + (1 - 2 * outside) * torch.special.ndtr(z.double())).to(z.dtype)


class Codes(NamedTuple):
    """What a latent says besides noise.

    Args:
        categorical: For each categorical code (N, its categories), one-hot, or logits where they are predicted.
        continuous: (N, continuous codes), each in [-1, 1].
    """

    categorical: list[Tensor]
    continuous: Tensor


class CodedPrior(Gaussian):
    """Latents that begin with codes (InfoGAN, Chen et al. 2016, arXiv:1606.03657); the rest is N(0, I).

    Args:
        categories: For each categorical code how many categories it has, all equally likely.
        continuous: How many continuous codes there are, uniform in [-1, 1].

    Raises:
        UsageError: There are no codes, or one has fewer than 2 categories.
    """

    def __init__(self, categories: Sequence[int] = (10,), continuous: int = 2) -> None:
        if any(number < 2 for number in categories) or continuous < 0 or not (categories or continuous):
            raise UsageError(
                f"codes have at least 2 categories each, not {list(categories)} with {continuous} continuous ones: "
                "give --model.prior.categories [10] --model.prior.continuous 2"
            )
        self.categories, self.continuous = list(categories), continuous

    @property
    def code_dim(self) -> int:
        """How many components of a latent are codes."""
        return sum(self.categories) + self.continuous

    def check(self, latent_dim: int) -> None:
        if latent_dim < self.code_dim:
            raise UsageError(
                f"{self.code_dim} components of a latent are codes, and it has {latent_dim}: "
                f"give a latent_dim of {self.code_dim} or more"
            )

    def codes(self, z: Tensor) -> Codes:
        """The codes at the beginning of ``z`` (N, code_dim or more)."""
        *categorical, continuous = z[:, : self.code_dim].split([*self.categories, self.continuous], dim=1)
        return Codes(categorical, continuous)

    def sample(self, num: int, latent_dim: int, **options: Any) -> Tensor:
        noise = super().sample(num, latent_dim - self.code_dim, **options)
        continuous = 2 * torch.rand(num, self.continuous, **options) - 1
        whole = {**options, "dtype": torch.int64}
        chosen = [torch.randint(number, (num,), **whole) for number in self.categories]
        categorical = [F.one_hot(c, n).to(noise.dtype) for c, n in zip(chosen, self.categories, strict=True)]
        return torch.cat([*categorical, continuous, noise], dim=1)

    def truncate(self, z: Tensor, truncation: float) -> Tensor:
        """The noise is truncated, the codes stay."""
        codes, noise = z[:, : self.code_dim], z[:, self.code_dim :]
        return torch.cat([codes, super().truncate(noise, truncation)], dim=1)
