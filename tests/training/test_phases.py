"""What a step does is known before it begins, and steps that do the same share a phase."""

from typing import ClassVar

import pytest

from gan_lightning.objectives import DISCRIMINATOR, GENERATOR, Penalty
from gan_lightning.training.phases import Phase, phase_of

D, G = DISCRIMINATOR, GENERATOR


class OnD(Penalty):
    def __call__(self, turn):
        raise AssertionError("phases ask for no value")


class OnBoth(OnD):
    players: ClassVar = (DISCRIMINATOR, GENERATOR)


class OnG(OnD):
    players: ClassVar = (GENERATOR,)


def test_players_take_turns_in_every_step_by_default():
    assert [phase_of(step, 1, []) for step in range(3)] == [Phase((D, G), ((), ()))] * 3


def test_the_generators_turn_is_in_the_last_of_several_steps():
    assert [phase_of(step, 3, []).players for step in range(6)] == [(D,), (D,), (D, G)] * 2


@pytest.mark.parametrize("discriminator_steps", [1, 3])
def test_a_lazy_term_of_the_discriminator_is_due_in_the_first_of_its_turns(discriminator_steps):
    terms = [OnD(every=1), OnD(every=4)]
    due = [phase_of(step, discriminator_steps, terms).terms(D) for step in range(9)]
    assert due == [(0, 1), (0,), (0,), (0,)] * 2 + [(0, 1)]


@pytest.mark.parametrize("discriminator_steps", [1, 3])
def test_a_lazy_term_of_both_players_counts_the_turns_of_each(discriminator_steps):
    terms = [OnBoth(every=4), OnG(every=2)]
    phases = [phase_of(step, discriminator_steps, terms) for step in range(8 * discriminator_steps)]
    assert [0 in phase.terms(D) for phase in phases] == [step % 4 == 0 for step in range(len(phases))]
    assert not any(1 in phase.terms(D) for phase in phases)
    turns = [phase.terms(G) for phase in phases if G in phase.players]
    assert turns == [(0, 1), (), (1,), ()] * 2


def test_steps_that_do_the_same_have_equal_phases_and_others_have_not():
    terms = [OnD(every=4), OnBoth(every=1)]
    phases = [phase_of(step, 3, terms) for step in range(24)]
    for a in range(12):
        assert phases[a] == phases[a + 12]
        assert hash(phases[a]) == hash(phases[a + 12])
    assert len(set(phases)) == 4  # with and without the lazy term, with and without the generator's turn
    assert phases[0] != phases[1] != phases[2] != phases[8]
