"""The exponential moving average of a generator's weights (Yazıcı et al. 2019, arXiv:1806.04498)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

WARM_UP = 0.05
"""The half-life is at most this share of the images seen so far, so that early averages follow the model."""


def ema_weight(batch_size: int, half_life: float, images_seen: int) -> float:
    """The weight of the model at an update, 1 - 0.5^(batch_size / half-life); that of the average is the rest.

    Args:
        batch_size: Images between two updates.
        half_life: In images: after so many, a past weight counts half as much.
        images_seen: Images that the training has seen, which bounds the half-life by ``WARM_UP``.
    """
    half_life = min(half_life, WARM_UP * images_seen)
    return 1 - 0.5 ** (batch_size / half_life) if half_life > 0 else 1.0


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, weight: Tensor) -> None:
    """average ← (1 - weight)·average + weight·model, for parameters and for batch-norm statistics.

    Statistics belong to the weights that they are averaged with. Other buffers, such as counters and spectral norm's
    vectors, are copied. A weight () on a GPU is not waited for.
    """
    moving, targets = list(averaged(average)), list(averaged(model))
    if weight.device.type == "cpu":
        torch._foreach_lerp_(moving, targets, weight.item())
    else:
        steps = torch._foreach_sub(targets, moving)
        torch._foreach_mul_(steps, weight.to(steps[0].dtype))
        torch._foreach_add_(moving, steps)
    in_average = {id(tensor) for tensor in moving}
    for copy, original in zip(average.buffers(), model.buffers(), strict=True):
        if id(copy) not in in_average:
            copy.copy_(original)


def averaged(network: nn.Module) -> Iterator[Tensor]:
    """What is averaged: the parameters and the running statistics."""
    yield from network.parameters()
    for module in network.modules():
        if isinstance(module, _NormBase) and module.running_mean is not None and module.running_var is not None:
            yield from (module.running_mean, module.running_var)
