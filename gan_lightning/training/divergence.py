"""Notices that a run diverges, without waiting for the device in each step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.objectives import PlayerName
from gan_lightning.training.distributed import lower_to_least
from gan_lightning.training.players import PLAYERS

REMEDY = (
    "try smaller learning rates, --model.gradient_clip_norm 1, or a penalty such as --model.penalties+=R1; checkpoints "
    "from before are kept"
)


class Diverged(UsageError):
    """A loss or a weight is NaN or infinite."""


NEVER = 2**62
"""Later than any step."""


class DivergenceWatch:
    """Remembers on the device the first step whose loss was not finite, in any process, and whose loss it was.

    Args:
        device: Where the losses are.
    """

    def __init__(self, device: torch.device) -> None:
        self.step = torch.zeros((), dtype=torch.int64, device=device)
        """How many steps have been taken."""
        self.first = torch.full((), NEVER, dtype=torch.int64, device=device)
        """``len(PLAYERS)``·step + player of the first loss that was not finite; ``NEVER`` while there is none."""

    def begin(self, step: int) -> None:
        """Goes on from ``step``."""
        self.step.fill_(step)
        self.first.fill_(NEVER)

    @torch.no_grad()
    def look(self, losses: dict[PlayerName, Tensor]) -> None:
        """Looks at the losses () of a step. Part of a recorded step."""
        for index, name in enumerate(PLAYERS):
            if name in losses:
                bad = ~losses[name].isfinite() & (self.first == NEVER)
                self.first.copy_(torch.where(bad, self.step * len(PLAYERS) + index, self.first))
        lower_to_least(self.first)  # so that all processes stop together
        self.step.add_(1)

    def check(self) -> None:
        """Waits for the device.

        Raises:
            Diverged: A loss was not finite.
        """
        if (first := int(self.first)) != NEVER:
            step, index = divmod(first, len(PLAYERS))
            raise Diverged(
                f"training diverged: the {PLAYERS[index]}'s loss was not finite in step {step + 1}: {REMEDY}"
            )


def check_weights(networks: Sequence[tuple[PlayerName, nn.Module]], step: int) -> None:
    """Waits for the device.

    Raises:
        Diverged: A weight is NaN or infinite.
    """
    for name, network in networks:
        if not torch.stack([parameter.detach().isfinite().all() for parameter in network.parameters()]).all():
            raise Diverged(f"training diverged: the {name} has weights that are not finite after step {step}: {REMEDY}")
