"""What a network cannot be built from is refused in one sentence that names the option."""

import pytest
from network_cases import DISCRIMINATORS, GENERATORS, build

from gan_lightning.errors import UsageError
from gan_lightning.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    MLPGenerator,
    ResidualDiscriminator,
    ResidualGenerator,
)

NETWORKS = [*GENERATORS, *DISCRIMINATORS]
CONVOLUTIONAL = [DCGANGenerator, DCGANDiscriminator, ResidualGenerator, ResidualDiscriminator]


@pytest.mark.parametrize("network", NETWORKS)
def test_unknown_conditioning_is_refused_with_the_accepted_names(network):
    other = "batch_norm" if network in GENERATORS else "projection"
    with pytest.raises(UsageError, match=f"^conditioning must be none, one_hot, embedding or {other}, not 'labels'$"):
        network(num_classes=10, conditioning="labels")


@pytest.mark.parametrize("network", NETWORKS)
def test_conditioning_without_classes_is_refused(network):
    with pytest.raises(UsageError, match=r"^conditioning one_hot needs classes, .* pass num_classes"):
        network(conditioning="one_hot")
    with pytest.raises(UsageError, match=r"^num_classes must be at least 0, not -1$"):
        network(num_classes=-1)


@pytest.mark.parametrize(
    ("network", "options"),
    [(MLPGenerator, {"batch_norm": False}), (DCGANGenerator, {"norm": "none"}), (ResidualGenerator, {})],
)
def test_conditional_batch_norm_needs_batch_norm(network, options):
    with pytest.raises(UsageError, match=f"{network.__name__}.* has no batch norm to condition: "):
        network(num_classes=10, conditioning="batch_norm", **options)


@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
def test_packs_have_no_label_and_at_least_one_image(discriminator):
    with pytest.raises(UsageError, match=r"^pack 2 .* use pack 1 or conditioning none$"):
        discriminator(num_classes=10, conditioning="projection", pack=2)
    with pytest.raises(UsageError, match=r"^pack must be from 1 to 1048576, not 0$"):
        discriminator(pack=0)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_size_below_one_is_refused_by_name(network):
    with pytest.raises(UsageError, match=r"^width must be from 1 to 1048576, not 0$"):
        network(width=0)
    for shape in ((1, 28), (0, 28, 28)):
        with pytest.raises(UsageError, match=r"^image_shape must be \(channels, height, width\)"):
            network(image_shape=shape)
    if network in GENERATORS:
        with pytest.raises(UsageError, match=r"^latent_dim must be from 1 to 1048576, not 0$"):
            network(latent_dim=0)


@pytest.mark.parametrize("network", [MLPGenerator, MLPDiscriminator])
def test_an_empty_hidden_layer_is_refused(network):
    with pytest.raises(UsageError, match=r"^hidden_dims must each be at least 1, and at most 1048576, not \[8, 0\]$"):
        network(hidden_dims=(8, 0))


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_that_leaves_nothing_is_refused(dropout):
    with pytest.raises(UsageError, match=f"^dropout must be from 0 up and below 1, not {dropout}$"):
        MLPDiscriminator(dropout=dropout)


@pytest.mark.parametrize("shape", [(1, 30, 30), (1, 27, 27), (1, 4, 4), (1, 28, 32)])
@pytest.mark.parametrize("network", CONVOLUTIONAL)
def test_a_side_that_cannot_be_built_is_refused(network, shape):
    with pytest.raises(UsageError, match="multiple of 4"):
        build(network, image_shape=shape)


@pytest.mark.parametrize("network", [ResidualGenerator, ResidualDiscriminator])
def test_residual_blocks_need_whole_groups(network):
    with pytest.raises(UsageError, match=r"^width must be a multiple of 8 for groups of 16 channels, not 12$"):
        network(width=12)
    with pytest.raises(UsageError, match=r"^blocks must be from 1 to 1048576, not 0$"):
        network(blocks=0)


@pytest.mark.parametrize("network", [DCGANGenerator, DCGANDiscriminator])
def test_an_unknown_norm_is_refused(network):
    with pytest.raises(UsageError, match=r"^norm must be batch or none, not 'layer'$"):
        network(norm="layer")


@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
def test_a_head_has_outputs(discriminator):
    with pytest.raises(UsageError, match=r"^outputs must be from 1 to 1048576, not 0$"):
        build(discriminator).add_head("classes", 0)
