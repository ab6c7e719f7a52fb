"""Discriminators that compute features of an image first, and everything that they say from those."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.networks.base import Discriminator, ImageShape, Scores
from gan_lightning.networks.checks import check_sizes
from gan_lightning.networks.conditioning import DiscriminatorConditioning, conditioned_classes
from gan_lightning.networks.layers import gather_logit, spectral_normalize


class FeatureDiscriminator(Discriminator):
    """Features φ(x), a linear layer that scores them, and for each further head a linear layer of its own.

    With conditioning "projection" (Miyato & Koyama 2018, arXiv:1802.05637) the logit is w·φ(x) + e_y·φ(x), so the
    layer that scores has one output for w and one for each class's e_y.

    A subclass computes the features and calls ``add_score`` at the end of its constructor.

    Args:
        image_shape: (channels, height, width) of an image.
        num_classes: Number of classes of the data.
        conditioning: How the label enters.
        pack: How many images are scored together.
        spectral_norm: Whether every weight is divided by its largest singular value.
    """

    def __init__(
        self,
        image_shape: ImageShape,
        num_classes: int,
        conditioning: DiscriminatorConditioning,
        pack: int,
        spectral_norm: bool,
    ) -> None:
        classes = conditioned_classes(conditioning, num_classes, DiscriminatorConditioning)
        if pack > 1 and classes:
            raise UsageError(
                f"pack {pack} stacks images of several classes, which a conditional discriminator cannot score: "
                "use pack 1 or conditioning none"
            )
        super().__init__(image_shape, classes, pack)
        self.conditioning = conditioning
        self.spectral_norm = spectral_norm
        self.heads = nn.ModuleDict()

    @abstractmethod
    def features(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Features (N, F) of images (N, C, H, W) and, if conditional, labels (N,) int64."""

    def initialize(self, network: nn.Module) -> None:
        """Draws the first weights of ``network``: this discriminator, or a head that is added to it.

        Those that torch draws remain unless a subclass draws others.
        """

    def add_score(self, num_features: int) -> None:
        """Adds the layer that scores F = ``num_features`` features, then draws the first weights of the network."""
        self.score = nn.Linear(num_features, 1 + (self.num_classes if self.conditioning == "projection" else 0))
        self.initialize(self)
        if self.spectral_norm:
            spectral_normalize(self)

    def add_head(self, name: str, outputs: int) -> None:
        """Adds a linear layer on the features, whose outputs (N, outputs) ``forward`` then gives under this name.

        Raises:
            UsageError: ``outputs`` is below 1.
        """
        check_sizes(outputs=outputs)
        head = nn.Linear(self.score.in_features, outputs)
        self.initialize(head)
        if self.spectral_norm:
            spectral_normalize(head)
        self.heads[name] = head.to(self.score.weight)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor | Scores:
        features = self.features(images, labels)
        unconditional, by_class = self.score(features).split([1, self.score.out_features - 1], dim=1)
        logits = (unconditional + gather_logit(by_class, labels)).squeeze(1)
        if not self.heads:
            return logits
        return Scores(logits, {name: head(features) for name, head in self.heads.items()})
