import copy

import pytest
import torch
from torch import nn

from gan_lightning.training.ema import WARM_UP, ema_decay, update_average


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def test_after_a_half_life_a_weight_counts_half():
    decay = ema_decay(batch_size=50, half_life=1000, images_seen=10**9)
    assert decay ** (1000 / 50) == pytest.approx(0.5)


def test_the_half_life_warms_up_with_the_images_seen():
    assert ema_decay(64, 10_000, images_seen=0) == 0
    assert ema_decay(64, 10_000, images_seen=6400) == pytest.approx(0.5 ** (64 / (WARM_UP * 6400)))
    assert ema_decay(64, 10_000, images_seen=10**7) == pytest.approx(0.5 ** (64 / 10_000))


@pytest.mark.parametrize("decay", [0.75, torch.tensor(0.75)], ids=["number", "tensor"])
def test_weights_and_statistics_are_interpolated_and_counters_copied(decay):
    model, average = network(), network()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1)
    before = copy.deepcopy(average).state_dict()
    model(torch.randn(8, 3))
    update_average(average, model, decay)
    for name, target in model.state_dict().items():
        expected = 0.75 * before[name] + 0.25 * target if target.is_floating_point() else target
        torch.testing.assert_close(average.state_dict()[name], expected)
    assert average[1].num_batches_tracked == 1


def test_without_memory_the_average_is_the_model():
    model, average = network(), network()
    with torch.no_grad():
        model[0].weight.add_(1)
    update_average(average, model, decay=0.0)
    assert torch.equal(average[0].weight, model[0].weight)
