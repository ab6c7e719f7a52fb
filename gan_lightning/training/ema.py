"""The exponential moving average of a generator's weights (Yazıcı et al. 2019, arXiv:1806.04498)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WARM_UP = 0.05
"""The half-life is at most this share of the images seen so far, so that early averages follow the model."""


def ema_decay(batch_size: int, half_life: float, images_seen: int) -> float:
    """The weight that the average keeps at an update: 0.5^(batch_size / half-life).

    Args:
        batch_size: Images between two updates.
        half_life: In images: after so many, a past weight counts half as much.
        images_seen: Images that the training has seen, which bounds the half-life by ``WARM_UP``.
    """
    half_life = min(half_life, WARM_UP * images_seen)
    return 0.5 ** (batch_size / half_life) if half_life > 0 else 0.0


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float | Tensor) -> None:
    """average ← decay·average + (1 - decay)·model, for parameters and for floating-point buffers.

    Batch-norm statistics are averaged with the weights that they belong to; counters are copied. A decay that is a
    tensor () is not waited for.
    """
    averages, models = ([*m.parameters(), *m.buffers()] for m in (average, model))
    pairs = list(zip(averages, models, strict=True))
    moving = [a for a, _ in pairs if a.is_floating_point()]
    targets = [m for _, m in pairs if m.is_floating_point()]
    if isinstance(decay, Tensor):
        steps = torch._foreach_sub(targets, moving)
        torch._foreach_mul_(steps, (1 - decay).to(steps[0].dtype))
        torch._foreach_add_(moving, steps)
    else:
        torch._foreach_lerp_(moving, targets, 1 - decay)
    for a, m in pairs:
        if not a.is_floating_point():
            a.copy_(m)
