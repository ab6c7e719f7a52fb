"""Deep convolutional networks (Radford et al. 2016, arXiv:1511.06434) for small square images.

Their weights and feature maps lie in memory with the channels last, which convolutions are faster with, and what has
no spatial extent is a linear layer, which is faster than a convolution over the whole map. Shapes are the usual ones.
"""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import Generator, ImageShape
from gan_lightning.networks.checks import check_sizes
from gan_lightning.networks.conditioning import (
    DiscriminatorConditioning,
    GeneratorConditioning,
    LabelledSequential,
    batch_norm_layer,
    conditioned_classes,
    label_input,
    refuse_batch_norm_conditioning,
)
from gan_lightning.networks.heads import FeatureDiscriminator
from gan_lightning.networks.layers import MinibatchStd, initialize_dcgan, initialize_he

Norm = Literal["batch", "none"]


def feature_map_sizes(image_shape: ImageShape) -> tuple[int, int, int, int]:
    """Sides of the feature maps from the smallest to the image: 28 gives (4, 7, 14, 28), 32 gives (4, 8, 16, 32).

    Raises:
        UsageError: The image is not square, or its side is not a multiple of 4 from 8 up.
    """
    _, height, width = image_shape
    if height != width or height % 4 or height < 8:
        raise UsageError(
            f"images must be square, with a side that is a multiple of 4 from 8 up, not {height}x{width}: "
            "choose such a size, for example --data.image_size 28"
        )
    return (height // 4 + 1) // 2, height // 4, height // 2, height


def check_norm(norm: str) -> None:
    """Refuses an unknown normalisation.

    Raises:
        UsageError: It is neither batch nor none.
    """
    if norm not in get_args(Norm):
        raise UsageError(f"norm must be {' or '.join(get_args(Norm))}, not {norm!r}")


def resampling_kernel(smaller: int, larger: int) -> int:
    """Kernel side of the convolution with stride 2 and padding 1 between two maps: 4 doubles s, 3 gives 2s - 1."""
    return 4 - (2 * smaller - larger)


class DCGANGenerator(Generator):
    """A projection and three transposed convolutions with batch norm and ReLU between them, then tanh.

    Args:
        latent_dim: Length of a latent vector.
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes of the data.
        width: Channels of the last hidden map; the earlier ones have 2 and 4 times as many.
        norm: What normalises the hidden maps: batch, or none; weights are then drawn as by He et al. 2015.
        conditioning: How the label enters: none, one_hot (beside the latent), embedding (a learned vector of the
            latent's length beside the latent) or batch_norm (scales and shifts of the batch norms by the label).

    Raises:
        UsageError: A size is below 1 or cannot be built, or the conditioning does not fit the other arguments.
    """

    def __init__(
        self,
        latent_dim: int = 100,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        width: int = 64,
        norm: Norm = "batch",
        conditioning: GeneratorConditioning = "none",
    ) -> None:
        classes = conditioned_classes(conditioning, num_classes, GeneratorConditioning)
        super().__init__(latent_dim, image_shape, classes)
        check_sizes(width=width)
        check_norm(norm)
        if norm == "none":
            refuse_batch_norm_conditioning(conditioning, "a DCGANGenerator with norm none", "use norm batch")
        self.width = width
        self.norm = norm
        self.conditioning = conditioning
        self.label_input = label_input(conditioning, classes, (latent_dim,))
        first, second, third, last = feature_map_sizes(image_shape)
        inputs = latent_dim + self.label_input.size
        self.project = nn.Linear(inputs, first * first * 4 * width, bias=norm == "none")
        self.layers = LabelledSequential(
            *self._activate(4 * width),
            self._upsample(4 * width, 2 * width, first, second, bias=norm == "none"),
            *self._activate(2 * width),
            self._upsample(2 * width, width, second, third, bias=norm == "none"),
            *self._activate(width),
            self._upsample(width, image_shape[0], third, last, bias=True),
            nn.Tanh(),
        )
        if norm == "batch":
            initialize_dcgan(self)
        else:
            initialize_he(self, slope=0.0)

    def _activate(self, channels: int) -> list[nn.Module]:
        if self.norm == "none":
            return [nn.ReLU()]
        return [batch_norm_layer(nn.BatchNorm2d, channels, self.conditioning, self.num_classes), nn.ReLU()]

    @staticmethod
    def _upsample(inputs: int, outputs: int, smaller: int, larger: int, bias: bool) -> nn.ConvTranspose2d:
        kernel = resampling_kernel(smaller, larger)
        return nn.ConvTranspose2d(inputs, outputs, kernel_size=kernel, stride=2, padding=1, bias=bias)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        features = self.project(self.label_input(z, labels))
        side = feature_map_sizes(self.image_shape)[0]
        return self.layers(features.unflatten(1, (side, side, -1)).movedim(-1, 1), labels)


class DCGANDiscriminator(FeatureDiscriminator):
    """Three convolutions with LeakyReLU(0.2), with batch norm on all but the first, then a linear layer.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes of the data.
        width: Channels of the first hidden map; the later ones have 2 and 4 times as many.
        norm: What normalises the hidden maps: batch, or none; weights are then drawn as by He et al. 2015.
        conditioning: How the label enters: none, one_hot (planes beside the image), embedding (a learned plane beside
            the image) or projection (Miyato & Koyama 2018, arXiv:1802.05637).
        pack: How many images are scored together.
        spectral_norm: Whether every weight is divided by its largest singular value.
        minibatch_std: Whether the last map shows how much the images of a batch differ. It does so after the last
            batch norm, which would take away what all images share.

    Raises:
        UsageError: A size is below 1 or cannot be built, or the conditioning does not fit the other arguments.
    """

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        num_classes: int = 0,
        width: int = 64,
        norm: Norm = "batch",
        conditioning: DiscriminatorConditioning = "none",
        pack: int = 1,
        spectral_norm: bool = False,
        minibatch_std: bool = False,
    ) -> None:
        super().__init__(image_shape, num_classes, conditioning, pack, spectral_norm)
        check_sizes(width=width)
        check_norm(norm)
        self.width = width
        self.norm = norm
        self.mixes_batch = norm == "batch" or minibatch_std
        self.label_input = label_input(conditioning, self.num_classes, (1, *image_shape[1:]))
        first, second, third, last = feature_map_sizes(image_shape)
        self.layers = nn.Sequential(
            self._downsample(pack * image_shape[0] + self.label_input.size, width, last, third, bias=True),
            nn.LeakyReLU(0.2),
            self._downsample(width, 2 * width, third, second, bias=norm == "none"),
            *self._activate(2 * width),
            self._downsample(2 * width, 4 * width, second, first, bias=norm == "none"),
            *self._activate(4 * width),
            *([MinibatchStd()] if minibatch_std else []),
        )
        self.add_score(first * first * (4 * width + minibatch_std))

    def _activate(self, channels: int) -> list[nn.Module]:
        return [*([nn.BatchNorm2d(channels)] if self.norm == "batch" else []), nn.LeakyReLU(0.2)]

    @staticmethod
    def _downsample(inputs: int, outputs: int, larger: int, smaller: int, bias: bool) -> nn.Conv2d:
        kernel = resampling_kernel(smaller, larger)
        return nn.Conv2d(inputs, outputs, kernel_size=kernel, stride=2, padding=1, bias=bias)

    def initialize(self, network: nn.Module) -> None:
        if self.norm == "batch":
            initialize_dcgan(network)
        else:
            initialize_he(network, slope=0.2)

    def features(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(self.label_input(images, labels)).movedim(1, -1).flatten(1)
