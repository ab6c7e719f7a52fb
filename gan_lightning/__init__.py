"""GAN Lightning: a research template for GANs on small images, built on PyTorch Lightning.

    python -m gan_lightning fit --config configs/dcgan.yaml
    python -m gan_lightning generate --ckpt_path runs/dcgan/version_0/checkpoints/last.ckpt

In Python, ``gan_lightning.load(path).sample(16)`` draws from a trained model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gan_lightning.sampling.generative import GenerativeModel

__version__ = "0.1.0"


def load(path: str | Path) -> GenerativeModel:
    """The trained model of the checkpoint at ``path``, on the CPU, whatever its class.

    Of a run's folder that is its best checkpoint, or else its last. The folder of a digit-wise run gives a model that
    draws each digit by the generator that was trained for it.

    Raises:
        UsageError: There is no checkpoint of a GAN at ``path``.
    """
    from pathlib import Path

    from gan_lightning.models import GAN
    from gan_lightning.models.digitwise import is_digitwise, load_digits
    from gan_lightning.storage.folders import checkpoint_in

    path = Path(path)
    return load_digits(path) if is_digitwise(path) else GAN.load_from_checkpoint(checkpoint_in(path, "best", "last"))
