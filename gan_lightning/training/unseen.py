"""What validation, test and prediction do with images that are not trained on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_lightning.networks.modes import batch_statistics
from gan_lightning.objectives import AdversarialLoss
from gan_lightning.training.doors import Doors
from gan_lightning.training.seeding import stream_seed

Batch = tuple[Tensor, Tensor]
"""Images and labels."""


class UnseenImages(Doors):
    """Logs both losses and D's outputs for unseen images, and draws as many samples as there are."""

    loss: AdversarialLoss

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        """The batch; of images alone, which an unconditional model can do with, a pair of them and of labels 0."""
        alone = batch[0] if isinstance(batch, (tuple, list)) and len(batch) == 1 else batch
        if not isinstance(alone, Tensor) or self.generator.num_classes:
            return batch
        return alone, torch.zeros(len(alone), dtype=torch.int64, device=alone.device)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self._log_values("val", batch, batch_idx)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self._log_values("test", batch, batch_idx)

    def _log_values(self, split: str, batch: Batch, batch_idx: int) -> None:
        """Both losses and D's outputs for unseen images and for fakes from latents that are the same each time."""
        real, labels = batch
        seed = stream_seed("validation", batch_idx, self.global_rank)
        latents = self.draw_latents(len(real), torch.Generator(self.device).manual_seed(seed))
        fake = self.draw(labels, latents, self.sampling_generator).images
        with batch_statistics(self.discriminator):
            real_logits, fake_logits = (scores.logits for scores in self.score_both(real, fake, labels))
        values = {
            "discriminator_loss": self.loss.discriminator(real_logits, fake_logits),
            "generator_loss": self.loss.generator(fake_logits, real_logits),
            "d_real": self.loss.score(real_logits).mean(),
            "d_fake": self.loss.score(fake_logits).mean(),
        }
        named = {f"{split}/{name}": value for name, value in values.items()}
        self.log_dict(named, batch_size=len(real), sync_dist=True)

    def predict_step(self, batch: Batch, batch_idx: int) -> Batch:
        """As many samples as the batch has images, uint8, with the batch's labels."""
        _, labels = batch
        seed = stream_seed("prediction", batch_idx, self.global_rank)
        return self.sample(len(labels), labels.tolist() if self.generator.num_classes else None, seed), labels
