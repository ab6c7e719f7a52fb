"""Terms that are added to a player's loss, and what they are computed from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from gan_lightning.checkpoints.rebuildable import Rebuildable
from gan_lightning.errors import UsageError
from gan_lightning.networks import Discriminator, Draw, Generator, Prior, Scores
from gan_lightning.schedules import Schedule, value_at

PlayerName = Literal["discriminator", "generator"]
DISCRIMINATOR: PlayerName = "discriminator"
GENERATOR: PlayerName = "generator"


@dataclass
class Turn:
    """What a player's loss and its terms are computed from. Nothing in it is changed by them.

    Args:
        player: Whose turn it is.
        score: The door to the discriminator: from images (N, C, H, W) and labels (N,) to scores.
        real: Real images (N, C, H, W).
        labels: Their labels (N,), which the fakes have, too.
        fake: The generator's images with what they were drawn from; without its gradient in the discriminator's turn.
        real_scores: Of the real images; None in the generator's turn unless the loss pairs.
        fake_scores: Of the fakes.
    """

    player: PlayerName
    score: Callable[[Tensor, Tensor], Scores]
    real: Tensor
    labels: Tensor
    fake: Draw
    real_scores: Scores | None
    fake_scores: Scores

    @cached_property
    def image_gradients(self) -> dict[str, Tensor]:
        """The gradients (N, C, H, W) of the logits with respect to the images, "real" or "fake", that terms ask for.

        All in one backward pass. They can be differentiated again.
        """
        images = {"real": self.real, "fake": self.fake.images}
        scores = {"real": self.real_scores, "fake": self.fake_scores}
        asked = [side for side, tensor in images.items() if tensor.is_leaf and tensor.requires_grad]
        total = torch.stack([found.logits.sum() for side in asked if (found := scores[side])]).sum()
        gradients = torch.autograd.grad(total, [images[side] for side in asked], create_graph=True)
        return dict(zip(asked, gradients, strict=True))


class Penalty(Rebuildable, ABC):
    """A term of the discriminator's loss, the generator's or both: ``weight`` times the value of a ``Turn``.

    Args:
        weight: What its value is multiplied by; a schedule changes it over the images seen.
        every: The term is added in every so many turns of its player, with its weight times as large.

    Raises:
        UsageError: The weight is negative or not finite, or ``every`` is less than 1.
    """

    players: ClassVar[tuple[PlayerName, ...]] = (DISCRIMINATOR,)
    """In whose turns it is added."""
    differentiates: ClassVar[tuple[str, ...]] = ()
    """The images at which it takes ``Turn.image_gradients``."""
    second_order = False
    """Whether it differentiates a gradient, which compiled networks cannot."""

    def __init__(self, weight: float | Schedule = 1.0, every: int = 1) -> None:
        if not 0 <= value_at(weight, 0) < float("inf"):
            raise UsageError(f"the weight of {type(self).__name__} must be a finite number from 0 up, not {weight}")
        if every < 1:
            raise UsageError(f"{type(self).__name__} is added every so many turns, at least 1, not {every}")
        self.weight, self.every = weight, every

    @abstractmethod
    def __call__(self, turn: Turn) -> Tensor:
        """The term's value (), before its weight."""

    def attach(self, discriminator: Discriminator, generator: Generator, prior: Prior) -> None:
        """Adds the heads of the discriminator that the term takes. Called once, when the model is built.

        Raises:
            UsageError: The networks do not fit.
        """

    def observe(self, real_logit: Tensor, fake_logit: Tensor) -> None:
        """Told the mean logits () of each discriminator's turn, once it is over."""

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs of it."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from ``state_dict()``."""


def listed(penalties: Sequence[Penalty] | Penalty | None) -> list[Penalty]:
    """The terms as a list, of several, of one or of none."""
    return [penalties] if isinstance(penalties, Penalty) else list(penalties or [])


def named_terms(penalties: Sequence[Penalty]) -> dict[str, Penalty]:
    """Terms by the names of their classes, which are numbered where there are several of one."""
    named: dict[str, Penalty] = {}
    for term in penalties:
        name = type(term).__name__
        count = sum(type(other) is type(term) for other in named.values())
        named[f"{name}_{count + 1}" if count else name] = term
    return named
