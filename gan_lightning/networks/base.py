"""What every generator and every discriminator is: the two contracts that the training relies on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, nn

from gan_lightning.checkpoints.rebuildable import Rebuildable

ImageShape = tuple[int, int, int]


class Scores(NamedTuple):
    """What a discriminator says of a batch.

    Args:
        logits: (N,); of packs of m images (N / m,).
        heads: What its further heads say, by name, such as ``classes`` (N, num_classes).
    """

    logits: Tensor
    heads: Mapping[str, Tensor] = {}


class Generator(Rebuildable, nn.Module, ABC):
    """Draws images from latents.

    Args:
        latent_dim: Length of a latent vector.
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
        self.image_shape: ImageShape = tuple(image_shape)  # type: ignore[assignment]
        self.num_classes = num_classes
        self.output_range = output_range

    @abstractmethod
    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (N, C, H, W) from latents (N, latent_dim) and, if conditional, labels (N,) int64."""


class StyledGenerator(Generator):
    """A generator that draws from styles, a vector for each of its layers, which it computes from the latents."""

    num_layers: int
    """How many layers take a style."""

    @abstractmethod
    def styles(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The styles (N, num_layers, style_dim) of latents (N, latent_dim) and, if conditional, labels (N,).

        In training mode some are mixed from two latents.
        """

    @abstractmethod
    def synthesize(self, styles: Tensor) -> Tensor:
        """Images (N, C, H, W) from styles (N, num_layers, style_dim)."""

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.synthesize(self.styles(z, labels))


class Discriminator(Rebuildable, nn.Module, ABC):
    """Scores images: high where they look real.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes that it is conditioned on; 0 for none.
        pack: How many images, stacked on their channels, are scored together (PacGAN, Lin et al. 2018,
            arXiv:1712.04086). ``forward`` takes them as (N / pack, pack * C, H, W).
    """

    mixes_batch = True
    """Whether an image's score depends on the others of its batch, as with batch norm. Where it does not, real images
    and fakes are scored in one pass, which is faster."""

    def __init__(self, image_shape: ImageShape, num_classes: int = 0, pack: int = 1) -> None:
        super().__init__()
        self.image_shape: ImageShape = tuple(image_shape)  # type: ignore[assignment]
        self.num_classes = num_classes
        self.pack = pack

    @abstractmethod
    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor | Scores:
        """Logits (N,), without a sigmoid, of images (N, C, H, W) and, if conditional, labels (N,) int64.

        A discriminator with further heads gives ``Scores``.
        """

    def add_head(self, name: str, outputs: int) -> None:
        """Adds a head of so many outputs, which ``forward`` then gives under this name.

        Raises:
            UsageError: This discriminator has no features for a further head.
        """
        from gan_lightning.errors import UsageError

        raise UsageError(
            f"{type(self).__name__} has no further heads, and {name} takes one: use a discriminator of this package, "
            "such as DCGANDiscriminator"
        )
