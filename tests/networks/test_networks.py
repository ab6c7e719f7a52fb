"""The contracts that every generator and every discriminator keeps."""

import pytest
import torch
from jsonargparse import ArgumentParser
from network_cases import (
    CONDITIONAL,
    DISCRIMINATORS,
    GENERATORS,
    PAIRS,
    build,
    draw,
)

from gan_lightning.networks import DCGANDiscriminator, DCGANGenerator, MLPDiscriminator, ResidualDiscriminator
from gan_lightning.networks.dcgan import feature_map_sizes

SHAPES = [(1, 28, 28), (3, 28, 28), (1, 16, 16), (3, 32, 32), (1, 8, 8), (3, 8, 8), (1, 20, 20), (1, 64, 64)]


@pytest.mark.parametrize(("generator", "discriminator"), PAIRS)
@pytest.mark.parametrize("conditioning", ["none", "one_hot"])
@pytest.mark.parametrize("shape", SHAPES)
def test_images_have_the_shape_and_range_that_was_asked_for(generator, discriminator, conditioning, shape):
    g = build(generator, 5, shape, 10, conditioning=conditioning)
    d = build(discriminator, shape, 10, conditioning=conditioning)
    labels = torch.tensor([0, 9, 3])
    images = g(torch.randn(3, 5), labels)
    assert images.shape == (3, *shape)
    if g.output_range is not None:
        assert g.output_range[0] <= images.min()
        assert images.max() <= g.output_range[1]
    assert d(images, labels).shape == (3,)
    assert (g.latent_dim, g.image_shape, d.image_shape) == (5, shape, shape)
    assert g.num_classes == d.num_classes == (0 if conditioning == "none" else 10)


def test_the_residual_generator_alone_is_unbounded():
    ranges = [build(generator, 5, (1, 8, 8)).output_range for generator in GENERATORS]
    assert ranges == [(-1.0, 1.0), (-1.0, 1.0), None]


@pytest.mark.parametrize(("network", "conditioning"), CONDITIONAL)
def test_a_conditional_network_depends_on_the_label_and_needs_it(network, conditioning):
    built = build(network, num_classes=10, conditioning=conditioning)
    x = draw(built, 1)
    assert built.num_classes == 10
    assert not torch.allclose(built(x, torch.tensor([3])), built(x, torch.tensor([8])))
    with pytest.raises(ValueError, match="needs labels"):
        built(x)


@pytest.mark.parametrize("network", [*GENERATORS, *DISCRIMINATORS])
def test_classes_alone_condition_nothing(network):
    plain, told = build(network), build(network, num_classes=10)
    x = draw(plain, 1)
    assert told.num_classes == 0
    assert torch.equal(plain(x), told(x))
    assert torch.equal(told(x), told(x, torch.tensor([3])))


@pytest.mark.parametrize(
    ("discriminator", "options", "mixes"),
    [
        (MLPDiscriminator, {}, False),
        (MLPDiscriminator, {"spectral_norm": True}, False),
        (DCGANDiscriminator, {}, True),
        (DCGANDiscriminator, {"norm": "none"}, False),
        (DCGANDiscriminator, {"norm": "none", "spectral_norm": True}, False),
        (DCGANDiscriminator, {"norm": "none", "minibatch_std": True}, True),
        (ResidualDiscriminator, {}, False),
        (ResidualDiscriminator, {"blocks": 2, "spectral_norm": True}, False),
        (ResidualDiscriminator, {"minibatch_std": True}, True),
        (ResidualDiscriminator, {"pack": 2}, False),
    ],
)
def test_a_discriminator_says_whether_a_score_depends_on_the_other_images(discriminator, options, mixes):
    d = build(discriminator, **options).double().eval()
    for norm in d.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.train()
    images = draw(d, 6, torch.float64)
    together, apart = d(images), torch.cat([d(part) for part in images.split(3)])
    assert torch.allclose(together, apart, rtol=1e-12, atol=0) == (not mixes)
    assert d.mixes_batch == mixes


@pytest.mark.parametrize("network", [*GENERATORS, *DISCRIMINATORS])
def test_the_command_line_understands_every_option_and_needs_none(network):
    parser = ArgumentParser()
    parser.add_class_arguments(network, "network")
    options = parser.parse_args(["--network.num_classes=10", "--network.conditioning=one_hot"]).network.as_dict()
    built = network(**options)
    assert (built.image_shape, built.num_classes) == ((1, 28, 28), 10)


@pytest.mark.parametrize("network", [*GENERATORS, *DISCRIMINATORS])
def test_the_slope_of_every_leaky_relu_is_a_fifth(network):
    slopes = [layer.negative_slope for layer in build(network).modules() if isinstance(layer, torch.nn.LeakyReLU)]
    assert set(slopes) == (set() if network is DCGANGenerator else {0.2})


@pytest.mark.parametrize("network", [*GENERATORS, *DISCRIMINATORS])
def test_a_shape_from_a_file_becomes_a_tuple(network):
    assert build(network, image_shape=[1, 8, 8]).image_shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("side", "sizes"), [(28, (4, 7, 14, 28)), (16, (2, 4, 8, 16)), (32, (4, 8, 16, 32)), (20, (3, 5, 10, 20))]
)
def test_feature_maps_halve_from_the_image_down(side, sizes):
    assert feature_map_sizes((1, side, side)) == sizes
