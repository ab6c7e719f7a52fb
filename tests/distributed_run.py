"""Run as a script by test_distributed.py: trains on two processes of this machine, and once on one for comparison.

python distributed_run.py OUTPUT_FOLDER
"""

import sys
from functools import partial
from pathlib import Path

import torch
from helpers import tiny_data
from lightning.pytorch import Callback, Trainer

from gan_lightning.callbacks import LastCheckpoint, SampleGrid
from gan_lightning.models import DCGAN, VanillaGAN

OUTPUT = Path(sys.argv[1])


class LatentsFromImages(VanillaGAN):
    """Latents that depend on the image beside them, so that two processes and one draw the same set."""

    def training_step(self, batch, batch_idx):
        self.real = batch[0]
        super().training_step(batch, batch_idx)

    def draw_latents(self, count, random=None):
        return self.real.flatten(1)[:, 300:308] if random is None else super().draw_latents(count, random)


class Record(Callback):
    """Noise, the labels and the buffers that this process saw."""

    def __init__(self):
        self.labels, self.noise, self.buffers, self.before = [], [], [], []

    def on_train_batch_start(self, trainer, model, batch, batch_idx):
        self.labels.append(batch[1])

    def on_train_batch_end(self, *_):
        self.noise.append(torch.randn(4))  # goes on where the step's own noise ended

    def on_validation_start(self, trainer, model):  # before the module's own hook
        self.before = [buffer.clone() for buffer in model.buffers()]

    def on_validation_epoch_start(self, trainer, model):
        self.buffers = [buffer.clone() for buffer in model.buffers()]


def trainer(folder, **options):
    return Trainer(
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        default_root_dir=OUTPUT / folder,
        **options,
    )


class SaveState(Callback):
    def __init__(self, name):
        self.name = name

    def on_train_end(self, trainer, model):
        (record,) = (callback for callback in trainer.callbacks if isinstance(callback, Record))
        torch.save(
            {
                "state": model.state_dict(),
                "labels": torch.stack(record.labels),
                "noise": torch.stack(record.noise),
                "buffers": record.buffers,
                "before": record.before,
                "wrote_pictures": any(isinstance(c, SampleGrid) and c.path for c in trainer.callbacks),
                "images_seen": model.images_seen,
                "global_step": trainer.global_step,
                "d_loss": trainer.callback_metrics.get("train/discriminator_loss"),
            },
            OUTPUT / f"{self.name}_{trainer.global_rank}.pt",
        )


def main():
    for name, devices, batch_size in (("two", 2, 8), ("one", 1, 16)):
        torch.manual_seed(0)
        sgd = partial(torch.optim.SGD, lr=0.05)
        model = LatentsFromImages(
            latent_dim=8,
            hidden_dims=[16, 32],
            batch_norm=False,
            dropout=0.0,
            generator_optimizer=sgd,
            discriminator_optimizer=sgd,
        )
        fit = trainer(
            name,
            max_steps=3,
            precision="64-true",
            enable_checkpointing=False,
            strategy="ddp_fork" if devices > 1 else "auto",
            devices=devices,
            log_every_n_steps=1,
            callbacks=[Record(), SaveState(name)],
        )
        fit.fit(model, tiny_data(batch_size=batch_size))

    torch.manual_seed(0)
    model = DCGAN(width=4, latent_dim=4)
    callbacks = [Record(), SaveState("dcgan"), SampleGrid(), LastCheckpoint()]
    fit = trainer("dcgan", max_epochs=1, strategy="ddp_fork", devices=2, callbacks=callbacks)
    fit.fit(model, tiny_data(batch_size=8))


if __name__ == "__main__":
    main()
