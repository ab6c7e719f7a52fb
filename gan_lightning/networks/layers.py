"""Parts that several networks share."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize


def append_one_hot(x: Tensor, labels: Tensor | None, num_classes: int) -> Tensor:
    """``x`` (N, K, ...) with the labels (N,) appended as ``num_classes`` one-hot features, constant over space.

    With ``num_classes`` 0, ``x`` itself.

    Raises:
        ValueError: The network is conditional and no labels were given.
    """
    if num_classes == 0:
        return x
    one_hot = F.one_hot(require_labels(labels), num_classes).to(x.dtype)
    spatial = x.shape[2:]
    return torch.cat([x, one_hot.reshape(*one_hot.shape, *[1] * len(spatial)).expand(-1, -1, *spatial)], dim=1)


def gather_logit(by_class: Tensor, labels: Tensor | None) -> Tensor:
    """The logit (N, 1) of each label (N,) among ``by_class`` (N, num_classes); 0 where there are no classes.

    Raises:
        ValueError: There are classes and no labels were given.
    """
    if by_class.shape[1] == 0:
        return by_class.new_zeros(1)
    return by_class.gather(1, require_labels(labels)[:, None])


def require_labels(labels: Tensor | None) -> Tensor:
    """The labels themselves.

    Raises:
        ValueError: They are None.
    """
    if labels is None:
        raise ValueError("a conditional network needs labels: pass a tensor (N,) of int64 beside its input")
    return labels


class Dropout(nn.Dropout):
    """``nn.Dropout``, several times as fast on a CPU, where drawing random numbers is what it costs.

    Four units share 64 random bits, so ``p`` is taken to the nearest multiple of 2^-16. ``torch.compile`` cannot trace
    the drawing of those bits, so a compiled network has torch's own dropout.
    """

    def forward(self, input: Tensor) -> Tensor:
        dropped = round(self.p * 2**16)
        if torch.compiler.is_compiling():
            return super().forward(input)
        if not self.training or self.inplace or dropped in (0, 2**16) or input.device.type != "cpu":
            return super().forward(input)
        bits = torch.empty(-(-input.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        uniform = bits.view(torch.int16)[: input.numel()].view(input.shape)
        kept = uniform >= dropped - 2**15
        return input * kept.to(input.dtype).mul_(1 / (1 - self.p))


class MinibatchStd(nn.Module):
    """Appends the standard deviation within a group of images as a constant channel (Karras et al. 2018,
    arXiv:1710.10196): (N, C, H, W) becomes (N, C + 1, H, W).

    Consecutive images form a group. The channel of a group's images is the mean over features and pixels of
    √(variance over the group + 1e-8), the variance being the one that divides by the size of the group. A group has
    the smallest size from ``group_size`` up that divides N, and all N images if N is less: of 8 images 4, of 10
    images 5, of 7 images 7.

    Args:
        group_size: Least number of images in a group.
    """

    def __init__(self, group_size: int = 4) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, x: Tensor) -> Tensor:
        count, _, height, width = x.shape
        size = next(size for size in range(min(self.group_size, count), count + 1) if count % size == 0)
        groups = x.unflatten(0, (-1, size))
        variance = (groups - groups.mean(dim=1, keepdim=True)).square().mean(dim=1)  # ``var`` is slow in bfloat16
        deviation = (variance + 1e-8).sqrt().mean(dim=(1, 2, 3))
        channel = deviation[:, None].expand(-1, size).reshape(count, 1, 1, 1)
        return torch.cat([x, channel.expand(-1, -1, height, width)], dim=1)


def spectral_normalize(network: nn.Module) -> None:
    """Divides the weight of every convolution, linear layer and embedding in ``network`` by its largest singular value
    (Miyato et al. 2018, arXiv:1802.05957).

    The value is estimated by one power iteration a forward pass in training mode. A layer that is normalised already
    stays as it is. The weights must not be all zero: they would be divided by 0.
    """
    for layer in network.modules():
        if isinstance(
            layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.Embedding)
        ) and not parametrize.is_parametrized(layer, "weight"):
            parametrizations.spectral_norm(layer)


def initialize_dcgan(network: nn.Module) -> None:
    """Draws weights from N(0, 0.02) and batch-norm scales from N(1, 0.02), as arXiv:1511.06434 does; channels last."""
    network.to(memory_format=torch.channels_last)
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(layer.weight, mean=0.0, std=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, mean=1.0, std=0.02)
            nn.init.zeros_(layer.bias)


def initialize_he(network: nn.Module, slope: float) -> None:
    """Draws weights from N(0, σ²) with σ = √(2 / ((1 + slope²) n)), where each output is a sum over n inputs (He et
    al. 2015, arXiv:1502.01852); biases 0; channels last.

    A signal then keeps its scale through the layers, without batch norm, too. For a transposed convolution with stride
    s and a kernel of k × k, n is the mean over the outputs, C k² / s².

    Args:
        network: The layers to draw; embeddings stay as they are.
        slope: That of the LeakyReLU before each layer: 0 for a ReLU, 1 where there is none.
    """
    network.to(memory_format=torch.channels_last)
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(layer.weight, mean=0.0, std=math.sqrt(2 / ((1 + slope**2) * summed_inputs(layer))))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def summed_inputs(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear) -> float:
    """Over how many inputs an output of the layer sums."""
    if isinstance(layer, nn.Linear):
        return layer.in_features
    inputs = layer.in_channels / layer.groups * math.prod(layer.kernel_size)
    return inputs / math.prod(layer.stride) if isinstance(layer, nn.ConvTranspose2d) else inputs
