import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from gan_lightning.objectives import Hinge, LeastSquares, Minimax, NonSaturating, Relativistic, Wasserstein

REAL = torch.tensor([0.3, -1.2, 2.0, 0.0], dtype=torch.float64)
FAKE = torch.tensor([-0.7, 0.4, -3.0, 1.1], dtype=torch.float64)
ONE, ZERO = torch.ones(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)


@pytest.mark.parametrize(
    ("loss", "discriminator", "generator"),
    [
        (Minimax(), 2 * math.log(2), -math.log(2)),
        (NonSaturating(), 2 * math.log(2), math.log(2)),
        (LeastSquares(), 0.5, 0.5),
        (Hinge(), 2.0, 0.0),
        (Wasserstein(), 0.0, 0.0),
        (Relativistic(), math.log(2), math.log(2)),
    ],
)
def test_an_undecided_discriminator_gives_the_closed_forms(loss, discriminator, generator):
    assert loss.discriminator(ZERO, ZERO).item() == pytest.approx(discriminator, abs=1e-12)
    assert loss.generator(ZERO, ZERO).item() == pytest.approx(generator, abs=1e-12)


def test_non_saturating_is_binary_cross_entropy():
    loss = NonSaturating()
    torch.testing.assert_close(loss.discriminator(REAL, FAKE), bce(REAL, ONE) + bce(FAKE, ZERO))
    torch.testing.assert_close(loss.generator(FAKE), bce(FAKE, ONE))


@pytest.mark.parametrize("loss", [Minimax, NonSaturating])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
def test_label_smoothing_moves_the_real_target_only(loss, smoothing):
    smoothed = loss(label_smoothing=smoothing).discriminator(REAL, FAKE)
    torch.testing.assert_close(smoothed, bce(REAL, ONE * (1 - smoothing)) + bce(FAKE, ZERO))
    torch.testing.assert_close(loss(smoothing).generator(FAKE), loss().generator(FAKE))


def test_the_optimal_discriminator_under_smoothing_answers_with_the_smoothed_target():
    logits = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    target = math.log(0.9 / 0.1)
    (gradient,) = torch.autograd.grad(NonSaturating(0.1).discriminator(logits + target, ZERO), logits)
    torch.testing.assert_close(gradient, ZERO, atol=1e-12, rtol=0)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_label_smoothing_out_of_range_is_refused(smoothing):
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        NonSaturating(smoothing)


def test_minimax_generator_minimises_what_its_discriminator_maximises():
    fake = FAKE.clone().requires_grad_()
    (of_generator,) = torch.autograd.grad(Minimax().generator(fake), fake)
    (of_discriminator,) = torch.autograd.grad(Minimax().discriminator(REAL, fake), fake)
    torch.testing.assert_close(of_generator, -of_discriminator)


def test_minimax_saturates_where_non_saturating_does_not():
    sure = torch.tensor([-20.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(Minimax().generator(sure), sure)[0].abs() < 1e-8
    assert torch.autograd.grad(NonSaturating().generator(sure), sure)[0].abs() > 0.99


def test_least_squares_pulls_to_one_and_zero():
    assert LeastSquares().discriminator(ONE, ZERO) == 0
    assert LeastSquares().generator(ONE) == 0
    torch.testing.assert_close(
        LeastSquares().discriminator(REAL, FAKE), 0.5 * ((REAL - 1) ** 2).mean() + 0.5 * (FAKE**2).mean()
    )


def test_hinge_ignores_what_is_beyond_the_margin():
    assert Hinge().discriminator(2 * ONE, -2 * ONE) == 0
    torch.testing.assert_close(Hinge().generator(FAKE), -FAKE.mean())


def test_the_score_is_a_probability_only_where_the_loss_makes_it_one():
    torch.testing.assert_close(NonSaturating().score(REAL), 1 / (1 + (-REAL).exp()))
    torch.testing.assert_close(LeastSquares().score(REAL), REAL)


def test_wasserstein_is_the_difference_of_the_means():
    torch.testing.assert_close(Wasserstein().discriminator(REAL, FAKE), FAKE.mean() - REAL.mean())
    torch.testing.assert_close(Wasserstein().generator(FAKE), -FAKE.mean())


def test_relativistic_players_want_the_opposite_of_each_pair():
    loss = Relativistic()
    torch.testing.assert_close(loss.discriminator(REAL, FAKE), bce(REAL - FAKE, ONE))
    torch.testing.assert_close(loss.generator(FAKE, REAL), bce(FAKE - REAL, ONE))
    assert not torch.equal(loss.discriminator(REAL, FAKE), loss.discriminator(REAL, FAKE.flip(0))), "pairs, not means"
    with pytest.raises(ValueError, match="pass the logits of real images"):
        loss.generator(FAKE)


@pytest.mark.parametrize("loss", [Minimax(), NonSaturating(), LeastSquares(), Hinge(), Wasserstein()])
def test_only_a_relativistic_loss_asks_for_real_images_in_the_generators_step(loss):
    assert not loss.pairs
    torch.testing.assert_close(loss.generator(FAKE, REAL), loss.generator(FAKE))
