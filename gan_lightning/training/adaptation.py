"""How strongly images are augmented, by how much the discriminator overfits (arXiv:2006.06676)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_lightning.augment import AdaptiveAugment
from gan_lightning.training.distributed import average


class Adaptation:
    """The probability p of an adaptive augmentation, on the device, and what it follows.

    Args:
        augment: Says how p moves.
    """

    def __init__(self, augment: AdaptiveAugment) -> None:
        self.augment = augment
        self.p = torch.zeros(())
        self.sign = torch.zeros(())
        """Sum of E sign(D(x)) over the batches since p moved last."""
        self.batches = self.images = 0

    def to(self, device: torch.device) -> None:
        """Moves the tensors."""
        self.p, self.sign = self.p.to(device), self.sign.to(device)

    @torch.no_grad()
    def observe(self, sign: Tensor, images: int) -> None:
        """Told E sign(D(x)) () of each batch; moves p, in place, every ``augment.every`` batches."""
        self.sign.add_(sign)
        self.batches, self.images = self.batches + 1, self.images + images
        if self.batches < self.augment.every:
            return
        mean = self.sign / self.batches
        average([mean])
        self.p.copy_(self.augment.adapted(self.p, mean, self.images))
        self.sign.zero_()
        self.batches = self.images = 0

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs to go on."""
        return {"p": self.p.cpu(), "sign": self.sign.cpu(), "batches": self.batches, "images": self.images}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from ``state_dict()``."""
        self.p, self.sign = state["p"].clone(), state["sign"].clone()
        self.batches, self.images = state["batches"], state["images"]
