"""Penalties of critics whose gradients are known, and the values of the turn that they are computed from."""

import pytest
import torch

from gan_lightning.errors import UsageError
from gan_lightning.networks import Draw, Scores
from gan_lightning.objectives import DISCRIMINATOR, DRAGAN, R1, R2, GradientPenalty, LeCam, Turn, named_terms
from gan_lightning.schedules import Linear

W = torch.randn(1, 2, 3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def turn(critic, differentiates=(), count=6, pack=1):
    """The discriminator's turn with a critic that is a function of images."""
    random = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(count, 2, 3, 3, dtype=torch.float64, generator=random) for _ in range(2))
    real.requires_grad_("real" in differentiates)
    fake.requires_grad_("fake" in differentiates)
    labels = torch.zeros(count, dtype=torch.int64)

    def score(images, labels):
        return Scores(critic(images).unflatten(0, (-1, pack)).sum(dim=1))

    drawn = Draw(fake, labels, torch.zeros(count, 1))
    return Turn(DISCRIMINATOR, score, real, labels, drawn, score(real, labels), score(fake, labels))


def linear(images):
    return (W * images).sum(dim=(1, 2, 3))


def quadratic(images):
    """½|x|², whose gradient is x."""
    return 0.5 * images.square().sum(dim=(1, 2, 3))


def squared(images):
    return images.detach().square().sum(dim=(1, 2, 3))


@pytest.mark.parametrize("term", [R1(), R2()], ids=["R1", "R2"])
def test_a_linear_critics_gradient_is_its_weight(term):
    assert term(turn(linear, term.differentiates)).item() == pytest.approx(0.5 * W.square().sum().item())


def test_r1_is_at_real_and_r2_at_generated_images():
    t = turn(quadratic, ("real", "fake"))
    torch.testing.assert_close(R1()(t), 0.5 * squared(t.real).mean())
    torch.testing.assert_close(R2()(t), 0.5 * squared(t.fake.images).mean())


def test_a_packs_penalty_is_that_of_its_whole_gradient():
    t = turn(quadratic, ("real",), pack=2)
    torch.testing.assert_close(R1()(t), 0.5 * squared(t.real).unflatten(0, (-1, 2)).sum(dim=1).mean())


def test_both_gradients_take_one_backward_pass_and_are_those_of_two(monkeypatch):
    calls, grad = [], torch.autograd.grad

    def counted(*args, **options):
        calls.append(args)
        return grad(*args, **options)

    monkeypatch.setattr(torch.autograd, "grad", counted)
    both = turn(quadratic, ("real", "fake"))
    values = R1()(both), R2()(both)
    assert len(calls) == 1
    torch.testing.assert_close(values[0], R1()(turn(quadratic, ("real",))))
    torch.testing.assert_close(values[1], R2()(turn(quadratic, ("fake",))))


@pytest.mark.parametrize("term", [GradientPenalty(), DRAGAN()], ids=["GradientPenalty", "DRAGAN"])
def test_a_linear_critic_is_penalised_for_a_norm_other_than_one(term):
    assert term(turn(linear)).item() == pytest.approx((W.norm().item() - 1) ** 2)


def test_the_gradient_penalty_is_between_the_images_of_each_pair():
    torch.manual_seed(0)
    t = turn(quadratic)
    points = GradientPenalty().points(t)
    real, fake = t.real, t.fake.images
    shares = ((points - real) / (fake - real)).flatten(1)
    torch.testing.assert_close(shares, shares[:, :1].expand_as(shares))
    assert ((shares > 0) & (shares < 1)).all()
    assert len(shares[:, 0].unique()) == len(real)


def test_dragan_is_near_real_images_by_half_their_deviation():
    torch.manual_seed(0)
    t = turn(quadratic, count=4000)
    noise = DRAGAN().points(t) - t.real
    assert noise.mean().abs() < 0.01
    assert noise.std().item() == pytest.approx(0.5 * t.real.std().item(), rel=0.01)


def test_a_flat_critic_has_a_gradient_of_the_gradient_penalty():
    scale = torch.zeros((), dtype=torch.float64, requires_grad=True)
    value = GradientPenalty()(turn(lambda images: scale * linear(images)))
    value.backward()
    assert scale.grad.isfinite()


def test_lecam_pulls_each_side_to_the_running_mean_of_the_other():
    term, t = LeCam(decay=0.5), turn(linear)
    real, fake = t.real_scores.logits, t.fake_scores.logits
    torch.testing.assert_close(term(t), real.square().mean() + fake.square().mean())
    term.observe(torch.tensor(4.0), torch.tensor(-2.0))
    torch.testing.assert_close(term(t), (real + 1).square().mean() + (fake - 2).square().mean())
    other = LeCam()
    other.load_state_dict(term.state_dict())
    torch.testing.assert_close(other(t), term(t))


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf"), Linear(-1.0, 0.0, 10)])
def test_weights_out_of_range_are_refused(weight):
    with pytest.raises(UsageError, match="the weight of R1 must be a finite number from 0 up"):
        R1(weight=weight)


def test_other_options_out_of_range_are_refused():
    with pytest.raises(UsageError, match="every so many turns, at least 1, not 0"):
        GradientPenalty(every=0)
    with pytest.raises(UsageError, match=r"decay of LeCam must lie in \[0, 1\)"):
        LeCam(decay=1.0)


def test_several_terms_of_a_class_are_numbered():
    assert list(named_terms([R1(), R2(), R1(), R1()])) == ["R1", "R2", "R1_2", "R1_3"]
