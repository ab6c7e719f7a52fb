"""GANs of two deep convolutional networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from gan_lightning.models.gan import GAN
from gan_lightning.networks import CodedPrior, DCGANDiscriminator, DCGANGenerator
from gan_lightning.objectives import AuxiliaryClassifier, MutualInformation, Penalty, listed


class DCGAN(GAN):
    """Deep convolutional generator and discriminator (Radford et al. 2016, arXiv:1511.06434).

    Args:
        image_shape: (channels, height, width) of an image; the command line takes it from the data module.
        num_classes: Number of classes, for a conditional model; the command line takes it from the data module.
        latent_dim: Length of a latent vector.
        width: Channels of the largest hidden feature map; the smaller maps have 2 and 4 times as many.
        kwargs: The options of GAN.
    """

    generator_conditioning: ClassVar[Any] = "none"
    discriminator_conditioning: ClassVar[Any] = "none"

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (1, 28, 28),
        num_classes: int = 10,
        latent_dim: int = 100,
        width: int = 64,
        **kwargs: Any,
    ) -> None:
        common: dict[str, Any] = {"num_classes": num_classes, "width": width}
        super().__init__(
            generator=DCGANGenerator(latent_dim, image_shape, conditioning=self.generator_conditioning, **common),
            discriminator=DCGANDiscriminator(image_shape, conditioning=self.discriminator_conditioning, **common),
            **kwargs,
        )


class ConditionalDCGAN(DCGAN):
    """A DCGAN whose generator is given a one-hot label, and whose discriminator projects on the label's vector.

    Projection is of Miyato & Koyama 2018, arXiv:1802.05637.
    """

    generator_conditioning = "one_hot"
    discriminator_conditioning = "projection"


class ACGAN(DCGAN):
    """A DCGAN whose generator is given a one-hot label, and whose discriminator names the class (arXiv:1610.09585).

    Args:
        auxiliary: The term that both players minimise besides their losses; by default with weight 1.
        penalties: Further terms.
        kwargs: The options of DCGAN.
    """

    generator_conditioning = "one_hot"

    def __init__(
        self,
        auxiliary: AuxiliaryClassifier | None = None,
        penalties: list[Penalty] | Penalty | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(penalties=[auxiliary or AuxiliaryClassifier(), *listed(penalties)], **kwargs)


class InfoGAN(DCGAN):
    """A DCGAN whose latents begin with codes that the discriminator reads from the images (arXiv:1606.03657).

    On MNIST the ten categories become the digits, and the two continuous codes slant and stroke width (Chen et al.
    2016).

    Args:
        categories: For each categorical code how many categories it has.
        continuous: How many continuous codes there are.
        information: The term that both players minimise besides their losses; by default with weight 1.
        penalties: Further terms.
        kwargs: The options of DCGAN.
    """

    def __init__(
        self,
        categories: Sequence[int] = (10,),
        continuous: int = 2,
        information: MutualInformation | None = None,
        penalties: list[Penalty] | Penalty | None = None,
        **kwargs: Any,
    ) -> None:
        terms = [information or MutualInformation(), *listed(penalties)]
        super().__init__(prior=CodedPrior(categories, continuous), penalties=terms, **kwargs)
