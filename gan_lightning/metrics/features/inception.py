"""Inception v3, whose features the field compares natural images by; an extra, by torch-fidelity."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from gan_lightning.checkpoints.format import read_tensors
from gan_lightning.checkpoints.shape import WEIGHTS as TENSOR
from gan_lightning.checkpoints.shape import Each, check_shape
from gan_lightning.errors import UsageError
from gan_lightning.metrics.features.base import FeatureExtractor, Features

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"


class InceptionFeatures(FeatureExtractor):
    """Inception v3 as the TensorFlow code of the FID paper has it: 2048 pooled features, 1008 logits without bias.

    Grey images are repeated as RGB; all are resized to 299×299 without antialiasing, as the reference does.

    Args:
        weights: A local copy of the file of weights; by default it is downloaded once to torch's cache.

    Raises:
        UsageError: torch-fidelity is not installed, or there are no weights.
    """

    batch_size = 32

    def __init__(self, weights: str | None = None) -> None:
        super().__init__("inception", 2048, 1008)
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
        except ImportError as error:
            raise UsageError("Inception's features need torch-fidelity: pip install torch-fidelity") from error
        names = ["2048", "logits_unbiased"]
        try:
            if weights is None:
                self.network = FeatureExtractorInceptionV3("inception", names, None)
            else:
                with safe_copy(Path(weights)) as copy:
                    self.network = FeatureExtractorInceptionV3("inception", names, copy)
        except OSError as error:
            raise UsageError(
                f"the weights of Inception could not be downloaded: fetch {WEIGHTS} from torch-fidelity's releases on "
                "another machine, and give the file with --inception_weights"
            ) from error
        except RuntimeError as error:
            raise UsageError(f"{weights} does not hold the weights of Inception v3 of torch-fidelity") from error

    def forward(self, images: Tensor) -> Features:
        return Features(*self.network(images.expand(-1, 3, -1, -1)))


@contextmanager
def safe_copy(path: Path) -> Iterator[str]:
    """A file with nothing but the tensors at ``path``: torch-fidelity runs whatever code is in the file it is given.

    Raises:
        UsageError: There is no such file, or it holds anything else.
    """
    if not path.is_file():
        raise UsageError(f"there are no weights of Inception at {path}: give an existing file with --inception_weights")
    otherwise = "no file of weights, or a damaged one: download it again"
    tensors = read_tensors(path, otherwise)
    try:
        check_shape(tensors, Each(dict, TENSOR), str(path))
    except UsageError as error:
        raise UsageError(f"{path} is {otherwise}") from error
    with TemporaryDirectory() as folder:
        torch.save(tensors, f"{folder}/weights.pth")
        yield f"{folder}/weights.pth"
