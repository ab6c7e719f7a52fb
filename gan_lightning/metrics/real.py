"""The features of real images, computed once and cached on disk by the content of the images and of the extractor."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gan_lightning.metrics.features import FeatureExtractor, Features
from gan_lightning.metrics.features.store import cache_folder
from gan_lightning.storage.writing import replacing


def real_features(extractor: FeatureExtractor, images: Tensor) -> Features:
    """Features of images uint8 (N, C, H, W), on the extractor's device, from the cache if they are there."""
    device = next(extractor.parameters()).device
    content = hashlib.sha256(images.cpu().numpy().tobytes()).hexdigest()[:16]
    size = "x".join(map(str, images.shape))
    path = cache_folder() / "features" / f"{extractor.fingerprint()}_{size}_{content}.safetensors"
    if path.is_file():
        found = load_features(path, device)
        if found and shapes(found) == [(len(images), extractor.num_features), (len(images), extractor.num_classes)]:
            return found  # otherwise it is damaged, and made again
    found = extractor.extract(images.to(device))
    try:
        with replacing(path) as partial:
            save_file(found._asdict(), partial)
    except OSError as error:
        warnings.warn(f"the features of the real images are not cached: {error}", stacklevel=2)
    return found


def load_features(path: Path, device: torch.device) -> Features | None:
    """The features in the file at ``path``, or None if it holds something else."""
    try:
        return Features(**load_file(path, device=str(device)))
    except (SafetensorError, TypeError, OSError):
        return None


def shapes(found: Features) -> list[tuple[int, ...]]:
    """The shapes of features and logits; those that are no floats have none."""
    return [tuple(part.shape) if part.dtype == torch.float32 else () for part in found]
