"""All that a step decides in Python, before it begins: whose turn it is, and which terms are due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, Penalty, PlayerName


class Phase(NamedTuple):
    """What a step does. Steps of one phase do the same, so a recording of one stands for all.

    Args:
        players: Whose turn it is, in order.
        due: For each of them the numbers of the terms that are added to its loss.
    """

    players: tuple[PlayerName, ...]
    due: tuple[tuple[int, ...], ...]

    def terms(self, player: PlayerName) -> tuple[int, ...]:
        """The numbers of the terms in a player's turn."""
        return self.due[self.players.index(player)]


def phase_of(step: int, discriminator_steps: int, terms: Sequence[Penalty]) -> Phase:
    """The phase of a step.

    Args:
        step: Counting from 0.
        discriminator_steps: The generator's turn is in the last of so many steps.
        terms: A term is due in the first of every ``every`` turns of each of its players.
    """
    turns: dict[PlayerName, int] = {DISCRIMINATOR: step}
    if (step + 1) % discriminator_steps == 0:
        turns[GENERATOR] = step // discriminator_steps
    due = (
        tuple(i for i, term in enumerate(terms) if player in term.players and turn % term.every == 0)
        for player, turn in turns.items()
    )
    return Phase(tuple(turns), tuple(due))
