"""What the discriminator of a model says of images."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.app.reference import Reference, real_images
from gan_lightning.data.loader import to_float
from gan_lightning.models import GAN
from gan_lightning.sampling.generative import GenerativeModel


def verdicts(model: GenerativeModel, images: Tensor, labels: Tensor) -> Tensor | None:
    """D(x), as training logs it, of images uint8 (N, C, H, W) with labels (N,): float32 (N,).

    It is a probability where the loss makes it one, otherwise the logit. None where the model has no discriminator, as
    a digit-wise one, or one that scores several images together.
    """
    if not isinstance(model, GAN) or model.discriminator.pack > 1:
        return None
    with torch.no_grad():
        return model.loss.score(model.score(to_float(images, model.value_range), labels).logits).float()


def comparison(model: GenerativeModel, said: Tensor | None, labels: Tensor, reference: Reference) -> str:
    """A sentence on the verdicts ``said`` (N,) of generated images, beside those of as many real ones, if at hand."""
    if said is None:
        return ""
    conditional = model.generator.num_classes > 0
    real = real_images(reference, len(said), labels if conditional else None)
    sentence = f"Below each image is the discriminator's verdict: {said.mean():.2f} on average"
    if real is not None:
        images, known = real
        known = torch.zeros(len(images), dtype=torch.int64) if known is None else known
        of_real = verdicts(model, images, known)
        assert of_real is not None
        sentence += f", and {of_real.mean():.2f} of real images"
    return f"{sentence}. Higher is more real."
