"""How a network is told the label: the accepted names, and the modules behind them."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.networks.layers import append_one_hot, require_labels

GeneratorConditioning = Literal["none", "one_hot", "embedding", "batch_norm"]
DiscriminatorConditioning = Literal["none", "one_hot", "embedding", "projection"]


def conditioned_classes(conditioning: str, num_classes: int, accepted: object) -> int:
    """The number of classes that a network is conditioned on: ``num_classes``, or 0 with conditioning "none".

    Args:
        conditioning: One of the accepted names.
        num_classes: Number of classes of the data.
        accepted: The ``Literal`` of the names, such as ``GeneratorConditioning``.

    Raises:
        UsageError: The name is not accepted, or there are no classes to condition on.
    """
    names = get_args(accepted)
    if conditioning not in names:
        raise UsageError(f"conditioning must be {', '.join(names[:-1])} or {names[-1]}, not {conditioning!r}")
    if num_classes < 0:
        raise UsageError(f"num_classes must be at least 0, not {num_classes}")
    if conditioning == "none":
        return 0
    if num_classes == 0:
        raise UsageError(
            f"conditioning {conditioning} needs classes, and num_classes is 0: pass num_classes, such as 10 for the "
            "digits, or conditioning none"
        )
    return num_classes


class LabelInput(nn.Module):
    """Appends the label to the features that enter a network: (N, K, ...) becomes (N, K + ``size``, ...).

    This one appends nothing.

    Args:
        num_classes: Number of classes.
        embedding_shape: Shape of the embedding of a label, (E,) or (E, H, W).
    """

    size = 0
    """How many features, or planes, are appended."""

    def __init__(self, num_classes: int, embedding_shape: tuple[int, ...]) -> None:
        super().__init__()

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """``x`` (N, K, ...) and the appended features of labels (N,) int64.

        Raises:
            ValueError: Labels are needed and not given.
        """
        return x


class OneHotInput(LabelInput):
    """Appends the one-hot label: ``num_classes`` features, constant over space (Mirza & Osindero 2014,
    arXiv:1411.1784).
    """

    def __init__(self, num_classes: int, embedding_shape: tuple[int, ...]) -> None:
        super().__init__(num_classes, embedding_shape)
        self.size = num_classes

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        return append_one_hot(x, labels, self.size)


class EmbeddingInput(LabelInput):
    """Appends a learned embedding of the label, drawn from N(0, 1) at first."""

    def __init__(self, num_classes: int, embedding_shape: tuple[int, ...]) -> None:
        super().__init__(num_classes, embedding_shape)
        self.size = embedding_shape[0]
        self.embedding_shape = embedding_shape
        self.embedding = nn.Embedding(num_classes, math.prod(embedding_shape))

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        embedded = self.embedding(require_labels(labels)).unflatten(1, self.embedding_shape)
        return torch.cat([x, embedded.to(x.dtype)], dim=1)


LABEL_INPUTS: dict[str, type[LabelInput]] = {"one_hot": OneHotInput, "embedding": EmbeddingInput}


def label_input(conditioning: str, num_classes: int, embedding_shape: tuple[int, ...]) -> LabelInput:
    """What appends the label to the input under this conditioning; the other kinds append nothing."""
    return LABEL_INPUTS.get(conditioning, LabelInput)(num_classes, embedding_shape)


class ConditionalBatchNorm(nn.Module):
    """Batch norm whose scale and shift are looked up by the label (de Vries et al. 2017, arXiv:1707.00683):
    γ_y · (x - mean) / √(variance + 1e-5) + β_y, with γ from N(1, 0.02) and β = 0 at first.

    Args:
        norm: Batch norm without scale and shift, such as ``nn.BatchNorm2d(64, affine=False)``.
        num_classes: Number of classes.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, num_classes: int) -> None:
        super().__init__()
        self.norm = norm
        self.scale = nn.Embedding(num_classes, norm.num_features)
        self.shift = nn.Embedding(num_classes, norm.num_features)
        nn.init.normal_(self.scale.weight, mean=1.0, std=0.02)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, ...), normalised, from features (N, C, ...) and labels (N,) int64.

        Raises:
            ValueError: No labels were given.
        """
        labels = require_labels(labels)
        shape = (len(x), -1, *[1] * (x.ndim - 2))
        return self.norm(x) * self.scale(labels).view(shape) + self.shift(labels).view(shape)


def batch_norm_layer(
    norm: type[nn.BatchNorm1d] | type[nn.BatchNorm2d], num_features: int, conditioning: str, num_classes: int
) -> nn.Module:
    """Batch norm of so many features, by the label with conditioning "batch_norm"."""
    if conditioning == "batch_norm":
        return ConditionalBatchNorm(norm(num_features, affine=False), num_classes)
    return norm(num_features)


class LabelledSequential(nn.Sequential):
    """``nn.Sequential`` that hands the labels to the conditional batch norms among its layers."""

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x, labels) if isinstance(layer, ConditionalBatchNorm) else layer(x)
        return x


def refuse_batch_norm_conditioning(conditioning: str, network: str, instead: str) -> None:
    """Refuses conditioning "batch_norm" for a network that has no batch norm.

    Raises:
        UsageError: The conditioning is "batch_norm".
    """
    if conditioning == "batch_norm":
        raise UsageError(f"{network} has no batch norm to condition: {instead}")
