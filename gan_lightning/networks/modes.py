"""States that a network is in for a while and leaves as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _NormBase


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """No gradient is computed for the parameters of ``network`` in what is computed here; gradients flow through it.

    Its buffers, such as batch-norm statistics and spectral norm's vectors, still move in training mode.
    """
    trained = [p for p in network.parameters() if p.requires_grad]
    for p in trained:
        p.requires_grad_(False)
    try:
        yield
    finally:
        for p in trained:
            p.requires_grad_(True)


@contextmanager
def eval_mode(network: nn.Module) -> Iterator[None]:
    """``network`` in eval mode; afterwards each of its modules is in the mode that it was in."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def batch_statistics(network: nn.Module) -> Iterator[None]:
    """``network`` in eval mode, but with batch norm by each batch's own statistics, and the running ones left alone.

    A discriminator trains by its batches' statistics and has never been asked with the running ones.
    """
    norms = [module for module in network.modules() if isinstance(module, _NormBase) and module.track_running_stats]
    kept = [(norm.running_mean, norm.running_var) for norm in norms]
    with eval_mode(network):
        for norm in norms:
            norm.running_mean = norm.running_var = None  # torch then takes the batch's own, in eval mode, too
        try:
            yield
        finally:
            for norm, (mean, var) in zip(norms, kept, strict=True):
                norm.running_mean, norm.running_var = mean, var
