"""The doors to the two networks. Training, validation and penalties use no other way in."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.augment import Augmentation
from gan_lightning.networks import Discriminator, Draw, Generator, Scores, StyledGenerator, in_packs
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.training.adaptation import Adaptation


class Doors(GenerativeModel):
    """A generator that is asked by ``draw``, and a discriminator that is asked by ``score``."""

    discriminator: Discriminator
    augment: Augmentation | None
    adaptation: Adaptation | None = None
    """How strongly images are augmented, if that adapts."""

    def draw_latents(self, count: int, random: torch.Generator | None = None) -> Tensor:
        """Latents (count, latent_dim) of the prior, on the device, in the precision that is computed in."""
        return self.prior.sample(count, self.generator.latent_dim, device=self.device, generator=random)

    def draw(self, labels: Tensor, latents: Tensor | None = None, generator: Generator | None = None) -> Draw:
        """The generator's images for labels (N,), with what they were drawn from: the only door to it.

        Args:
            labels: What to draw; an unconditional generator ignores them.
            latents: (N, latent_dim); fresh ones of the prior by default.
            generator: The averaged generator, in place of the one that is trained.
        """
        generator = generator or self.generator
        latents = self.draw_latents(len(labels)) if latents is None else latents
        if isinstance(generator, StyledGenerator):
            styles = generator.styles(latents, labels)
            return Draw(generator.synthesize(styles), labels, latents, styles)
        return Draw(generator(latents, labels), labels, latents)

    def score(self, images: Tensor, labels: Tensor) -> Scores:
        """What the discriminator says of images (N, C, H, W) with labels (N,): the only door to it."""
        return self._ask(self._shown(images), labels)

    def score_both(self, real: Tensor, fake: Tensor, labels: Tensor) -> tuple[Scores, Scores]:
        """``score`` of real images and of fakes, in one pass where the discriminator does not mix a batch."""
        if self.discriminator.mixes_batch:
            return self.score(real, labels), self.score(fake, labels)
        scores = self._ask(torch.cat([self._shown(real), self._shown(fake)]), labels.repeat(2))
        halves = [{"logits": scores.logits, **scores.heads}, {}]
        for name, both in list(halves[0].items()):
            halves[0][name], halves[1][name] = both.chunk(2)
        real_scores, fake_scores = (Scores(half.pop("logits"), half) for half in halves)
        return real_scores, fake_scores

    def _shown(self, images: Tensor) -> Tensor:
        """The images as the discriminator sees them: augmented while training, and in packs."""
        if self.augment is not None and self.training:
            images = self.augment(images, 1.0 if self.adaptation is None else self.adaptation.p)
        return in_packs(images, self.discriminator.pack)

    def _ask(self, shown: Tensor, labels: Tensor) -> Scores:
        said = self.discriminator(shown, labels)
        return said if isinstance(said, Scores) else Scores(said)
