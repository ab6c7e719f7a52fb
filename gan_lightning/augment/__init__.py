"""Random transforms that the discriminator sees real and generated images through, for training on few images.

``--model.augment Cutout`` takes one of them alone, ``DiffAugment`` several always, and ``AdaptiveAugment`` several as
often as the discriminator overfits.
"""

from gan_lightning.augment.base import Augmentation, Pointwise
from gan_lightning.augment.combined import AdaptiveAugment, DiffAugment
from gan_lightning.augment.geometric import Geometric, Rotation, Scale, Translation
from gan_lightning.augment.pixels import Brightness, Contrast, Cutout

__all__ = [
    "AdaptiveAugment",
    "Augmentation",
    "Brightness",
    "Contrast",
    "Cutout",
    "DiffAugment",
    "Geometric",
    "Pointwise",
    "Rotation",
    "Scale",
    "Translation",
]
