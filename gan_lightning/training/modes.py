"""States that a network is in for a while and leaves as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Gradients flow through ``network`` but none is computed for its parameters."""
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
