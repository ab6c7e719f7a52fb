"""What several processes exchange: each player's own gradients, once a step, and batch-norm statistics."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from lightning.pytorch.strategies import ParallelStrategy, Strategy
from torch import Tensor, nn


def in_a_group() -> bool:
    """Whether this process is one of a group."""
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def without_exchange(strategy: Strategy) -> AbstractContextManager:
    """A context in which backward passes exchange nothing; DDP's own would exchange both players' gradients."""
    return strategy.block_backward_sync() if isinstance(strategy, ParallelStrategy) else nullcontext()


@torch.no_grad()
def average(tensors: Sequence[Tensor]) -> None:
    """Replaces floating-point tensors of any shapes by their means over all processes, in one call."""
    if not (tensors and in_a_group()):
        return
    flat = torch.cat([tensor.flatten() for tensor in tensors]) / torch.distributed.get_world_size()
    torch.distributed.all_reduce(flat)
    parts = flat.split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view_as(tensor))


def lower_to_least(number: Tensor) -> None:
    """Replaces a number () by the least one of all processes."""
    if in_a_group():
        torch.distributed.all_reduce(number, op=torch.distributed.ReduceOp.MIN)


@torch.no_grad()
def average_gradients(parameters: Sequence[Tensor]) -> None:
    """Replaces the parameters' gradients by their means over all processes.

    One that a loss has reached in some process has a gradient in all of them then, as with torch's DDP.
    """
    if not in_a_group():
        return
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    reached = torch.tensor([float(p.grad is not None) for p in parameters], device=gradients[0].device)
    average([*gradients, reached])
    if any(p.grad is None for p in parameters):  # or else nobody waits for the device
        for parameter, gradient, share in zip(parameters, gradients, reached.tolist(), strict=True):
            parameter.grad = gradient if share else None


def average_buffers(module: nn.Module) -> None:
    """Replaces floating-point buffers, such as batch-norm statistics, by their means over all processes.

    DDP never broadcasts them in manual optimisation, so each process would judge and save statistics of its own.
    """
    average([buffer for buffer in module.buffers() if buffer.is_floating_point()])
