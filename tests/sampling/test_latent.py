"""Arcs, walks and inversion are checked on values that are known without them."""

import pytest
import torch
from helpers import tiny_model

from gan_lightning.data.loader import to_float
from gan_lightning.errors import UsageError
from gan_lightning.models import ConditionalGAN
from gan_lightning.sampling.latent import invert, slerp, walk, walk_labels

SHARES = torch.linspace(0, 1, 11)


def vivid(model):
    """The model with weights so large that its images differ as much as digits do, and few pixels saturate."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "generator" in name and name.endswith("layers.0.weight"):
                parameter.mul_(2)
            if "generator" in name and name.endswith("layers.6.weight"):
                parameter.mul_(3)
    return model


def vivid_model(**options):
    return vivid(tiny_model(**options))


def vivid_conditional():
    torch.manual_seed(0)
    return vivid(ConditionalGAN(latent_dim=8, hidden_dims=[16, 32], classes=[3, 8]))


def angles(latents):
    """Between each and the next."""
    unit = torch.nn.functional.normalize(latents.double(), dim=-1)
    return torch.arccos((unit[:-1] * unit[1:]).sum(-1).clamp(-1, 1))


def rmse(a, b):
    return ((a.float() - b.float()) / 255).square().mean(dim=(1, 2, 3)).sqrt()


def test_between_orthonormal_ends_is_a_quarter_of_the_unit_circle():
    a, b = torch.eye(5)[:2]
    arc = slerp(a, b, SHARES)
    torch.testing.assert_close(arc.norm(dim=-1), torch.ones(11))
    quarter = SHARES * torch.pi / 2
    torch.testing.assert_close(arc[:, 0], quarter.cos())
    torch.testing.assert_close(arc[:, 1], quarter.sin())
    assert (arc[:, 2:] == 0).all()


def test_the_ends_are_exact():
    a, b = torch.randn(2, 50, 100, generator=torch.Generator().manual_seed(0))
    assert torch.equal(slerp(a, b, 0.0), a)
    assert torch.equal(slerp(a, b, 1.0), b)
    assert slerp(a, b, 0.3).dtype == torch.float32


def test_the_speed_is_constant_and_so_is_the_growth():
    a, b = torch.randn(2, 100, generator=torch.Generator().manual_seed(0))
    arc = slerp(a, 3 * b, SHARES)
    steps = angles(arc)
    torch.testing.assert_close(steps, steps.mean().expand(10), rtol=1e-4, atol=0)
    torch.testing.assert_close(steps.sum(), angles(torch.stack([a, b]))[0], rtol=1e-4, atol=0)
    torch.testing.assert_close(arc.norm(dim=-1), torch.lerp(a.norm(), 3 * b.norm(), SHARES))


def test_halfway_between_gaussian_latents_is_as_long_as_they_are():
    a, b = torch.randn(2, 1000, 100, generator=torch.Generator().manual_seed(0))
    assert slerp(a, b, 0.5).norm(dim=-1).mean().item() == pytest.approx(a.norm(dim=-1).mean().item(), rel=0.01)
    assert torch.lerp(a, b, 0.5).norm(dim=-1).mean() < 0.75 * a.norm(dim=-1).mean(), "unlike on a straight line"


@pytest.mark.parametrize("factor", [1.0, 2.0, 1 + 1e-7, -1.0, -2.0])
def test_parallel_latents_are_joined_by_a_straight_line(factor):
    a = torch.randn(100, generator=torch.Generator().manual_seed(0))
    line = a * torch.lerp(torch.ones(11), torch.tensor(factor), SHARES)[:, None]
    torch.testing.assert_close(slerp(a, factor * a, SHARES), line)
    assert torch.equal(slerp(a, factor * a, 1.0), factor * a)


def test_the_origin_has_an_arc_to_anywhere():
    a, origin = torch.randn(2, 100, generator=torch.Generator().manual_seed(0)) * torch.tensor([[1.0], [0.0]])
    assert slerp(a, origin, SHARES).isfinite().all()
    assert torch.equal(slerp(a, origin, 1.0), origin)
    assert torch.equal(slerp(origin, origin, 0.5), origin)


def test_each_arc_has_its_share():
    a, b = torch.randn(2, 11, 8, generator=torch.Generator().manual_seed(0))
    each = torch.stack([slerp(*arc) for arc in zip(a, b, SHARES.tolist(), strict=True)])
    torch.testing.assert_close(slerp(a, b, SHARES), each)


def test_a_closed_walk_goes_round_and_an_open_one_does_not():
    corners = torch.tensor([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    full_turn = torch.arange(16) * torch.pi / 8
    circle = torch.stack([full_turn.cos(), full_turn.sin()], dim=1)
    torch.testing.assert_close(walk(corners, frames_between=3, closed=True), circle)
    torch.testing.assert_close(walk(corners, frames_between=3, closed=False), circle[:13])


def test_a_walk_passes_through_its_points():
    points = tiny_model().latents(5)
    for closed, length in ((True, 35), (False, 29)):
        path = walk(points, frames_between=6, closed=closed)
        assert path.shape == (length, 8)
        assert torch.equal(path[::7], points)


def test_labels_change_halfway():
    labels = torch.tensor([3, 8, 5])
    assert walk_labels(labels, 3, closed=False).tolist() == [3, 3, 8, 8, 8, 8, 5, 5, 5]
    assert walk_labels(labels, 2, closed=True).tolist() == [3, 3, 8, 8, 8, 5, 5, 5, 3]


def test_a_walk_needs_points_and_frames():
    with pytest.raises(UsageError, match="at least 2 samples, not 1: use --num 2"):
        walk(torch.zeros(1, 8), 3, closed=True)
    for function in (walk, walk_labels):
        with pytest.raises(UsageError, match="at least 1 frame between two samples, not 0: use --frames"):
            function(torch.zeros(3, 8), 0, closed=True)


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (-0.9, 0.8)])
def test_images_that_the_model_drew_are_recovered(value_range):
    """More of them than are optimised at once."""
    model = vivid_model(value_range=value_range)
    images = model.sample(40, seed=1)
    saturated = ((images == 0) | (images == 255)).float().mean()
    found = invert(model, to_float(images, value_range))
    of_mean_image = rmse(images, images.float().mean(0))
    assert of_mean_image.mean() > 0.15, "they differ"
    assert saturated < 0.1
    assert found.errors.max() < 0.05
    assert (found.errors < of_mean_image / 3).all()
    torch.testing.assert_close(found.errors, rmse(images, found.images))
    assert torch.equal(model.render(found.latents, found.labels), found.images)
    assert (found.latents.shape, found.latents.dtype) == ((40, 8), torch.float32)
    assert (found.latents.norm(dim=1) / 8**0.5 - 1).abs().max() < 0.6, "as long as samples are"


def test_the_error_falls_with_steps_and_restarts():
    model = vivid_model()
    images = to_float(model.sample(10, seed=1), model.value_range)
    short, long = (invert(model, images, steps=steps, restarts=1).errors for steps in (5, 100))
    assert (long < short).all()
    assert (invert(model, images, steps=100, restarts=8).errors <= long + 1e-3).all(), "the first start is among them"
    other = invert(model, images, steps=5, restarts=1, seed=1).errors
    assert not torch.equal(other, short)


def test_inversion_leaves_the_model_and_the_random_stream_alone():
    model = vivid_model()
    images = to_float(model.sample(3, seed=1), model.value_range)
    for generator in (model.generator, model.averaged_generator):
        generator.train()
        generator.layers[1].eval()
        generator.layers[0].weight.requires_grad_(True)
        generator.layers[3].bias.requires_grad_(False)
    for index, parameter in enumerate(model.parameters()):
        parameter.grad = torch.full_like(parameter, index)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    trained = [parameter.requires_grad for parameter in model.parameters()]
    stream = torch.get_rng_state()
    with torch.no_grad():
        first = invert(model, images, steps=20)
    assert torch.equal(torch.get_rng_state(), stream)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert [parameter.requires_grad for parameter in model.parameters()] == trained
    assert all((parameter.grad == index).all() for index, parameter in enumerate(model.parameters()))
    assert not first.latents.requires_grad
    torch.manual_seed(5)
    assert all(torch.equal(a, b) for a, b in zip(first, invert(model, images, steps=20), strict=True))


def test_the_averaged_generator_draws_the_reconstructions():
    model = vivid_model()
    images = to_float(model.sample(3, seed=1), model.value_range)
    before = invert(model, images, steps=10)
    with torch.no_grad():
        model.generator.layers[0].weight.zero_()
    assert torch.equal(invert(model, images, steps=10).latents, before.latents)


def test_unknown_labels_are_found_and_known_ones_kept():
    model = vivid_conditional()
    images = model.sample(12, seed=1)
    floats = to_float(images, model.value_range)
    found = invert(model, floats)
    assert found.labels.tolist() == [3, 8] * 6
    assert found.errors.max() < 0.05
    assert invert(model, floats, [3, 8]).errors.max() < 0.05
    wrong = invert(model, floats, 8)
    assert wrong.labels.tolist() == [8] * 12
    assert torch.equal(model.render(wrong.latents, wrong.labels), wrong.images)
    assert (wrong.errors[0::2] > found.errors[0::2]).all()


def test_what_cannot_be_inverted_is_refused():
    model = tiny_model()
    images = torch.zeros(2, 1, 28, 28)
    with pytest.raises(UsageError, match=r"draws images of .* \(1, 28, 28\), and these are \(3, 28, 28\)"):
        invert(model, images.expand(-1, 3, -1, -1))
    with pytest.raises(UsageError, match="unconditional and takes no labels"):
        invert(model, images, labels=3)
    with pytest.raises(UsageError, match="knows the labels 3, 8"):
        invert(vivid_conditional(), images, labels=4)
    for option in ("steps", "learning_rate", "restarts"):
        with pytest.raises(UsageError, match=f"--{option} must be positive, not 0"):
            invert(model, images, **{option: 0})
