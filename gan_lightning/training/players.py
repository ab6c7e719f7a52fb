"""What moves a player: zero_grad, backward, unscale, clip and step, through Lightning or without it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, cast

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim import Optimizer

from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, PlayerName
from gan_lightning.training.distributed import average_gradients, without_exchange

PLAYERS: tuple[PlayerName, ...] = (DISCRIMINATOR, GENERATOR)
"""In the order of their optimisers and of their turns."""


class Player(ABC):
    """A network's optimiser, and how a loss reaches it.

    Args:
        optimizer: Of the network's parameters.
        clip_norm: Largest norm of the gradient; longer ones are scaled down to it.
        clip_weights: Largest absolute value of a weight; after each step larger ones are set to it.
    """

    def __init__(self, optimizer: Optimizer, clip_norm: float | None = None, clip_weights: float | None = None) -> None:
        self.optimizer, self.clip_norm, self.clip_weights = optimizer, clip_norm, clip_weights

    @property
    def parameters(self) -> list[Tensor]:
        """What the optimiser moves."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def zero_grad(self) -> None:
        """Forgets the gradient."""
        self.optimizer.zero_grad()

    @abstractmethod
    def backward(self, loss: Tensor) -> None:
        """Adds the gradient of ``loss`` () to what has been accumulated since ``zero_grad``."""

    def step(self) -> None:
        """Clips the gradient, moves the network, and clips its weights."""
        self.optimizer_step()
        if self.clip_weights is not None:
            with torch.no_grad():
                torch._foreach_clamp_max_(self.parameters, self.clip_weights)
                torch._foreach_clamp_min_(self.parameters, -self.clip_weights)

    @abstractmethod
    def optimizer_step(self) -> None:
        """Clips the gradient and moves the network."""

    def clip_gradient(self) -> None:
        """Scales the gradient down to ``clip_norm`` where it is longer."""
        if self.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)


class PlainPlayer(Player):
    """On one device, without Lightning."""

    def backward(self, loss: Tensor) -> None:
        loss.backward()

    def optimizer_step(self) -> None:
        self.clip_gradient()
        self.optimizer.step()


class LightningPlayer(Player):
    """Through the trainer's strategy, with its precision and its hooks; processes exchange gradients once a step.

    Only steps of the discriminator tick ``trainer.global_step``, so a mini-batch counts once.

    Args:
        optimizer: Of the network's parameters, as Lightning wraps it.
        module: Whose ``on_before_optimizer_step`` calls ``before_step``.
        ticks: Whether its steps are counted.
        options: Of ``Player``.
    """

    def __init__(self, optimizer: LightningOptimizer, module: LightningModule, ticks: bool, **options: Any) -> None:
        super().__init__(optimizer.optimizer, **options)
        self.wrapped, self.module, self.ticks = optimizer, module, ticks

    def backward(self, loss: Tensor) -> None:
        with without_exchange(self.module.trainer.strategy):
            self.module.manual_backward(loss)

    def optimizer_step(self) -> None:
        average_gradients(self.parameters)
        if self.ticks:
            self.wrapped.step()
        else:
            self.module.trainer.strategy.optimizer_step(self.optimizer, closure=lambda: None)

    def before_step(self) -> None:
        """Clips the gradient, after it was divided by the scale of float16's loss."""
        scaler = getattr(self.module.trainer.precision_plugin, "scaler", None)
        # Lightning leaves unscaling to optimisers that can do it, such as fused Adam; clipping comes before that.
        if self.clip_norm is not None and scaler is not None and getattr(self.optimizer, UNSCALES, False):
            scaler.unscale_(self.optimizer)
        self.clip_gradient()


UNSCALES = "_step_supports_amp_scaling"
"""The attribute by which torch's GradScaler knows an optimiser that divides by the scale itself."""


def plain_players(optimizers: Sequence[Optimizer], **options: dict[str, Any]) -> dict[PlayerName, Player]:
    """The players of a loop without Lightning; ``options`` are those of each by name."""
    return {
        name: PlainPlayer(optimizer, **options.get(name, {}))
        for name, optimizer in zip(PLAYERS, optimizers, strict=True)
    }


def lightning_players(module: LightningModule, **options: dict[str, Any]) -> dict[PlayerName, Player]:
    """The players of a module that is attached to its trainer; ``options`` are those of each by name."""
    optimizers = cast(list[LightningOptimizer], module.optimizers())
    return {
        name: LightningPlayer(optimizer, module, ticks=name == DISCRIMINATOR, **options.get(name, {}))
        for name, optimizer in zip(PLAYERS, optimizers, strict=True)
    }
