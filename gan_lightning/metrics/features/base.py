"""What figures are computed from: a frozen network that turns images into features and class logits."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.progress import Work


class Features(NamedTuple):
    """What an extractor sees in N images."""

    features: Tensor
    """float32 (N, num_features)."""
    logits: Tensor
    """float32 (N, num_classes)."""


class FeatureExtractor(nn.Module):
    """A frozen network, always in eval mode, from images uint8 (N, C, H, W) to their features and class logits.

    Args:
        name: How tables and files call it.
        num_features: Features of an image.
        num_classes: Classes that the logits are of.
    """

    batch_size = 500
    """Images that pass through at once."""

    def __init__(self, name: str, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.name, self.num_features, self.num_classes = name, num_features, num_classes

    @abstractmethod
    def forward(self, images: Tensor) -> Features:
        """Features and logits of images uint8 (N, C, H, W)."""

    def train(self, mode: bool = True) -> FeatureExtractor:
        """Does nothing but set eval mode, whatever is asked of the module that holds this one."""
        return super().train(False)

    def fingerprint(self) -> str:
        """A hash of the weights, for the names of cached files."""
        digest = hashlib.sha256(self.name.encode())
        for name, value in self.state_dict().items():
            digest.update(name.encode() + value.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]

    @torch.no_grad()
    def extract(self, images: Tensor) -> Features:
        """Features and logits of any number of images uint8 (N, C, H, W), on their device, a batch at a time."""
        parts = []
        with Work(f"features of {len(images):,} images") as work:
            for batch in images.split(self.batch_size):
                parts.append(self(batch))
                work(len(parts) * self.batch_size / max(1, len(images)))  # a process's share may be none
        return Features(*(torch.cat(part) for part in zip(*parts, strict=True)))


class PerChannel(FeatureExtractor):
    """Applies an extractor of grey images to each channel; the classes are all combinations of the channels' classes.

    So three digits stacked as RGB have 1000 classes: the digits' numbers 000 to 999 (Stacked MNIST, Metz et al. 2016,
    arXiv:1611.02163). The logits are the log-probabilities of independent digits.
    """

    def __init__(self, extractor: FeatureExtractor, channels: int = 3) -> None:
        super().__init__(
            f"{extractor.name} per channel", extractor.num_features * channels, extractor.num_classes**channels
        )
        self.extractor, self.channels = extractor, channels

    def forward(self, images: Tensor) -> Features:
        features, logits = (
            part.unflatten(0, (-1, self.channels)) for part in self.extractor(images.flatten(0, 1)[:, None])
        )
        return Features(features.flatten(1), joint_logits(logits))


def joint_logits(logits: Tensor) -> Tensor:
    """Log-probabilities (N, K^C) of all combinations of C independent classes, from the logits (N, C, K) of each."""
    first, *others = logits.log_softmax(dim=-1).unbind(dim=1)
    joint = first
    for channel in others:
        joint = (joint[:, :, None] + channel[:, None, :]).flatten(1)
    return joint
