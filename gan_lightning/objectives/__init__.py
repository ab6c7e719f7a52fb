"""What the players minimise."""

from gan_lightning.objectives.adversarial import AdversarialLoss, Hinge, LeastSquares, Minimax, NonSaturating

__all__ = ["AdversarialLoss", "Hinge", "LeastSquares", "Minimax", "NonSaturating"]
