"""Small models, data and pictures, and a power cut, for tests."""

import os
import signal

import numpy as np
import torch
from lightning.pytorch import Callback
from PIL import Image

from gan_lightning.cli import main
from gan_lightning.cli.naming import snake_case
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


class PowerCut(Callback):
    """Kills its process and the one that started it before the batch whose number is in $POWER_CUT."""

    def on_train_batch_start(self, trainer, *_):
        if os.environ.get("POWER_CUT") == str(trainer.global_step):
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)


def advance(stream, batches):
    """Takes so many batches, epoch after epoch."""
    taken = 0
    while taken < batches:
        for _ in stream:
            taken += 1
            if taken == batches:
                break


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
    return folder / snake_case(model) / "version_0" / "checkpoints" / "last.ckpt"


def cell(picture, row, column, side=28):
    """The image (H, W, 3) there in a grid of enlarged images."""
    zoom = 64 // side
    size = zoom * side
    top, left = 2 + row * (size + 2), 2 + column * (size + 2)
    return picture[top : top + size : zoom, left : left + size : zoom]


def as_cell(image):
    """An image (C, H, W) as ``cell`` gives it."""
    return image.expand(3, -1, -1).permute(1, 2, 0).numpy()


def write_picture(path, size, seed=0, mode="RGB"):
    """A photograph-like picture: smooth, of any size (width, height)."""
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR).convert(mode).save(path)
    return path
