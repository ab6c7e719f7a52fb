"""The style-based networks are checked on identities: each value is computed again another way."""

import copy

import pytest
import torch

from gan_lightning.errors import UsageError
from gan_lightning.networks import StyleDiscriminator, StyleGenerator
from gan_lightning.networks.style_layers import (
    normalize_length,
    style_map_sizes,
)


def make_generator(**options):
    torch.manual_seed(0)
    return StyleGenerator(**{"latent_dim": 8, "width": 4, **options})


def make_discriminator(**options):
    torch.manual_seed(0)
    return StyleDiscriminator(**{"width": 4, **options})


def with_noise(generator):
    """The generator with noise that is seen: at first its strength is 0."""
    for layer in generator.layers:
        torch.nn.init.ones_(layer.strength)
    return generator


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 12, 12), (1, 20, 20), (1, 28, 28), (3, 32, 32), (3, 64, 64)])
@pytest.mark.parametrize("num_classes", [0, 10])
def test_images_have_the_shape_that_was_asked_for(shape, num_classes):
    conditionings = ("embedding", "projection") if num_classes else ("none", "none")
    generator = make_generator(image_shape=shape, num_classes=num_classes, conditioning=conditionings[0])
    discriminator = make_discriminator(image_shape=shape, num_classes=num_classes, conditioning=conditionings[1])
    z, labels = torch.randn(4, 8), torch.tensor([0, 9, 3, 3])
    images = generator(z, labels)
    assert images.shape == (4, *shape)
    assert discriminator(images, labels).shape == (4,)
    assert generator.styles(z, labels).shape == (4, generator.num_layers, 8)
    assert generator.num_layers == 2 * len(style_map_sizes(shape))
    assert (generator.num_classes, discriminator.num_classes) == (num_classes, num_classes)
    assert (generator.latent_dim, generator.image_shape, generator.output_range) == (8, shape, None)


@pytest.mark.parametrize(
    ("side", "sizes"), [(8, [4, 8]), (20, [3, 5, 10, 20]), (28, [4, 7, 14, 28]), (64, [4, 8, 16, 32, 64])]
)
def test_maps_halve_down_to_four(side, sizes):
    assert style_map_sizes((1, side, side)) == sizes
    channels = [layer.bias.shape[0] for layer in make_generator(image_shape=(1, side, side)).layers[::2]]
    assert channels == [4 * min(4, 2 ** (len(sizes) - 1 - index)) for index in range(len(sizes))]


@pytest.mark.parametrize(
    ("network", "options", "sentence"),
    [
        (StyleGenerator, {"image_shape": (1, 28, 32)}, "square images with a side from 8 up, not 28x32"),
        (StyleDiscriminator, {"image_shape": (1, 4, 4)}, "square images with a side from 8 up, not 4x4"),
        (StyleGenerator, {"conditioning": "embedding"}, "conditioning embedding needs classes"),
        (StyleDiscriminator, {"conditioning": "projection"}, "conditioning projection needs classes"),
        (StyleGenerator, {"conditioning": "batch_norm", "num_classes": 3}, "conditioning must be none or embedding"),
        (StyleGenerator, {"mixing": 1.5}, "mixing is a probability, from 0 to 1, not 1.5"),
        (StyleGenerator, {"mapping_layers": 0}, "mapping_layers must be from 1 to 1048576, not 0"),
        (StyleDiscriminator, {"width": 0}, "width must be from 1 to 1048576, not 0"),
    ],
)
def test_what_cannot_be_built_is_refused(network, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        network(**options)


def test_the_length_of_a_latent_does_not_matter():
    generator = make_generator().eval()
    z = torch.randn(5, 8)
    torch.testing.assert_close(normalize_length(z).norm(dim=1), torch.full((5,), 8**0.5))
    torch.testing.assert_close(generator(z), generator(3 * z))


def test_every_layer_of_every_network_has_an_equalised_learning_rate():
    for network in (make_generator(), make_discriminator()):
        stored = [p for name, p in network.named_parameters() if name.endswith("weight.original")]
        plain = [name for name, p in network.named_parameters() if name.endswith("weight")]
        assert stored
        assert plain == []
        for weight in [weight for weight in stored if weight.numel() > 100]:
            assert weight.std().item() in (pytest.approx(1, rel=0.3), pytest.approx(100, rel=0.3))


def test_in_training_styles_are_mixed_from_a_layer_on():
    generator = make_generator(mixing=1.0)
    z = torch.randn(200, 8)
    styles, own = generator.styles(z), generator.map(z)
    same = (styles == own[:, None]).all(dim=2)
    first_other = same.sum(dim=1)
    assert first_other.unique().tolist() == list(range(1, generator.num_layers)), (
        "a change at every layer but the first"
    )
    assert torch.equal(same, torch.arange(generator.num_layers) < first_other[:, None]), "and only one"
    for row, start in zip(styles, first_other.tolist(), strict=True):
        assert torch.equal(row[start:], row[-1].expand_as(row[start:])), "to one other latent"


@pytest.mark.parametrize("mixing", [0.0, 0.3, 0.9])
def test_styles_are_mixed_with_the_probability_that_was_asked_for(mixing):
    generator = make_generator(mixing=mixing)
    styles = generator.styles(torch.randn(2000, 8))
    mixed = (styles[:, 0] != styles[:, -1]).any(dim=1).float().mean().item()
    assert mixed == pytest.approx(mixing, abs=0.04)


def test_the_mean_style_converges_to_the_mean():
    generator = make_generator(mixing=0.0)
    z = torch.randn(500, 8)
    mean = generator.map(z).mean(dim=0).detach()
    before = generator.mean_style.clone()
    generator.styles(z)
    torch.testing.assert_close(generator.mean_style, before + 0.005 * (mean - before))
    for _ in range(1000):
        generator.styles(z)
    torch.testing.assert_close(generator.mean_style, mean, rtol=0.01, atol=1e-4)
    assert not generator.mean_style.requires_grad
    kept = generator.mean_style.clone()
    generator.eval().styles(z)
    assert torch.equal(generator.mean_style, kept), "and stays in eval mode"


def test_truncation_moves_styles_to_the_mean():
    generator = make_generator().eval()
    generator.mean_style.copy_(torch.randn(8))
    styles = generator.styles(torch.randn(3, 8))
    mean = generator.mean_style.expand_as(styles)
    assert torch.equal(generator.truncate(styles, 1.0), styles)
    assert torch.equal(generator.truncate(styles, 0.0), mean)
    torch.testing.assert_close(generator.truncate(styles, 0.7), mean + 0.7 * (styles - mean))
    coarse = generator.truncate(styles, 0.0, layers=[0, 2])
    assert torch.equal(coarse[:, [0, 2]], mean[:, [0, 2]])
    assert torch.equal(coarse[:, [1, *range(3, 8)]], styles[:, [1, *range(3, 8)]])
    images = generator.synthesize(generator.truncate(styles, 0.0))
    torch.testing.assert_close(images, images[:1].expand_as(images))


def test_forward_synthesizes_the_styles():
    generator = with_noise(make_generator()).eval()
    z = torch.randn(3, 8)
    assert torch.equal(generator(z), generator.synthesize(generator.styles(z)))


def test_each_layer_reads_its_own_style():
    """Layer 2k + 1 also colours map k."""
    generator = make_generator().eval()
    styles = generator.styles(torch.randn(1, 8))
    read = {module: [] for module in (*generator.layers, *generator.to_image)}
    for module in read:
        module.register_forward_hook(lambda layer, args, _: read[layer].append(args[1]))
    generator.synthesize(styles + torch.arange(8.0)[:, None])
    for index, layer in enumerate(generator.layers):
        assert torch.equal(read[layer][0], styles[:, index] + index)
    for index, layer in enumerate(generator.to_image):
        assert torch.equal(read[layer][0], styles[:, 2 * index + 1] + (2 * index + 1))


def test_style_weights_are_what_the_layers_read_styles_with():
    generator = make_generator()
    widths = [16, 16, 16, 16, 8, 8, 4]
    assert generator.style_weights().shape == (sum(widths) + 16 + 16 + 8 + 4, 8)
    expected = torch.cat([generator.layers[3].modulated.affine.weight, generator.to_image[1].modulated.affine.weight])
    assert torch.equal(generator.style_weights([3]), expected)
    assert torch.equal(generator.style_weights([7]), generator.to_image[3].modulated.affine.weight)
    assert torch.equal(generator.style_weights([2]), generator.layers[2].modulated.affine.weight)


def test_in_eval_mode_an_image_follows_from_its_latent_alone():
    generator = with_noise(make_generator()).double().eval()
    z = torch.randn(6, 8, dtype=torch.float64)
    images = generator(z)
    assert torch.equal(images, generator(z))
    torch.testing.assert_close(images[:1], generator(z[:1]), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(images, copy.deepcopy(generator)(z), rtol=0, atol=0)
    generator.train()
    assert not torch.equal(generator(z), generator(z))


def test_noise_has_no_effect_before_its_strength_is_learned():
    generator = make_generator(mixing=0.0)
    z = torch.randn(3, 8)
    torch.testing.assert_close(generator(z), generator.eval()(z))
    generator.train()(z).square().sum().backward()
    assert all(layer.strength.grad != 0 for layer in generator.layers)


def test_a_conditional_pair_depends_on_the_label_and_needs_it():
    generator = make_generator(num_classes=10, conditioning="embedding").eval()
    discriminator = make_discriminator(num_classes=10, conditioning="projection", minibatch_std=False)
    z, image = torch.randn(1, 8), torch.randn(1, 1, 28, 28)
    three, eight = torch.tensor([3]), torch.tensor([8])
    assert not torch.equal(generator(z, three), generator(z, eight))
    assert not torch.equal(discriminator(image, three), discriminator(image, eight))
    for network, x in ((generator, z), (discriminator, image)):
        with pytest.raises(ValueError, match="needs labels"):
            network(x)


def test_without_conditioning_the_classes_of_the_data_do_not_matter():
    generator, discriminator = make_generator(num_classes=10).eval(), make_discriminator(num_classes=10)
    assert (generator.num_classes, discriminator.num_classes) == (0, 0)
    z = torch.randn(2, 8)
    assert torch.equal(generator(z, torch.tensor([3, 8])), generator(z))


def test_nothing_waits_for_the_device_or_needs_values():
    with torch.device("meta"):
        generator = make_generator(num_classes=10, conditioning="embedding")
        discriminator = make_discriminator(num_classes=10, conditioning="projection")
        labels = torch.zeros(4, dtype=torch.int64)
        assert discriminator(generator(torch.randn(4, 8), labels), labels).shape == (4,)
