import pytest
import torch
from helpers import tiny_data, tiny_model

from gan_lightning.errors import UsageError
from gan_lightning.models import DCGAN, ConditionalGAN
from gan_lightning.sampling.generative import SAMPLE_BATCH


@pytest.fixture(scope="module")
def conditional():
    torch.manual_seed(0)
    return ConditionalGAN(latent_dim=4, hidden_dims=[8], classes=[3, 8])


def test_the_first_images_are_the_same_however_many_are_drawn():
    torch.manual_seed(0)
    model = DCGAN(width=8)
    many = model.sample(2 * SAMPLE_BATCH + 5, seed=3)
    for num in (1, 7, SAMPLE_BATCH, SAMPLE_BATCH + 1):
        assert torch.equal(model.sample(num, seed=3), many[:num])
    assert len(many) == 2 * SAMPLE_BATCH + 5
    assert not torch.equal(model.sample(1, seed=4), many[:1])
    assert len(many.flatten(1).unique(dim=0)) == len(many)


@pytest.mark.parametrize("num", [5, 3 * SAMPLE_BATCH + 5])
def test_the_shares_of_several_processes_are_the_whole(num, conditional):
    labels = [3, 8, 8]
    shares = [conditional.sample_share(num, labels, seed=1, rank=rank, world_size=3) for rank in range(3)]
    assert torch.equal(torch.cat([images for images, _ in shares]), conditional.sample(num, labels, seed=1))
    assert torch.equal(torch.cat([wanted for _, wanted in shares]), conditional.sample_labels(num, labels))


def test_samples_are_drawn_from_the_latents():
    model = DCGAN(width=4)
    z = model.latents(7, seed=2)
    assert torch.equal(model.render(z, torch.zeros(7, dtype=torch.int64)), model.sample(7, seed=2))


def test_truncated_latents_have_the_truncated_normal_distribution():
    model = tiny_model()
    free, truncated = model.latents(20_000), model.latents(20_000, truncation=1)
    assert truncated.abs().max() <= 1
    assert truncated.var().item() == pytest.approx(0.2912, abs=0.003)  # 1 - 2φ(1) / (2Φ(1) - 1)
    assert (truncated.flatten()[free.flatten().argsort()].diff() >= 0).all(), "each keeps its rank"
    torch.testing.assert_close(model.latents(100, truncation=6), free[:100], rtol=1e-4, atol=1e-5)
    with pytest.raises(UsageError, match="truncation must be positive, not 0"):
        model.sample(1, truncation=0)


def test_sampling_leaves_random_streams_and_modes_alone():
    torch.manual_seed(0)
    model = DCGAN(width=4)
    model.averaged_generator.train()
    model.averaged_generator.layers[1].eval()
    modes = [module.training for module in model.modules()]
    state = torch.get_rng_state()
    buffers = [b.clone() for b in model.buffers()]
    model.sample(5)
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(a, b) for a, b in zip(model.buffers(), buffers, strict=True))


@pytest.mark.parametrize("precision", ["64-true", "bf16-true", "bf16-mixed"])
def test_any_precision_trains_and_draws(make_trainer, precision):
    model = tiny_model()
    trainer = make_trainer(max_steps=2, log_every_n_steps=1, limit_val_batches=1, precision=precision)
    trainer.fit(model, tiny_data())
    assert model.sample(3).shape == (3, 1, 28, 28)
    assert trainer.callback_metrics["train/generator_loss"].isfinite()


def test_the_averaged_generator_is_preferred():
    model = tiny_model()
    before = model.sample(2)
    with torch.no_grad():
        model.generator.layers[0].weight.add_(1)
    assert torch.equal(model.sample(2), before)
    without = tiny_model(ema_half_life=None)
    assert torch.equal(without.sample(2), before)
    with torch.no_grad():
        without.generator.layers[0].weight.add_(1)
    assert not torch.equal(without.sample(2), before)


def test_labels_take_turns(conditional):
    assert conditional.sample_labels(5).tolist() == [3, 8, 3, 8, 3]
    assert conditional.sample_labels(3, 8).tolist() == [8, 8, 8]
    assert conditional.sample_labels(3, [8, 3]).tolist() == [8, 3, 8]
    assert tiny_model().sample_labels(2).tolist() == [0, 0]


def test_the_label_is_what_is_drawn(conditional):
    three, eight, mixed = conditional.sample(4, 3), conditional.sample(4, 8), conditional.sample(4)
    assert torch.equal(mixed[0::2], three[0::2])
    assert torch.equal(mixed[1::2], eight[1::2])
    assert not torch.equal(three, eight)


def test_what_cannot_be_drawn_is_refused(conditional):
    for labels in (7, [3, 12], []):
        with pytest.raises(UsageError, match="knows the labels 3, 8"):
            conditional.sample(2, labels)
    with pytest.raises(UsageError, match="unconditional and takes no labels"):
        tiny_model().sample(2, 3)
    with pytest.raises(UsageError, match="at least 1"):
        tiny_model().sample(0)


@pytest.mark.parametrize("normalization", [(0.5, 0.5), (0.5, 1.0), (0.4, 0.9)])
def test_bytes_of_data_and_samples_are_on_one_scale(normalization):
    data = tiny_data(normalization=normalization)
    data.setup("fit")
    images, _ = next(iter(data.val_dataloader()))
    model = tiny_model(value_range=data.value_range)
    assert torch.equal(model.to_uint8(images), data.splits[False][0][: len(images)])


def test_rounding_is_to_the_nearest_byte_and_outliers_are_clipped():
    levels = torch.tensor([-1.2, -1.0, 0.0, 0.999, 1.0, 1.5])
    assert tiny_model().to_uint8(levels).tolist() == [0, 0, 128, 255, 255, 255]
