"""Small models and data for tests that train."""

import torch

from gan_lightning.cli import main
from gan_lightning.data import MNISTDataModule
from gan_lightning.models import VanillaGAN

QUICK = [
    "--data.dataset=digits",
    "--data.batch_size=4",
    "--trainer.accelerator=cpu",
    "--trainer.max_epochs=1",
    "--trainer.limit_train_batches=2",
    "--trainer.limit_val_batches=1",
    "--trainer.log_every_n_steps=1",
    "--trainer.enable_progress_bar=false",
    "--metrics.num_images=150",
]
"""Options that make a run of the command line take two batches of four of the bundled digits."""


def tiny_model(**options):
    """A GAN that trains in milliseconds, the same at every call."""
    torch.manual_seed(0)
    return VanillaGAN(**{"latent_dim": 8, "hidden_dims": [16, 32], **options})


def tiny_data(**options):
    """8 batches of 16 of the bundled digits."""
    return MNISTDataModule(**{"dataset": "digits", "samples_per_class": 13, "batch_size": 16, **options})


def train_from_command_line(folder, model, *options):
    """Trains a tiny fully connected ``model`` for two batches; gives its checkpoint in a run below ``folder``."""
    main(
        [
            "fit",
            f"--model={model}",
            "--model.latent_dim=8",
            "--model.hidden_dims=[16,32]",
            "--data.dataset=digits",
            *options,
            "--trainer.max_steps=2",
            "--trainer.limit_val_batches=1",
            "--trainer.accelerator=cpu",
            "--trainer.enable_progress_bar=false",
            f"--trainer.logger.save_dir={folder}",
        ]
    )
    return folder / "gan" / "version_0" / "checkpoints" / "last.ckpt"
