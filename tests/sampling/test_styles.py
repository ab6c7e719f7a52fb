"""Walks, mixes and directions of styles are checked on values that are known without them."""

import itertools

import pytest
import torch

from gan_lightning.errors import UsageError
from gan_lightning.networks import MLPGenerator, StyleGenerator
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.latent import lerp, slerp, walk, walk_labels
from gan_lightning.sampling.styles import (
    find_directions,
    mix_layers,
    move,
    parse_layers,
    render_walk,
    walk_styles,
)


def styled(**options):
    """A model with an untrained style-based generator of 8 layers; its latents and styles have 6 components."""
    torch.manual_seed(0)
    generator = StyleGenerator(**{"latent_dim": 6, "width": 4, **options})
    return GenerativeModel(generator, averaged=False, value_range=(-3.0, 3.0), classes=None)


def plain():
    torch.manual_seed(0)
    return GenerativeModel(MLPGenerator(6, hidden_dims=[8]), averaged=False, value_range=(-1.0, 1.0), classes=None)


def test_a_line_is_straight_and_its_ends_are_exact():
    a, b = torch.randn(2, 5, 7, generator=torch.Generator().manual_seed(0))
    assert torch.equal(lerp(a, b, 0.0), a)
    assert torch.equal(lerp(a, b, 1.0), b)
    shares = torch.linspace(0, 1, 5)
    torch.testing.assert_close(lerp(a, b, shares), a + shares[:, None] * (b - a))


def test_a_walk_of_styles_follows_lines_through_its_points():
    points = torch.randn(3, 8, 6, generator=torch.Generator().manual_seed(0))
    path = walk_styles(points, 3, closed=False)
    assert path.shape == (9, 8, 6)
    assert torch.equal(path[::4], points)
    torch.testing.assert_close(path[2], (points[0] + points[1]) / 2)
    torch.testing.assert_close(path[5], points[1] + (points[2] - points[1]) / 4)
    around = walk_styles(points, 1, closed=True)
    assert len(around) == 6
    torch.testing.assert_close(around[5], (points[2] + points[0]) / 2)


def test_styles_that_are_mixed_come_from_where_they_should():
    first, second = torch.randn(2, 4, 8, 6)
    mixed = mix_layers(first, second, [0, 3])
    assert torch.equal(mixed[:, [0, 3]], second[:, [0, 3]])
    assert torch.equal(mixed[:, [1, 2, 4, 5, 6, 7]], first[:, [1, 2, 4, 5, 6, 7]])
    assert torch.equal(mix_layers(first, second, range(8)), second)
    assert torch.equal(mix_layers(first, second, []), first)


@pytest.mark.parametrize(
    ("words", "layers"),
    [("0-3", [0, 1, 2, 3]), ("2", [2]), ("0,2,5", [0, 2, 5]), ("0-2,5,1", [0, 1, 2, 5]), (7, [7]), ("[1, 2]", [1, 2])],
)
def test_layers_are_numbers_and_ranges(words, layers):
    assert parse_layers(words, 8) == layers


def test_all_layers_are_chosen_by_default():
    assert parse_layers(None, 4) == [0, 1, 2, 3]


@pytest.mark.parametrize("words", ["8", "0-8", "2,99"])
def test_a_layer_that_is_not_there_is_told_how_many_are(words):
    with pytest.raises(UsageError, match="has 8 layers, 0 to 7"):
        parse_layers(words, 8)


@pytest.mark.parametrize("words", ["", "x", "3-1", "-1", "1-", "1--2", "1.5", "1,,2", "9" * 30])
def test_what_is_no_list_of_layers_is_refused(words):
    with pytest.raises(UsageError, match="takes numbers and ranges of layers, such as 0-3 or 0,2,5, not"):
        parse_layers(words, 8)


def test_a_model_with_styles_walks_in_them_unless_asked_otherwise():
    model = styled()
    z, labels = model.latents(3), model.sample_labels(3)
    lines = model.render_styles(walk_styles(model.styles(z, labels), 3, closed=False))
    arcs = model.render(walk(z, 3, closed=False, interpolate=slerp), walk_labels(labels, 3, closed=False))
    assert torch.equal(render_walk(model, z, labels, 3, closed=False), lines)
    assert torch.equal(render_walk(model, z, labels, 3, closed=False, space="w"), lines)
    assert torch.equal(render_walk(model, z, labels, 3, closed=False, space="z"), arcs)
    assert torch.equal(lines[::4], arcs[::4]), "both pass through the samples"
    assert torch.equal(lines[::4], model.sample(3))
    assert not torch.equal(lines, arcs)


def test_the_label_is_in_the_styles():
    model = styled(num_classes=2, conditioning="embedding")
    z = model.latents(1).expand(2, -1)
    path = render_walk(model, z, torch.tensor([0, 1]), 3, closed=False)
    assert torch.equal(path[[0, 4]], model.render(z, torch.tensor([0, 1])))
    assert all(not torch.equal(a, b) for a, b in itertools.pairwise(path)), "it changes all the way"


def test_a_model_without_styles_walks_along_arcs_only():
    model = plain()
    z, labels = model.latents(2), model.sample_labels(2)
    arcs = model.render(walk(z, 3, closed=False), walk_labels(labels, 3, closed=False))
    assert torch.equal(render_walk(model, z, labels, 3, closed=False), arcs)
    with pytest.raises(UsageError, match="MLPGenerator has no styles"):
        render_walk(model, z, labels, 3, closed=False, space="w")


def with_weights(generator, matrix):
    """The generator whose layers have A, stacked, equal to ``matrix``."""
    modules = [*generator.layers, *generator.to_image]
    rows = matrix.split([len(module.modulated.affine.weight) for module in modules])
    for module, part in zip(modules, rows, strict=True):
        stored = module.modulated.affine.parametrizations.weight
        stored.original.data.copy_(part / stored[0].factor)
    return generator


def known(generator):
    """A = U S Vᵀ with orthonormal U, V and the singular values 6, 5, ..., 1."""
    torch.manual_seed(1)
    rows = len(generator.style_weights())
    u, v = torch.linalg.qr(torch.randn(rows, 6))[0], torch.linalg.qr(torch.randn(6, 6))[0]
    return u @ torch.diag(torch.arange(6.0, 0, -1)) @ v.T, v.T


def test_the_directions_are_the_right_singular_vectors_of_the_weights():
    generator = styled().generator
    matrix, expected = known(generator)
    vectors, eigenvalues = find_directions(with_weights(generator, matrix))
    torch.testing.assert_close(eigenvalues, torch.arange(6.0, 0, -1) ** 2, rtol=1e-4, atol=0)
    torch.testing.assert_close((vectors * expected).sum(dim=1).abs(), torch.ones(6), rtol=1e-4, atol=0)
    torch.testing.assert_close(vectors @ vectors.T, torch.eye(6), rtol=0, atol=1e-5)
    assert (vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True)) > 0).all(), "the sign is settled"


def test_the_directions_of_some_layers_follow_from_their_weights():
    generator = styled().generator
    for layers in ([0, 1], [7]):
        weights = generator.style_weights(layers)
        vectors, eigenvalues = find_directions(generator, layers)
        torch.testing.assert_close((weights @ vectors.T).square().sum(dim=0), eigenvalues, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(find_directions(generator, [0]).vectors, find_directions(generator).vectors)


def test_only_layers_that_say_what_they_compute_have_directions():
    with pytest.raises(UsageError, match="MLPGenerator does not say what its layers compute from a style"):
        find_directions(plain().generator)


def test_a_style_is_moved_along_a_direction_in_some_layers():
    styles, direction = torch.randn(8, 6), torch.eye(6)[2]
    moved = move(styles, direction, torch.tensor([-2.0, 0.0, 3.0]), [1, 4])
    change = moved - styles
    assert moved.shape == (3, 8, 6)
    torch.testing.assert_close(change[:, [1, 4], 2], torch.tensor([-2.0, 0.0, 3.0])[:, None].expand(3, 2))
    change[:, [1, 4], 2] = 0
    assert (change == 0).all()


def test_a_step_along_the_first_direction_changes_images_more_than_along_the_last():
    model = styled()
    generator = with_weights(model.generator, known(model.generator)[0]).eval()
    vectors = find_directions(generator).vectors
    styles = generator.styles(model.latents(50))
    with torch.no_grad():
        images = generator.synthesize(styles)
        changes = [(generator.synthesize(styles + 0.1 * n) - images).square().mean().sqrt() for n in vectors]
    assert changes[0] > 2 * changes[-1]
