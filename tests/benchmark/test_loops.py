"""What fit is compared with is what it says: the same step without Lightning, and the tutorials' loop done right."""

import copy
import math
from contextlib import nullcontext

import pytest
import torch
from helpers import tiny_data, tiny_model
from torch import nn
from torchvision import datasets
from torchvision_files import write_torchvision

from gan_lightning.benchmark.loops import BareLoop, Pictures, TextbookLoop, pictures
from gan_lightning.data import MNISTDataModule
from gan_lightning.models import DCGAN, ConditionalGAN
from gan_lightning.training.seeding import seed_device, step_seed


class SeededAsInFit(BareLoop):
    def run(self, steps):
        for _ in range(steps):
            seed_device(step_seed("step", 0, 0, self.model.images_seen), torch.device("cpu"))
            super().run(1)


def test_the_bare_loop_takes_the_steps_of_fit(make_trainer):
    model = tiny_model(discriminator_steps=2, gradient_clip_norm=0.1, ema_half_life=None)
    bare = SeededAsInFit(copy.deepcopy(model), tiny_data(), nullcontext)
    model.seed = 0
    make_trainer(max_steps=5, limit_val_batches=0).fit(model, tiny_data())
    bare.run(5)
    for name, value in model.state_dict().items():
        assert torch.equal(bare.model.state_dict()[name], value), name


def test_the_textbook_loop_starts_with_the_losses_of_an_undecided_discriminator_and_learns():
    model = tiny_model(dropout=0.0)
    with torch.no_grad():
        model.discriminator.score.weight.zero_()
        model.discriminator.score.bias.zero_()
    before = copy.deepcopy(model.state_dict())
    loop = TextbookLoop(model, tiny_data(), torch.device("cpu"))
    loop.run(1)
    discriminator_loss, generator_loss = loop.losses[0]
    assert discriminator_loss == pytest.approx(2 * math.log(2))
    assert generator_loss == pytest.approx(math.log(2), rel=1e-2)
    loop.run(40)
    assert loop.losses[-1][0] < 1.3 < loop.losses[0][0]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_textbook_loop_generates_twice_and_computes_the_gradients_that_it_does_not_need():
    loop, passes, gradients = TextbookLoop(tiny_model(), tiny_data(), torch.device("cpu")), [], []
    loop.generator.register_forward_hook(lambda *_: passes.append(1))
    for parameter in loop.discriminator.parameters():
        parameter.register_post_accumulate_grad_hook(lambda _: gradients.append(1))
    loop.run(3)
    assert len(passes) == 2 * 3
    assert len(gradients) == 2 * 3 * len(list(loop.discriminator.parameters()))


def test_the_textbook_loop_has_the_layers_of_tutorials_which_compute_the_same():
    model = DCGAN(width=4)
    loop = TextbookLoop(model, tiny_data(), torch.device("cpu"))
    assert model.discriminator.layers[2].weight.is_contiguous(memory_format=torch.channels_last)
    for ours, theirs in ((model.generator, loop.generator), (model.discriminator, loop.discriminator)):
        assert all(torch.equal(p, q) for p, q in zip(ours.parameters(), theirs.parameters(), strict=True))
        assert all(p.is_contiguous() for p in theirs.parameters())
    model = tiny_model()
    loop = TextbookLoop(model, tiny_data(), torch.device("cpu"))
    assert not any(type(layer) is nn.Dropout for layer in model.discriminator.modules())
    assert [layer.p for layer in loop.discriminator.modules() if type(layer) is nn.Dropout] == [0.3, 0.3]
    images = torch.randn(4, 1, 28, 28)
    assert torch.equal(loop.discriminator.eval()(images), model.discriminator.eval()(images))


def test_the_textbook_loop_conditions_both_players():
    model = ConditionalGAN(latent_dim=4, hidden_dims=[8])
    loop = TextbookLoop(model, tiny_data(), torch.device("cpu"))
    loop.run(1)
    assert loop.generator.num_classes == loop.discriminator.num_classes == 10


@pytest.mark.parametrize("normalization", [(0.5, 0.5), (0.1307, 0.3081)])
def test_pictures_are_the_images_that_the_loader_hands_out(normalization):
    data = tiny_data(normalization=normalization)
    images, labels = next(iter(data.batches(True, batch_size=8, value_range=data.value_range)))
    one_by_one = pictures(data)
    assert isinstance(one_by_one, Pictures)
    torch.testing.assert_close(torch.stack([one_by_one[i][0] for i in range(8)]), images)
    assert [one_by_one[i][1] for i in range(8)] == labels.tolist()


def test_whole_data_sets_of_torchvision_are_read_by_torchvision(tmp_path):
    write_torchvision(tmp_path, "mnist")
    whole = MNISTDataModule(root=str(tmp_path), download=False)
    assert isinstance(pictures(whole), datasets.MNIST)
    image, label = pictures(whole)[3]
    expected = Pictures(whole, pictures(whole).transform)[3]
    assert torch.equal(image, expected[0])
    assert label == expected[1]
    part = MNISTDataModule(root=str(tmp_path), download=False, digits=[3])
    assert isinstance(pictures(part), Pictures)
