"""Adversarial losses: scalars from the logits D(x) of real images and D(g) of generated ones.

They are pure: no backward, no optimiser, no network. ``sp`` is softplus, sp(t) = log(1 + exp(t)).
A new loss is one class here; ``--model.loss ItsName`` then trains with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor
from torch.nn.functional import relu, softplus

from gan_lightning.errors import UsageError


class AdversarialLoss(ABC):
    """What each player minimises. Every argument is a tensor (N,) of logits, every value a scalar."""

    @abstractmethod
    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The discriminator's loss."""

    @abstractmethod
    def generator(self, fake_logits: Tensor) -> Tensor:
        """The generator's loss."""

    def score(self, logits: Tensor) -> Tensor:
        """D's verdict in the loss's own units, which is logged as D(x) and D(G(z)): here the logits themselves."""
        return logits


class Minimax(AdversarialLoss):
    """The original game: D minimises sp(-D(x)) + sp(D(g)), and G its negative, -sp(D(g)).

    Goodfellow et al. 2014, arXiv:1406.2661. G's gradient vanishes where D is sure of itself.

    Args:
        label_smoothing: One-sided: the target for real images is s = 1 - label_smoothing instead of 1, so the
            real term is s·sp(-D(x)) + (1 - s)·sp(D(x)) (Salimans et al. 2016, arXiv:1606.03498).

    Raises:
        UsageError: ``label_smoothing`` is outside [0, 1).
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        if not 0.0 <= label_smoothing < 1.0:
            raise UsageError(f"label_smoothing must lie in [0, 1), not {label_smoothing}")
        self.label_smoothing = label_smoothing

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        # sp(t) = sp(-t) + t, so s·sp(-t) + (1 - s)·sp(t) = sp(-t) + (1 - s)·t
        real = softplus(-real_logits) + self.label_smoothing * real_logits
        return real.mean() + softplus(fake_logits).mean()

    def generator(self, fake_logits: Tensor) -> Tensor:
        return -softplus(fake_logits).mean()

    def score(self, logits: Tensor) -> Tensor:
        """The probability that D gives an image of being real."""
        return logits.sigmoid()


class NonSaturating(Minimax):
    """Binary cross-entropy: D minimises sp(-D(x)) + sp(D(g)), G minimises sp(-D(g)).

    Goodfellow et al. 2014, arXiv:1406.2661; the DCGAN's loss (arXiv:1511.06434). ``label_smoothing`` as in Minimax.
    """

    def generator(self, fake_logits: Tensor) -> Tensor:
        return softplus(-fake_logits).mean()


class LeastSquares(AdversarialLoss):
    """D minimises ½(D(x) - 1)² + ½D(g)², G minimises ½(D(g) - 1)² (Mao et al. 2017, arXiv:1611.04076)."""

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return 0.5 * ((real_logits - 1).square().mean() + fake_logits.square().mean())

    def generator(self, fake_logits: Tensor) -> Tensor:
        return 0.5 * (fake_logits - 1).square().mean()


class Hinge(AdversarialLoss):
    """D minimises relu(1 - D(x)) + relu(1 + D(g)), G minimises -D(g) (Lim & Ye 2017, arXiv:1705.02894)."""

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()

    def generator(self, fake_logits: Tensor) -> Tensor:
        return -fake_logits.mean()
