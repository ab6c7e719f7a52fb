"""What every generator and every discriminator is: the two contracts that the training relies on."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

ImageShape = tuple[int, int, int]


class Generator(nn.Module, ABC):
    """Draws images from latents.

    Args:
        latent_dim: Length of a latent vector z ~ N(0, I).
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes that it is conditioned on; 0 for none.
        output_range: Lowest and highest value that a pixel can take; None where the output is unbounded.
    """

    def __init__(
        self,
        latent_dim: int,
        image_shape: ImageShape,
        num_classes: int = 0,
        output_range: tuple[float, float] | None = (-1.0, 1.0),
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.image_shape = image_shape
        self.num_classes = num_classes
        self.output_range = output_range

    @abstractmethod
    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (N, C, H, W) from latents (N, latent_dim) and, if conditional, labels (N,) int64."""


class Discriminator(nn.Module, ABC):
    """Scores images: high where they look real.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes that it is conditioned on; 0 for none.
    """

    mixes_batch = True
    """Whether an image's score depends on the others of its batch, as with batch norm. Where it does not, real images
    and fakes are scored in one pass, which is faster."""

    def __init__(self, image_shape: ImageShape, num_classes: int = 0) -> None:
        super().__init__()
        self.image_shape = image_shape
        self.num_classes = num_classes

    @abstractmethod
    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Logits (N,), without a sigmoid, of images (N, C, H, W) and, if conditional, labels (N,) int64."""
