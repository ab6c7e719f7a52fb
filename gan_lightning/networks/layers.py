"""Parts that several networks share."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def append_one_hot(x: Tensor, labels: Tensor | None, num_classes: int) -> Tensor:
    """``x`` (N, K, ...) with the labels (N,) appended as ``num_classes`` one-hot features, constant over space.

    With ``num_classes`` 0, ``x`` itself.

    Raises:
        ValueError: The network is conditional and no labels were given.
    """
    if num_classes == 0:
        return x
    one_hot = F.one_hot(_given(labels), num_classes).to(x.dtype)
    spatial = x.shape[2:]
    return torch.cat([x, one_hot.reshape(*one_hot.shape, *[1] * len(spatial)).expand(-1, -1, *spatial)], dim=1)


def pick(scores: Tensor, labels: Tensor | None) -> Tensor:
    """The score (N, 1) of each one's label (N,) among its ``scores`` (N, num_classes); 0 where there are no classes.

    Raises:
        ValueError: There are classes and no labels were given.
    """
    if scores.shape[1] == 0:
        return scores.new_zeros(1)
    return scores.gather(1, _given(labels)[:, None])


def _given(labels: Tensor | None) -> Tensor:
    if labels is None:
        raise ValueError("a conditional network needs labels: pass a tensor (N,) of int64 beside its input")
    return labels


class Dropout(nn.Dropout):
    """``nn.Dropout``, several times as fast on a CPU, where drawing random numbers is what it costs.

    Four units share 64 random bits, so ``p`` is taken to the nearest multiple of 2^-16.
    """

    def forward(self, input: Tensor) -> Tensor:
        dropped = round(self.p * 2**16)
        if not self.training or self.inplace or dropped == 2**16 or input.device.type != "cpu":
            return super().forward(input)
        bits = torch.empty(-(-input.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        uniform = bits.view(torch.int16)[: input.numel()].view(input.shape)
        kept = uniform >= dropped - 2**15
        return input * kept.to(input.dtype).mul_(1 / (1 - self.p))


def initialize_dcgan(network: nn.Module) -> None:
    """Draws weights from N(0, 0.02) and batch-norm scales from N(1, 0.02), as arXiv:1511.06434 does; channels last."""
    network.to(memory_format=torch.channels_last)
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(layer.weight, mean=0.0, std=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, mean=1.0, std=0.02)
            nn.init.zeros_(layer.bias)
