"""Adversarial losses: scalars from the logits D(x) of real images and D(g) of generated ones.

They are pure: no backward, no optimiser, no network. ``sp`` is softplus, sp(t) = log(1 + exp(t)).
A new loss is one class here; ``--model.loss ItsName`` then trains with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor
from torch.nn.functional import relu, softplus

from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError


class AdversarialLoss(Rebuildable, ABC):
    """What each player minimises. Every argument is a tensor (N,) of logits, every value a scalar."""

    pairs = False
    """Whether the generator's loss compares with real images, which its step then scores as well."""

    @abstractmethod
    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The discriminator's loss."""

    @abstractmethod
    def generator(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """The generator's loss. ``real_logits`` are given if the loss ``pairs``."""

    def score(self, logits: Tensor) -> Tensor:
        """The discriminator's output as it is logged for D(x) and D(G(z)): here the logits themselves."""
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

    def generator(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return -softplus(fake_logits).mean()

    def score(self, logits: Tensor) -> Tensor:
        """The probability that D gives an image of being real."""
        return logits.sigmoid()


class NonSaturating(Minimax):
    """Binary cross-entropy: D minimises sp(-D(x)) + sp(D(g)), G minimises sp(-D(g)).

    Goodfellow et al. 2014, arXiv:1406.2661; the DCGAN's loss (arXiv:1511.06434). ``label_smoothing`` as in Minimax.
    """

    def generator(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return softplus(-fake_logits).mean()


class LeastSquares(AdversarialLoss):
    """D minimises ½(D(x) - 1)² + ½D(g)², G minimises ½(D(g) - 1)² (Mao et al. 2017, arXiv:1611.04076)."""

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return 0.5 * ((real_logits - 1).square().mean() + fake_logits.square().mean())

    def generator(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return 0.5 * (fake_logits - 1).square().mean()


class Hinge(AdversarialLoss):
    """D minimises relu(1 - D(x)) + relu(1 + D(g)), G minimises -D(g) (Lim & Ye 2017, arXiv:1705.02894)."""

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return -fake_logits.mean()


class Wasserstein(AdversarialLoss):
    """D minimises D(g) - D(x), G minimises -D(g) (Arjovsky et al. 2017, arXiv:1701.07875).

    D has to be kept smooth: by a ``GradientPenalty``, by spectral norm or by ``--model.weight_clip``.
    """

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return fake_logits.mean() - real_logits.mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return -fake_logits.mean()


class Relativistic(AdversarialLoss):
    """Relativistic pairing: D minimises sp(D(g) - D(x)), G minimises sp(D(x) - D(g)), over pairs of one batch.

    R3GAN, Huang et al. 2024, arXiv:2501.05441. It converges with ``R1`` and ``R2``.
    """

    pairs = True

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return softplus(fake_logits - real_logits).mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        if real_logits is None:
            raise ValueError("a relativistic loss compares pairs: pass the logits of real images, too")
        return softplus(real_logits - fake_logits).mean()
