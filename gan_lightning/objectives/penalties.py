"""Penalties on the discriminator: on its gradients, and on how far it runs ahead.

A new one is one class; ``--model.penalties+=ItsName`` then trains with it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from gan_lightning.errors import UsageError
from gan_lightning.objectives.base import Penalty, Turn
from gan_lightning.schedules import Schedule


def squared_norms(gradients: Tensor, count: int) -> Tensor:
    """The squared norms (count,) of gradients (N, C, H, W) with respect to what ``count`` scores were given each."""
    return gradients.flatten().reshape(count, -1).square().sum(dim=1)


class R1(Penalty):
    """½ E|∇D(x)|² at real images (Mescheder et al. 2018, arXiv:1801.04406); ``weight`` is γ.

    The gradient is with respect to the images before augmentation; with packs, to the whole pack.
    """

    side: ClassVar[str] = "real"
    differentiates: ClassVar[tuple[str, ...]] = ("real",)
    second_order = True

    def __call__(self, turn: Turn) -> Tensor:
        scores = turn.real_scores if self.side == "real" else turn.fake_scores
        assert scores is not None
        return 0.5 * squared_norms(turn.image_gradients[self.side], len(scores.logits)).mean()


class R2(R1):
    """½ E|∇D(g)|² at generated images (Mescheder et al. 2018, arXiv:1801.04406); ``weight`` is γ.

    Together with ``R1`` it takes no further pass: one backward pass gives both gradients.
    """

    side = "fake"
    differentiates = ("fake",)


class GradientPenalty(Penalty):
    """E(|∇D(x̂)| - 1)² at points x̂ between real and generated images (Gulrajani et al. 2017, arXiv:1704.00028).

    x̂ = x + u (g - x), with u uniform in [0, 1] for each pair. The discriminator must not have batch norm.

    Args:
        weight: λ; a schedule changes it over the images seen.
        every: The term is added in every so many of the discriminator's turns, with its weight times as large.
    """

    second_order = True

    def __init__(self, weight: float | Schedule = 10.0, every: int = 1) -> None:
        super().__init__(weight, every)

    def points(self, turn: Turn) -> Tensor:
        """Where the gradient is taken, (N, C, H, W)."""
        real, fake = turn.real.detach(), turn.fake.images.detach()
        share = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype)
        return torch.lerp(real, fake.to(real.dtype), share)

    def __call__(self, turn: Turn) -> Tensor:
        points = self.points(turn).requires_grad_()
        logits = turn.score(points, turn.labels).logits
        (gradients,) = torch.autograd.grad(logits.sum(), points, create_graph=True)
        norms = (squared_norms(gradients, len(logits)) + 1e-12).sqrt()  # the root has no gradient at 0
        return (norms - 1).square().mean()


class DRAGAN(GradientPenalty):
    """E(|∇D(x̂)| - 1)² near real images (Kodali et al. 2017, arXiv:1705.07215).

    x̂ = x + ε, with ε normal with half the standard deviation of the batch's pixels. ``weight`` is λ.
    """

    def points(self, turn: Turn) -> Tensor:
        real = turn.real.detach()
        return real + 0.5 * real.std() * torch.randn_like(real)


class LeCam(Penalty):
    """E(D(x) - α_f)² + E(D(g) - α_r)², with running means α_r of D(x) and α_f of D(g) (arXiv:2104.03310).

    Tseng et al. 2021, for few images: it keeps D's outputs for real and generated images from running apart.

    Args:
        weight: What its value is multiplied by; a schedule changes it over the images seen.
        every: The term is added in every so many of the discriminator's turns, with its weight times as large.
        decay: What the running means keep of themselves at each of the discriminator's turns.

    Raises:
        UsageError: ``decay`` is outside [0, 1).
    """

    def __init__(self, weight: float | Schedule = 0.01, every: int = 1, decay: float = 0.99) -> None:
        super().__init__(weight, every)
        if not 0 <= decay < 1:
            raise UsageError(f"the decay of LeCam must lie in [0, 1), not {decay}")
        self.decay = decay
        self.means: Tensor | None = None
        """α_r and α_f, (2,), on the device; None before the first turn."""

    def __call__(self, turn: Turn) -> Tensor:
        assert turn.real_scores is not None
        real, fake = turn.real_scores.logits, turn.fake_scores.logits
        mean_real, mean_fake = self._means_on(real).to(real.dtype)
        return (real - mean_fake).square().mean() + (fake - mean_real).square().mean()

    def observe(self, real_logit: Tensor, fake_logit: Tensor) -> None:
        self._means_on(real_logit).lerp_(torch.stack([real_logit, fake_logit]).float(), 1 - self.decay)

    def _means_on(self, like: Tensor) -> Tensor:
        if self.means is None or self.means.device != like.device:
            means = torch.zeros(2, dtype=torch.float32) if self.means is None else self.means
            self.means = means.to(like.device)
        return self.means

    def state_dict(self) -> dict[str, Any]:
        return {} if self.means is None else {"means": self.means.cpu()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.means = state["means"].clone() if "means" in state else None
