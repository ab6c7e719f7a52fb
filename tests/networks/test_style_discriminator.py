"""The style-based discriminator: what its scores depend on, and their second-order gradients."""

import pytest
import torch

from gan_lightning.networks import StyleDiscriminator


def make_discriminator(**options):
    torch.manual_seed(0)
    return StyleDiscriminator(**{"width": 4, **options})


@pytest.mark.parametrize("minibatch_std", [True, False])
def test_the_discriminator_says_whether_a_score_depends_on_the_other_images(minibatch_std):
    discriminator = make_discriminator(minibatch_std=minibatch_std).double()
    assert discriminator.mixes_batch == minibatch_std
    images = torch.randn(8, 1, 28, 28, dtype=torch.float64)
    together, apart = discriminator(images), torch.cat([discriminator(image) for image in images.split(1)])
    assert torch.allclose(together, apart, rtol=1e-10) == (not minibatch_std)


def test_packs_are_scored_together_and_heads_read_the_features():
    discriminator = make_discriminator(pack=2)
    discriminator.add_head("classes", 5)
    scores = discriminator(torch.randn(4, 2, 28, 28))
    assert scores.logits.shape == (4,)
    assert scores.heads["classes"].shape == (4, 5)
    assert discriminator.heads["classes"].parametrizations.weight.original.std().item() == pytest.approx(1, rel=0.3)


def test_spectral_norms_are_one():
    torch.manual_seed(0)
    discriminator = StyleDiscriminator(width=4, spectral_norm=True, num_classes=3, conditioning="projection")
    discriminator.add_head("classes", 5)
    images, labels = torch.randn(8, 1, 28, 28), torch.zeros(8, dtype=torch.int64)
    for _ in range(50):
        discriminator(images, labels)
    layers = [m for m in discriminator.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    assert len(layers) == 1 + 3 * 3 + 1 + 1 + 1 + 1
    for layer in layers:
        norm = torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item()
        assert norm == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("minibatch_std", [True, False])
def test_the_gradient_of_a_gradient_penalty_is_the_difference_quotient(minibatch_std):
    """R1, the mean squared length of D's gradient at real images, as each weight changes."""
    discriminator = make_discriminator(image_shape=(1, 8, 8), width=2, minibatch_std=minibatch_std).double()
    images = torch.randn(4, 1, 8, 8, dtype=torch.float64, requires_grad=True)

    def penalty():
        (gradient,) = torch.autograd.grad(discriminator(images).sum(), images, create_graph=True)
        return gradient.square().sum(dim=(1, 2, 3)).mean()

    penalty().backward()
    step, checked = 1e-6, 0
    for parameter in discriminator.parameters():
        if parameter.grad is None:  # the last bias is in no gradient
            continue
        largest = torch.unravel_index(parameter.grad.abs().argmax(), parameter.shape)
        value = parameter.data[largest].item()
        values = []
        for moved in (value + step, value - step, value):
            parameter.data[largest] = moved
            values.append(penalty().item())
        expected = (values[0] - values[1]) / (2 * step)
        assert parameter.grad[largest].item() == pytest.approx(expected, rel=1e-4, abs=1e-7)
        checked += 1
    assert checked >= 7
