"""The two loops that ``fit`` is compared with: its own step without Lightning, and the tutorials' loop."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import datasets, transforms

from gan_lightning.data import ImageDataModule, MNISTDataModule
from gan_lightning.models import GAN
from gan_lightning.networks.layers import Dropout
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.training.graphs import GraphedSteps, make_capturable, not_capturable
from gan_lightning.training.players import plain_players

Network = TypeVar("Network", bound=nn.Module)

TORCHVISION = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST"}
"""Data sets that the textbook loop reads as tutorials do."""


class BareLoop:
    """The model's step on batches from memory: no trainer, no callbacks, no logger.

    Args:
        model: A model of its own, on the device; it is trained.
        data: Its data.
        precision: A context for each step, such as autocast's.
        graphed: Whether its steps are recorded as CUDA graphs, if its optimisers can be.
    """

    def __init__(
        self, model: GAN, data: ImageDataModule, precision: Callable[[], AbstractContextManager], graphed: bool = False
    ) -> None:
        self.model, self.precision = model.train(), precision
        self.optimizers = [parts["optimizer"] for parts in model.configure_optimizers()]
        model.prepare_training(plain_players(self.optimizers, **model.player_options), model.device)
        if graphed and not not_capturable(self.optimizers):
            for optimizer in self.optimizers:
                make_capturable(optimizer, model.device)
            model.step = GraphedSteps(model.alternate)
        options = {"batch_size": data.batch_size, "value_range": data.value_range, "seed": data.seed}
        self.batches = endless(data.batches(True, shuffle=True, device=model.device, **options))
        self.taken = 0

    def run(self, steps: int) -> None:
        """Takes so many steps."""
        for _ in range(steps):
            batch = next(self.batches)
            with self.precision():
                self.model.take_step(batch, self.taken)
            self.taken += 1


class TextbookLoop:
    """The loop that most tutorials teach, over copies of the same networks and in float32.

    Images are read one by one from torchvision's data set, fakes are generated once for each player, the
    discriminator's gradients are computed in the generator's step as well, both losses are read in each step, and
    nothing is averaged. It trains the same networks on the same data with the same settings of Adam.

    Args:
        model: Whose networks and learning rates it takes; it is left as it is.
        data: Its data.
        device: Where it trains.
    """

    def __init__(self, model: GAN, data: ImageDataModule, device: torch.device) -> None:
        self.generator = textbook_network(model.generator).to(device)
        self.discriminator = textbook_network(model.discriminator).to(device)
        self.device, self.latent_dim = device, model.generator.latent_dim
        self.batch_size = data.batch_size
        self.sampler = GenerativeModel(self.generator, False, model.value_range, model.classes)
        """The generator, as it is, to be sampled as that of a model is."""
        loader = DataLoader(pictures(data), batch_size=data.batch_size, shuffle=True, drop_last=True)
        self.batches = endless(loader)
        rates = [parts["optimizer"].param_groups[0]["lr"] for parts in model.configure_optimizers()]
        players: tuple[nn.Module, ...] = self.discriminator, self.generator
        self.optimizers = [
            torch.optim.Adam(player.parameters(), lr=rate, betas=(0.5, 0.999))
            for player, rate in zip(players, rates, strict=True)
        ]
        self.criterion = nn.BCEWithLogitsLoss()
        self.losses: list[tuple[float, float]] = []

    def run(self, steps: int) -> None:
        """Takes so many steps."""
        discriminator_optimizer, generator_optimizer = self.optimizers
        for _ in range(steps):
            real, labels = (part.to(self.device) for part in next(self.batches))
            ones, zeros = torch.ones(len(real), device=self.device), torch.zeros(len(real), device=self.device)

            fake = self.generator(self.noise(len(real)), labels)
            discriminator_loss = self.criterion(self.discriminator(real, labels), ones)
            discriminator_loss += self.criterion(self.discriminator(fake.detach(), labels), zeros)
            discriminator_optimizer.zero_grad()
            discriminator_loss.backward()
            discriminator_optimizer.step()

            fake = self.generator(self.noise(len(real)), labels)
            generator_loss = self.criterion(self.discriminator(fake, labels), ones)
            generator_optimizer.zero_grad()
            generator_loss.backward()
            generator_optimizer.step()

            self.losses.append((discriminator_loss.item(), generator_loss.item()))

    def noise(self, count: int) -> Tensor:
        """Latents (count, latent_dim)."""
        return torch.randn(count, self.latent_dim, device=self.device)


def textbook_network(network: Network) -> Network:
    """A copy as a tutorial has it: channels first in memory, and torch's own dropout."""
    network = copy.deepcopy(network)
    network.to(memory_format=torch.contiguous_format).train()  # in place
    for layer in network.modules():
        if isinstance(layer, Dropout):
            layer.__class__ = nn.Dropout  # type: ignore[assignment]
    return network


class Pictures(Dataset):
    """Images in memory, handed out one by one as torchvision's data sets do it.

    Args:
        data: A data module.
        transform: From a PIL image to what is handed out.
    """

    def __init__(self, data: ImageDataModule, transform: Callable[[Image.Image], Tensor]) -> None:
        self.images, self.labels = data.images(train=True)
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[index].movedim(0, -1).squeeze(-1).numpy())
        return self.transform(picture), int(self.labels[index])


def pictures(data: ImageDataModule) -> Dataset:
    """The training split as torchvision's own data set where it is one, otherwise as ``Pictures``."""
    low, high = data.value_range
    channels = data.image_shape[0]
    std = 1 / (high - low)
    normalize = transforms.Normalize([-low * std] * channels, [std] * channels)
    transform = transforms.Compose([transforms.ToTensor(), normalize])
    own = Pictures(data, transform)
    if isinstance(data, MNISTDataModule) and data.dataset in TORCHVISION and data.image_size == data.source.image_size:
        whole = getattr(datasets, TORCHVISION[data.dataset])(data.root, train=True, transform=transform)
        return whole if len(whole) == len(own) else own
    return own


def endless(batches: Iterable[Any]) -> Iterator[Any]:
    """Epoch after epoch."""
    while True:
        yield from batches
