"""How the players' gradients and weights are distributed."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor, nn

from gan_lightning.callbacks.base import PictureCallback
from gan_lightning.callbacks.loggers import forgiving
from gan_lightning.objectives import DISCRIMINATOR, GENERATOR


class GradientNorms(Callback):
    """Logs ``train/generator_gradient_norm`` and the discriminator's: the length of the last gradient, after clipping.

    In float16 gradients may be left multiplied by the loss's scale, so nothing is logged.
    """

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *_: Any) -> None:
        if not pl_module.logs_this_step or getattr(trainer.precision_plugin, "scaler", None) is not None:
            return
        for name, player in pl_module.players.items():
            gradients = [p.grad for p in player.parameters if p.grad is not None]
            if gradients:  # a player has none before its first turn
                pl_module.log(f"train/{name}_gradient_norm", torch.nn.utils.get_total_norm(gradients))


class Histograms(PictureCallback):
    """Shows histograms of all weights and gradients in TensorBoard.

    Args:
        every_n_epochs: After every so many epochs; 0 for never.
        every_n_batches: After every so many batches; 0 for never.

    Raises:
        UsageError: A number is negative.
    """

    def __init__(self, every_n_epochs: int = 0, every_n_batches: int = 0) -> None:
        super().__init__(every_n_epochs, every_n_batches)

    def draw(self, trainer: Trainer, model: Any) -> None:
        shown = {
            f"{kind}/{player}.{name}": values
            for player, network in ((DISCRIMINATOR, model.discriminator), (GENERATOR, model.generator))
            for name, parameter in network.named_parameters()
            for kind, values in kinds(parameter).items()
        }
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                with forgiving(logger):
                    for name, values in shown.items():
                        logger.experiment.add_histogram(name, values, trainer.global_step)


def kinds(parameter: nn.Parameter) -> dict[str, Tensor]:
    """A parameter's values and, if it has one, its gradient's."""
    gradient = {} if parameter.grad is None else {"gradients": parameter.grad.detach().float()}
    return {"weights": parameter.detach().float(), **gradient}
