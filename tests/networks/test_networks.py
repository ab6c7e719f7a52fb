import pytest
import torch

from gan_lightning.errors import UsageError
from gan_lightning.networks import DCGANDiscriminator, DCGANGenerator, MLPDiscriminator, MLPGenerator
from gan_lightning.networks.dcgan import feature_map_sizes
from gan_lightning.networks.layers import Dropout, append_one_hot

PAIRS = [(MLPGenerator, MLPDiscriminator), (DCGANGenerator, DCGANDiscriminator)]
SMALL = {MLPGenerator: {"hidden_dims": [8]}, MLPDiscriminator: {"hidden_dims": [8]}}


def build(cls, *args):
    torch.manual_seed(0)
    return cls(*args, **SMALL.get(cls, {"width": 4})).eval()


@pytest.mark.parametrize(("generator", "discriminator"), PAIRS)
@pytest.mark.parametrize("num_classes", [0, 10])
@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 16, 16), (3, 32, 32), (1, 8, 8), (1, 20, 20), (1, 64, 64)])
def test_images_have_the_shape_and_range_that_was_asked_for(generator, discriminator, num_classes, shape):
    g, d = build(generator, 5, shape, num_classes), build(discriminator, shape, num_classes)
    labels = torch.tensor([0, 9, 3])
    images = g(torch.randn(3, 5), labels)
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    assert d(images, labels).shape == (3,)
    assert (g.latent_dim, g.image_shape, g.num_classes, g.output_range) == (5, shape, num_classes, (-1.0, 1.0))


@pytest.mark.parametrize(("generator", "discriminator"), PAIRS)
def test_a_conditional_network_depends_on_the_label_and_needs_it(generator, discriminator):
    g, d = build(generator, 5, (1, 28, 28), 10), build(discriminator, (1, 28, 28), 10)
    z, image = torch.randn(1, 5), torch.randn(1, 1, 28, 28)
    three, eight = torch.tensor([3]), torch.tensor([8])
    assert not torch.equal(g(z, three), g(z, eight))
    assert not torch.equal(d(image, three), d(image, eight))
    for network, x in ((g, z), (d, image)):
        with pytest.raises(ValueError, match="needs labels"):
            network(x)


@pytest.mark.parametrize(("generator", "discriminator"), PAIRS)
def test_an_unconditional_network_ignores_the_label(generator, discriminator):
    g, d = build(generator, 5, (1, 28, 28)), build(discriminator, (1, 28, 28))
    z, image = torch.randn(1, 5), torch.randn(1, 1, 28, 28)
    assert torch.equal(g(z), g(z, torch.tensor([3])))
    assert torch.equal(d(image), d(image, torch.tensor([3])))


def test_one_hot_labels_follow_the_features():
    labels = torch.tensor([1, 0])
    assert append_one_hot(torch.zeros(2, 1), labels, 3).tolist() == [[0, 0, 1, 0], [0, 1, 0, 0]]
    planes = append_one_hot(torch.zeros(2, 1, 2, 2), labels, 3)
    assert planes.shape == (2, 4, 2, 2)
    assert torch.equal(planes[0, 2], torch.ones(2, 2))
    assert planes.sum() == 2 * 4


def test_the_conditional_logit_is_the_unconditional_one_and_the_projection_on_the_class():
    d = build(DCGANDiscriminator, (1, 28, 28), 10)
    images, labels = torch.randn(3, 1, 28, 28), torch.tensor([4, 0, 9])
    features = d.layers(images).permute(0, 2, 3, 1).flatten(1)
    weight, bias = d.score.weight, d.score.bias
    expected = features @ weight[0] + bias[0] + (features * weight[1 + labels]).sum(1) + bias[1 + labels]
    torch.testing.assert_close(d(images, labels), expected)


def test_the_discriminator_drops_units_while_training_only():
    d = MLPDiscriminator((1, 28, 28), hidden_dims=[64], dropout=0.5)
    image = torch.randn(1, 1, 28, 28)
    assert torch.equal(d.eval()(image), d(image))
    assert not torch.equal(d.train()(image), d(image))


@pytest.mark.parametrize(("discriminator", "options"), [(MLPDiscriminator, {"dropout": 0.0}), (DCGANDiscriminator, {})])
def test_a_discriminator_says_whether_a_score_depends_on_the_other_images(discriminator, options):
    torch.manual_seed(0)
    d = discriminator((1, 28, 28), **options).double()
    images, labels = torch.randn(6, 1, 28, 28, dtype=torch.float64), torch.zeros(6, dtype=torch.int64)
    together, apart = d(images, labels), torch.cat([d(part, labels[:3]) for part in images.split(3)])
    assert torch.allclose(together, apart, rtol=1e-12) == (not d.mixes_batch)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.9, 1.0])
def test_dropout_keeps_its_share_and_the_mean(p):
    torch.manual_seed(0)
    x = torch.ones(400, 500, requires_grad=True)
    dropped = Dropout(p)(x)
    assert (dropped == 0).float().mean().item() == pytest.approx(p, abs=0.005)
    assert dropped.unique().tolist() == pytest.approx(([0.0] if p else []) + ([1 / (1 - p)] if p < 1 else []))
    dropped.sum().backward()
    assert torch.equal(x.grad, dropped.detach()), "the gradient passes where the value did"
    assert torch.equal(Dropout(p).eval()(x), x)


def test_a_probability_that_rounds_to_one_drops_everything():
    """Where p goes to the nearest multiple of 2^-16. torch's own would keep each of these units with 1e-9."""
    torch.manual_seed(0)
    assert not Dropout(1 - 1e-9)(torch.ones(400, 500)).any()


def test_units_are_dropped_independently_of_their_neighbours():
    """Four of them share a random number. The bound is five standard errors."""
    torch.manual_seed(0)
    dropped = (Dropout(0.5)(torch.ones(1_000_003)) == 0).double() - 0.5
    for distance in range(1, 9):
        assert (dropped[distance:] * dropped[:-distance]).mean().abs() < 5 * 0.25 / 1000


@pytest.mark.parametrize(
    ("side", "sizes"), [(28, (4, 7, 14, 28)), (16, (2, 4, 8, 16)), (32, (4, 8, 16, 32)), (20, (3, 5, 10, 20))]
)
def test_feature_maps_halve_from_the_image_down(side, sizes):
    assert feature_map_sizes((1, side, side)) == sizes


@pytest.mark.parametrize("shape", [(1, 30, 30), (1, 27, 27), (1, 4, 4), (1, 28, 32)])
@pytest.mark.parametrize("network", [DCGANGenerator, DCGANDiscriminator])
def test_a_size_that_cannot_be_built_is_refused(network, shape):
    with pytest.raises(UsageError, match="multiple of 4"):
        build(network, *([5] if network is DCGANGenerator else []), shape)


@pytest.mark.parametrize("network", [DCGANGenerator(100, (1, 28, 28)), DCGANDiscriminator((1, 28, 28))])
def test_weights_start_as_the_dcgan_paper_says(network):
    weights = torch.cat([p.flatten() for p in network.parameters() if p.ndim > 1])
    assert weights.mean().abs() < 1e-4
    assert weights.std().item() == pytest.approx(0.02, rel=0.01)
    scales = torch.cat([m.weight for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)])
    assert scales.mean().item() == pytest.approx(1, abs=0.005)
    assert scales.std().item() == pytest.approx(0.02, rel=0.2)


def test_the_generator_projects_and_upsamples_three_times_with_batch_norm_between():
    generator = DCGANGenerator(100, (1, 28, 28))
    kinds = [type(layer).__name__ for layer in generator.layers]
    assert kinds == ["BatchNorm2d", "ReLU", *["ConvTranspose2d", "BatchNorm2d", "ReLU"] * 2, "ConvTranspose2d", "Tanh"]
    assert generator.project.weight.shape == (4 * 4 * 256, 100)


def test_the_projection_and_the_score_are_convolutions_over_the_whole_map():
    """As the paper's figure has them, with the weights laid out otherwise."""
    generator, discriminator = DCGANGenerator(6, (1, 28, 28), width=2), DCGANDiscriminator((1, 28, 28), width=2)
    z, images = torch.randn(3, 6), torch.randn(3, 1, 28, 28)
    kernel = generator.project.weight.unflatten(0, (4, 4, 8)).permute(3, 2, 0, 1)
    maps = torch.nn.functional.conv_transpose2d(z[:, :, None, None], kernel)
    torch.testing.assert_close(generator(z), generator.layers(maps))
    features = discriminator.layers(images)
    kernel = discriminator.score.weight.unflatten(1, (4, 4, 8)).permute(0, 3, 1, 2)
    logits = torch.nn.functional.conv2d(features, kernel, discriminator.score.bias).flatten()
    torch.testing.assert_close(discriminator(images), logits)


def test_feature_maps_have_the_channels_last():
    generator, discriminator = DCGANGenerator(6, (3, 28, 28), width=2), DCGANDiscriminator((3, 28, 28), width=2)
    found = []
    for layer in (*generator.layers, *discriminator.layers):
        layer.register_forward_hook(
            lambda layer, _, maps: found.append(maps.is_contiguous(memory_format=torch.channels_last))
        )
    discriminator(generator(torch.randn(2, 6)))
    assert found == [True] * (len(generator.layers) + len(discriminator.layers))
