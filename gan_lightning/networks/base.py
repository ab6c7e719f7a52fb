"""What every generator and every discriminator is: the two contracts that the training relies on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError
from gan_lightning.networks.checks import check_image_shape, check_sizes

ImageShape = tuple[int, int, int]


class Scores(NamedTuple):
    """What a discriminator says of a batch.

    Args:
        logits: (N,); of packs of m images (N / m,).
        heads: What its further heads say, by name, such as ``classes`` (N, num_classes).
    """

    logits: Tensor
    heads: Mapping[str, Tensor] = {}


class Draw(NamedTuple):
    """What a generator was asked for, and what it made.

    Args:
        images: (N, C, H, W).
        labels: What was asked for, int64 (N,).
        latents: What they were drawn from, (N, latent_dim).
        styles: The styles between latents and images, (N, num_layers, style_dim), of a generator that has them.
    """

    images: Tensor
    labels: Tensor
    latents: Tensor
    styles: Tensor | None = None


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
        check_sizes(latent_dim=latent_dim)
        check_image_shape(image_shape)
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

    @abstractmethod
    def truncate(self, styles: Tensor, psi: float, layers: Sequence[int] | None = None) -> Tensor:
        """The styles at the share ``psi`` of the way from the mean style to each, in all layers or in some."""

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
        check_sizes(pack=pack)
        check_image_shape(image_shape)
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
        raise UsageError(
            f"{type(self).__name__} has no further heads, and {name} takes one: use a discriminator of this package, "
            "such as DCGANDiscriminator"
        )


def in_packs(images: Tensor, pack: int) -> Tensor:
    """Images (N, C, H, W) as (N / pack, pack·C, H, W), ``pack`` of them stacked on their channels.

    Where N is not a multiple of ``pack``, the first images fill up the last pack.
    """
    if pack == 1:
        return images
    missing = -len(images) % pack
    if missing:
        images = torch.cat([images, images[torch.arange(missing) % len(images)]])
    return images.reshape(-1, pack * images.shape[1], *images.shape[2:])
