"""How a player moves down its loss: as Lightning has it done, or without Lightning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim import Optimizer

DISCRIMINATOR, GENERATOR = 0, 1
"""The players, in the order of their optimisers."""


class Descent(Protocol):
    """Computes the gradient of a player's loss and steps its optimiser."""

    def __call__(self, player: int, loss: Tensor) -> None: ...


class LightningDescent:
    """Through the trainer's strategy, with its precision, its hooks and its exchange of gradients.

    Each step of the discriminator's optimiser ticks ``trainer.global_step``; the generator's do not, so that a
    mini-batch counts once.

    Args:
        module: The module whose ``configure_optimizers`` gave the players' optimisers.
    """

    def __init__(self, module: LightningModule) -> None:
        self.module = module

    def __call__(self, player: int, loss: Tensor) -> None:
        optimizer = cast(list[LightningOptimizer], self.module.optimizers())[player]
        optimizer.zero_grad()
        self.module.manual_backward(loss)
        if player == DISCRIMINATOR:
            optimizer.step()
        else:
            self.module.trainer.strategy.optimizer_step(optimizer.optimizer, closure=lambda: None)


class PlainDescent:
    """What is left of it on one device: backward, clip and step.

    Args:
        optimizers: The discriminator's and the generator's.
        clip_norm: Largest norm of a player's gradient, if there is one.
    """

    def __init__(self, optimizers: Sequence[Optimizer], clip_norm: float | None = None) -> None:
        self.optimizers, self.clip_norm = optimizers, clip_norm

    def __call__(self, player: int, loss: Tensor) -> None:
        optimizer = self.optimizers[player]
        optimizer.zero_grad()
        loss.backward()
        if self.clip_norm is not None:
            clip_gradients(optimizer, self.clip_norm)
        optimizer.step()


def clip_gradients(optimizer: Optimizer, norm: float) -> None:
    """Scales the gradients of the optimiser's parameters down to a total ``norm`` where theirs is larger."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    torch.nn.utils.clip_grad_norm_(parameters, norm)
