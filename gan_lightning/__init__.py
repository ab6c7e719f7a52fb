"""GAN Lightning: a research template for GANs on small images, built on PyTorch Lightning.

    python -m gan_lightning fit --config configs/dcgan.yaml
    python -m gan_lightning generate --ckpt_path runs/dcgan/version_0/checkpoints/last.ckpt

In Python, ``gan_lightning.load(path).sample(16)`` draws from a trained model, and
``gan_lightning.load("conditional_dcgan")`` is one that comes with the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gan_lightning.sampling.generative import GenerativeModel

__version__ = "0.1.0"


def load(path: str | Path) -> GenerativeModel:
    """A trained model, on the CPU, whatever its class; no code that its file names is run.

    Args:
        path: A checkpoint; the folder of a run, of which that is its best checkpoint or else its last; the folder of a
            digit-wise run, whose model draws each digit by the generator that was trained for it; a .safetensors file
            that ``export`` wrote. Text may also be the name of a generator that comes with the package, such as
            conditional_dcgan, or user/name of one on the Hugging Face hub.

    Raises:
        UsageError: There is none.
    """
    from gan_lightning.sharing.names import locate
    from gan_lightning.sharing.trained import load_trained

    return load_trained(locate(path))
