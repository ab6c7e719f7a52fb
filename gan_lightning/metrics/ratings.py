"""Excellent, Good or Needs improvement: a run in a word, by rules that are written down here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

EXCELLENT, GOOD, NEEDS_IMPROVEMENT = "Excellent", "Good", "Needs improvement"

SMOOTHING = 0.7
"""Weight of the past in the smoothed loss, which so follows the last three epochs or so; single ones jump."""

BALANCED_LOSS = 3.0
"""Up to here the discriminator gives fakes a probability of 5 % or more (softplus(-D) = 3): the players are a match."""

LOPSIDED_LOSS = 5.0
"""From here on it gives them less than 0.7 %: the generator hardly learns, and mode collapse is near."""

EXCELLENT_ACCURACY = 0.95
"""A person errs on a few per cent of hasty handwriting, so what is drawn is as clear as what is written."""

GOOD_ACCURACY = 0.8
"""Four of five images are what they should be."""

EXCELLENT_RATIO = 10.0
"""The Fréchet distance is at most so many times that of real images: differences are hard to see in a grid."""

GOOD_RATIO = 100.0
"""Up to here images are mostly legible, with strokes broken or in excess."""


def smooth(losses: Sequence[float]) -> float:
    """The exponential average of the losses, whose last one counts most; it starts at the first."""
    average = losses[0]
    for loss in losses[1:]:
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
    return average


def quick_rating(generator_losses: Sequence[float]) -> str:
    """A rating while training, from the generator's non-saturating loss in each epoch so far.

    The loss says whether the players are a match, and not how good the images are: ``final_rating`` measures that.
    """
    loss = smooth(generator_losses)
    return EXCELLENT if loss <= BALANCED_LOSS else GOOD if loss <= LOPSIDED_LOSS else NEEDS_IMPROVEMENT


def final_rating(figures: Mapping[str, float], real: Mapping[str, float]) -> str:
    """The rating of a trained generator, from what was measured.

    Args:
        figures: Its figures: the Fréchet distance and, where it is known what each image should show, the share of
            images that a classifier finds to show it.
        real: The figures of as many real images.
    """
    ratio = figures["fid"] / max(real["fid"], 1e-12)
    accuracy = figures.get("label_accuracy", 1.0)
    if accuracy >= EXCELLENT_ACCURACY and ratio <= EXCELLENT_RATIO:
        return EXCELLENT
    return GOOD if accuracy >= GOOD_ACCURACY and ratio <= GOOD_RATIO else NEEDS_IMPROVEMENT
