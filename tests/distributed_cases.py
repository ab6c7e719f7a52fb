"""Run as a script by test_distributed_objectives.py: trains every case, as one process or as one of two.

python distributed_cases.py OUTPUT_FOLDER, with LOCAL_RANK, MASTER_ADDR and MASTER_PORT for one of two.
"""

import os
import sys
from functools import partial
from pathlib import Path

import torch
from helpers import tiny_data
from lightning.pytorch import Callback, Trainer
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.overrides import TorchFunctionMode

from gan_lightning.augment import AdaptiveAugment, DiffAugment
from gan_lightning.models import ACGAN, DCGAN, GAN, ConditionalDCGAN, ConditionalGAN, InfoGAN
from gan_lightning.networks import (
    CodedPrior,
    MLPDiscriminator,
    MLPGenerator,
    ResidualDiscriminator,
    ResidualGenerator,
    StyleDiscriminator,
    StyleGenerator,
)
from gan_lightning.objectives import (
    DRAGAN,
    R1,
    R2,
    AuxiliaryClassifier,
    GradientPenalty,
    Hinge,
    LeastSquares,
    LeCam,
    Minimax,
    MutualInformation,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from gan_lightning.schedules import Cosine, Linear
from gan_lightning.training.distributed import average_gradients
from gan_lightning.training.optim import Adam
from gan_lightning.training.players import PLAYERS
from gan_lightning.training.seeding import seed_device, step_seed

BATCH = 16
"""Images of all processes."""

STEPS = 5


def mlp(*penalties, conditioning="none", discriminator=None, **options):
    """A GAN of two small fully connected networks without batch norm or dropout."""
    sizes = {"num_classes": 10, "hidden_dims": [16, 8]}
    generator = MLPGenerator(8, batch_norm=False, conditioning=conditioning, **sizes)
    return GAN(generator, MLPDiscriminator(dropout=0.0, **sizes, **discriminator or {}), penalties=penalties, **options)


def residual(*penalties, **options):
    generator = ResidualGenerator(8, num_classes=10, width=8, conditioning="embedding")
    return GAN(generator, ResidualDiscriminator(num_classes=10, width=8), penalties=penalties, **options)


def style(*penalties, **options):
    generator = StyleGenerator(8, num_classes=10, width=4, conditioning="embedding")
    discriminator = StyleDiscriminator(num_classes=10, width=4, conditioning="projection")
    return GAN(generator, discriminator, penalties=penalties, **options)


LOSSES = [NonSaturating, Minimax, LeastSquares, Hinge, Wasserstein, Relativistic]

ALIKE = {loss.__name__: partial(mlp, loss=loss()) for loss in LOSSES} | {
    "R1 and R2": partial(mlp, R1(), R2()),
    "R1 in every other turn": partial(mlp, R1(every=2)),
    "gradient penalty": partial(mlp, GradientPenalty()),
    "LeCam": partial(mlp, LeCam(1.0, decay=0.5)),
    "classes": partial(mlp, AuxiliaryClassifier(), conditioning="one_hot"),
    "classes in every other turn": partial(mlp, AuxiliaryClassifier(every=2), conditioning="one_hot"),
    "codes": partial(mlp, MutualInformation(), prior=CodedPrior([3], 2)),
    "projection": partial(mlp, conditioning="embedding", discriminator={"conditioning": "projection"}),
    "packs": partial(mlp, discriminator={"pack": 2}),
    "spectral norm": partial(mlp, discriminator={"spectral_norm": True}),
    "augmentation": partial(mlp, augment=DiffAugment()),
    "adaptive augmentation": partial(mlp, augment=AdaptiveAugment(speed=100, every=2)),
    "two turns of D": partial(mlp, R1(), discriminator_steps=2),
    "parts of a batch": partial(mlp, R1(every=2), R2(), loss=Relativistic(), micro_batches=2),
    "clipping": partial(mlp, gradient_clip_norm=0.1, weight_clip=0.05),
    "no average": partial(mlp, ema_half_life=None),
    "schedules": partial(
        mlp,
        R1(Cosine(start=1.0, end=0.1, images=50)),
        ema_half_life=Linear(start=10, end=100, images=60),
        learning_rate_schedule=Linear(start=1.0, end=0.5, images=60),
        beta2_schedule=Linear(start=0.9, end=0.99, images=60),
    ),
    "residual pair": partial(residual, R1(), R2(), loss=Relativistic()),
    "style-based pair": partial(style, R1(every=2)),
}
"""What two processes train as one does."""

MIXED = {
    "DRAGAN": partial(mlp, DRAGAN()),
    "dropout": partial(ConditionalGAN, latent_dim=8, hidden_dims=[16, 8]),
    **{kind.__name__: partial(kind, width=2, latent_dim=16) for kind in (DCGAN, ConditionalDCGAN, ACGAN, InfoGAN)},
}
"""What each process computes from its own images: a deviation, a batch norm, and fakes of one half of the batch."""


class WholeBatch(TorchFunctionMode):
    """Draws random numbers for the images of all processes, and gives those of this process's images."""

    def __init__(self, rank, world_size):
        super().__init__()
        self.rank, self.world_size = rank, world_size

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is torch.randn_like:
            function, args = torch.randn, tuple(args[0].shape)
        if function in (torch.rand, torch.randn):
            return self.share(function(args[0] * self.world_size, *args[1:], **kwargs or {}))
        if function is torch.randint:
            *bounds, (count, *shape) = args
            return self.share(function(*bounds, (count * self.world_size, *shape), **kwargs or {}))
        return function(*args, **kwargs or {})

    def share(self, numbers):
        return numbers.chunk(self.world_size)[self.rank]


class SameDraws(Callback):
    """Has one process see the images in the order of two, and both draw what one does."""

    def on_train_batch_start(self, trainer, model, batch, batch_idx):
        if trainer.world_size == 1:
            for part in batch:
                part.copy_(torch.cat([part[0::2], part[1::2]]))
        model.seed_for = lambda use: seed_device(step_seed(use, model.seed, 0, model.images_seen), model.device)
        self.mode = WholeBatch(trainer.global_rank, trainer.world_size)
        self.mode.__enter__()

    def on_train_batch_end(self, *_):
        self.mode.__exit__(None, None, None)


class Traffic(Callback):
    """The bytes of the exchanges before each optimiser's step: those of DDP's buckets, and others."""

    def __init__(self):
        self.buckets, self.others, self.all_reduce = [0], [0], torch.distributed.all_reduce

    def on_train_start(self, trainer, model):
        trainer.strategy.model.register_comm_hook(torch.distributed.group.WORLD, self.send_bucket)
        torch.distributed.all_reduce = self.send

    def send_bucket(self, group, bucket):
        self.buckets[-1] += bucket.buffer().nbytes
        return allreduce_hook(group, bucket)

    def send(self, tensor, *args, **options):
        self.others[-1] += tensor.nbytes
        return self.all_reduce(tensor, *args, **options)

    def on_before_optimizer_step(self, *_):
        self.buckets.append(0)
        self.others.append(0)

    def on_train_end(self, *_):
        torch.distributed.all_reduce = self.all_reduce


def train(make, devices, *callbacks):
    """Trains a case; gives what is left of it."""
    torch.manual_seed(0)
    adam = partial(Adam, lr=2e-3)
    model = make(generator_optimizer=adam, discriminator_optimizer=adam)
    trainer = Trainer(
        accelerator="cpu",
        devices=devices,
        strategy="ddp" if devices > 1 else "auto",
        precision="64-true",
        max_steps=STEPS,
        limit_val_batches=0,
        callbacks=list(callbacks),
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
    trainer.fit(model, tiny_data(batch_size=BATCH // devices))
    left = dict(model.state_dict())
    for player, optimizer in zip(PLAYERS, trainer.optimizers, strict=True):
        for index, state in optimizer.state_dict()["state"].items():
            left |= {f"{player} {index} {key}": value for key, value in state.items()}
    left |= {f"{term} {key}": value for term, part in model.terms.items() for key, value in part.state_dict().items()}
    if model.adaptation is not None:
        left["p"] = model.adaptation.p
    return left


def exchanged(model):
    """What each player's step exchanges, and how many numbers its gradient has: bytes, bytes, numbers, tensors."""
    traffic = Traffic()
    train(model, 2, traffic)
    networks = model().discriminator, model().generator
    sizes = [(sum(p.numel() for p in net.parameters()), len(list(net.parameters()))) for net in networks]
    return {"buckets": traffic.buckets, "others": traffic.others, "sizes": sizes}


def reached_by_one(rank):
    """The gradients of three parameters of which each process reaches one, and nobody the last."""
    parameters = [torch.zeros(2, requires_grad=True) for _ in range(3)]
    parameters[rank].grad = torch.full((2,), 4.0)
    average_gradients(parameters)
    return [parameter.grad for parameter in parameters]


def main():
    folder, rank = Path(sys.argv[1]), int(os.environ.get("LOCAL_RANK", 0))
    devices = 2 if "LOCAL_RANK" in os.environ else 1
    left = {name: train(make, devices, SameDraws()) for name, make in ALIKE.items()}
    if devices > 1:
        left |= {name: train(make, devices) for name, make in MIXED.items()}
        left |= {"exchanged": exchanged(ALIKE["parts of a batch"]), "reached by one": reached_by_one(rank)}
    torch.save(left, folder / f"{devices}_{rank}.pt")


if __name__ == "__main__":
    main()
