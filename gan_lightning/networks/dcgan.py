"""Deep convolutional networks (Radford et al. 2016, arXiv:1511.06434) for small square images.

Their weights and feature maps lie in memory with the channels last, which convolutions are faster with, and what has
no spatial extent is a linear layer, which is faster than a convolution over the whole map. Shapes are the usual ones.
"""

from __future__ import annotations

from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import Discriminator, Generator, ImageShape
from gan_lightning.networks.layers import append_one_hot, initialize_dcgan, pick


def feature_map_sizes(image_shape: ImageShape) -> tuple[int, int, int, int]:
    """Sides of the feature maps from the smallest to the image: 28 gives (4, 7, 14, 28), 32 gives (4, 8, 16, 32).

    Raises:
        UsageError: The image is not square, or its side is not a multiple of 4 from 8 up.
    """
    _, height, width = image_shape
    if height != width or height % 4 or height < 8:
        raise UsageError(
            f"a DCGAN builds square images whose side is a multiple of 4 from 8 up, not {height}x{width}: "
            "choose such a size, for example --data.image_size 28"
        )
    return (height // 4 + 1) // 2, height // 4, height // 2, height


def resampling_kernel(smaller: int, larger: int) -> int:
    """Kernel side of the convolution with stride 2 and padding 1 between two maps: 4 doubles s, 3 gives 2s - 1."""
    return 4 - (2 * smaller - larger)


class DCGANGenerator(Generator):
    """A projection and three transposed convolutions with batch norm and ReLU between them, then tanh.

    Args:
        latent_dim: Length of a latent vector.
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes, one-hot beside the latent; 0 for an unconditional generator.
        width: Channels of the last hidden map; the earlier ones have 2 and 4 times as many.
    """

    def __init__(self, latent_dim: int, image_shape: ImageShape, num_classes: int = 0, width: int = 64) -> None:
        super().__init__(latent_dim, image_shape, num_classes)
        self.width = width
        first, second, third, last = feature_map_sizes(image_shape)
        self.project = nn.Linear(latent_dim + num_classes, first * first * 4 * width, bias=False)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(4 * width),
            nn.ReLU(),
            self._upsample(4 * width, 2 * width, first, second),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            self._upsample(2 * width, width, second, third),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            self._upsample(width, image_shape[0], third, last, bias=True),
            nn.Tanh(),
        )
        initialize_dcgan(self)

    @staticmethod
    def _upsample(inputs: int, outputs: int, smaller: int, larger: int, bias: bool = False) -> nn.ConvTranspose2d:
        kernel = resampling_kernel(smaller, larger)
        return nn.ConvTranspose2d(inputs, outputs, kernel_size=kernel, stride=2, padding=1, bias=bias)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        features = self.project(append_one_hot(z, labels, self.num_classes))
        side = feature_map_sizes(self.image_shape)[0]
        return self.layers(features.unflatten(1, (side, side, -1)).movedim(-1, 1))


class DCGANDiscriminator(Discriminator):
    """Three convolutions with LeakyReLU(0.2), with batch norm on all but the first, then a linear layer.

    Conditional by projection (Miyato & Koyama 2018, arXiv:1802.05637): with features φ(x) before the last layer, the
    logit is w·φ(x) + e_y·φ(x), so the last layer has one output for w and one for each class's e_y.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes; 0 for an unconditional discriminator.
        width: Channels of the first hidden map; the later ones have 2 and 4 times as many.
    """

    def __init__(self, image_shape: ImageShape, num_classes: int = 0, width: int = 64) -> None:
        super().__init__(image_shape, num_classes)
        self.width = width
        first, second, third, last = feature_map_sizes(image_shape)
        self.layers = nn.Sequential(
            self._downsample(image_shape[0], width, last, third, bias=True),
            nn.LeakyReLU(0.2),
            self._downsample(width, 2 * width, third, second),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2),
            self._downsample(2 * width, 4 * width, second, first),
            nn.BatchNorm2d(4 * width),
            nn.LeakyReLU(0.2),
        )
        self.score = nn.Linear(first * first * 4 * width, 1 + num_classes)
        initialize_dcgan(self)

    @staticmethod
    def _downsample(inputs: int, outputs: int, larger: int, smaller: int, bias: bool = False) -> nn.Conv2d:
        kernel = resampling_kernel(smaller, larger)
        return nn.Conv2d(inputs, outputs, kernel_size=kernel, stride=2, padding=1, bias=bias)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        features = self.layers(images).movedim(1, -1).flatten(1)
        unconditional, by_class = self.score(features).split([1, self.num_classes], dim=1)
        return (unconditional + pick(by_class, labels)).squeeze(1)
