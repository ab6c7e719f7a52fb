"""Terms that give the discriminator a second task, by a head of its own, which the generator shares."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gan_lightning.errors import UsageError
from gan_lightning.networks import CodedPrior, Discriminator, Generator, Prior
from gan_lightning.objectives.base import DISCRIMINATOR, GENERATOR, Penalty, Turn
from gan_lightning.schedules import Schedule


def check_unpacked(term: Penalty, discriminator: Discriminator) -> None:
    """Raises UsageError where the discriminator scores packs, which have no class or code of their own."""
    if discriminator.pack > 1:
        raise UsageError(
            f"{type(term).__name__} asks for each image, and the discriminator sees packs of {discriminator.pack}: "
            "give --model.discriminator.pack 1"
        )


class AuxiliaryClassifier(Penalty):
    """Cross-entropy of the classes that D sees in real and in generated images (AC-GAN, arXiv:1610.09585).

    Odena et al. 2017: both players minimise it, D for both kinds of images, G for its own. It takes a conditional
    generator; D has a head ``classes`` for it.
    """

    players = (DISCRIMINATOR, GENERATOR)

    def attach(self, discriminator: Discriminator, generator: Generator, prior: Prior) -> None:
        if not generator.num_classes:
            raise UsageError(
                "AuxiliaryClassifier takes a conditional generator: give one, such as --model.generator.conditioning "
                "one_hot, and data with classes"
            )
        check_unpacked(self, discriminator)
        discriminator.add_head("classes", generator.num_classes)

    def __call__(self, turn: Turn) -> Tensor:
        value = F.cross_entropy(turn.fake_scores.heads["classes"], turn.labels)
        if turn.player == DISCRIMINATOR:
            assert turn.real_scores is not None
            value = value + F.cross_entropy(turn.real_scores.heads["classes"], turn.labels)
        return value


class MutualInformation(Penalty):
    """A lower bound on how much an image says of the code that it was drawn from (InfoGAN, arXiv:1606.03657).

    Chen et al. 2016: the codes of a ``CodedPrior`` are predicted from generated images by a head ``codes`` of D; both
    players minimise the cross-entropy of each categorical code plus ``continuous_weight`` times the negative
    log-likelihood of the continuous ones under normals of variance 1, up to a constant.

    Args:
        weight: What its value is multiplied by; a schedule changes it over the images seen.
        every: The term is added in every so many turns of each player, with its weight times as large.
        continuous_weight: Weight of the continuous codes beside the categorical ones.
    """

    players = (DISCRIMINATOR, GENERATOR)

    def __init__(self, weight: float | Schedule = 1.0, every: int = 1, continuous_weight: float = 0.1) -> None:
        super().__init__(weight, every)
        self.continuous_weight = continuous_weight
        self.prior: CodedPrior | None = None

    def attach(self, discriminator: Discriminator, generator: Generator, prior: Prior) -> None:
        if not isinstance(prior, CodedPrior):
            raise UsageError("MutualInformation takes latents with codes: give --model.prior CodedPrior")
        check_unpacked(self, discriminator)
        self.prior = prior
        discriminator.add_head("codes", prior.code_dim)

    def __call__(self, turn: Turn) -> Tensor:
        assert self.prior is not None
        codes, found = (self.prior.codes(x) for x in (turn.fake.latents, turn.fake_scores.heads["codes"]))
        value = torch.zeros((), device=turn.labels.device)
        for code, prediction in zip(codes.categorical, found.categorical, strict=True):
            value = value + F.cross_entropy(prediction, code.argmax(dim=1))
        errors = 0.5 * (found.continuous - codes.continuous).square().sum(dim=1)
        return value + self.continuous_weight * errors.mean()
