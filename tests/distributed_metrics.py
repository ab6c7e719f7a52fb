"""Run as a script by test_distributed.py: measures a generator on two processes of this machine, and on one.

python distributed_metrics.py OUTPUT_FOLDER
"""

import sys
from pathlib import Path

import torch
from helpers import tiny_data
from lightning.pytorch import Callback, Trainer

from gan_lightning.callbacks import QualityMetrics
from gan_lightning.models import ConditionalGAN

OUTPUT = Path(sys.argv[1])


class SaveLogged(Callback):
    """What this process logged."""

    def __init__(self, name):
        self.name = name

    def on_test_end(self, trainer, model):
        logged = {key: float(value) for key, value in trainer.callback_metrics.items()}
        torch.save(logged, OUTPUT / self.name / f"rank_{trainer.global_rank}.pt")


def main():
    for devices in (1, 2):
        for num_images in (100, 1000):  # of 100, which is one batch, one of the processes draws none
            name = f"{num_images}_images_{devices}_devices"
            torch.manual_seed(0)
            model = ConditionalGAN(latent_dim=8, hidden_dims=[16, 32])
            Trainer(
                accelerator="cpu",
                logger=False,
                enable_progress_bar=False,
                enable_checkpointing=False,
                use_distributed_sampler=False,
                default_root_dir=OUTPUT / name,
                devices=devices,
                strategy="ddp_fork" if devices > 1 else "auto",
                callbacks=[QualityMetrics(num_images), SaveLogged(name)],
            ).test(model, tiny_data(), verbose=False)


if __name__ == "__main__":
    main()
