"""What several processes need that Lightning leaves to the module in manual optimisation."""

from __future__ import annotations

import torch
from lightning.pytorch.strategies import DDPStrategy, Strategy
from torch import nn


def allow_two_players(strategy: Strategy) -> None:
    """Tells DDP that each backward pass reaches one player's parameters only.

    Without it, plain ``--trainer.strategy ddp`` stops at the second backward pass with the advice to do this.
    """
    if isinstance(strategy, DDPStrategy):
        strategy._ddp_kwargs.setdefault("find_unused_parameters", True)


@torch.no_grad()
def average_buffers(module: nn.Module) -> None:
    """Replaces floating-point buffers, such as batch-norm statistics, by their mean over all processes.

    DDP never broadcasts them in manual optimisation, so each process would judge and save statistics of its own.
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return
    for buffer in module.buffers():
        if buffer.is_floating_point():
            torch.distributed.all_reduce(buffer)
            buffer.div_(torch.distributed.get_world_size())
