"""What the players minimise: adversarial losses, and terms that are added to them."""

from gan_lightning.objectives.adversarial import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from gan_lightning.objectives.auxiliary import AuxiliaryClassifier, MutualInformation
from gan_lightning.objectives.base import DISCRIMINATOR, GENERATOR, Penalty, PlayerName, Turn, listed, named_terms
from gan_lightning.objectives.penalties import DRAGAN, R1, R2, GradientPenalty, LeCam

__all__ = [
    "DISCRIMINATOR",
    "DRAGAN",
    "GENERATOR",
    "R1",
    "R2",
    "AdversarialLoss",
    "AuxiliaryClassifier",
    "GradientPenalty",
    "Hinge",
    "LeCam",
    "LeastSquares",
    "Minimax",
    "MutualInformation",
    "NonSaturating",
    "Penalty",
    "PlayerName",
    "Relativistic",
    "Turn",
    "Wasserstein",
    "listed",
    "named_terms",
]
