import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lightning.training.ema import WARM_UP, ema_weight, update_average


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), spectral_norm(nn.Linear(4, 4)))


def test_after_a_half_life_a_weight_counts_half():
    decay = 1 - ema_weight(batch_size=50, half_life=1000, images_seen=10**9)
    assert decay ** (1000 / 50) == pytest.approx(0.5)


def test_the_half_life_warms_up_with_the_images_seen():
    assert ema_weight(64, 10_000, images_seen=0) == 1
    assert ema_weight(64, 10_000, images_seen=6400) == pytest.approx(1 - 0.5 ** (64 / (WARM_UP * 6400)))
    assert ema_weight(64, 10_000, images_seen=10**7) == pytest.approx(1 - 0.5 ** (64 / 10_000))


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_weights_and_statistics_are_averaged_and_other_buffers_copied(device):
    model, average = network().to(device), network().to(device)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1)
    before = copy.deepcopy(average.state_dict())
    model(torch.randn(8, 3, device=device))
    update_average(average, model, torch.tensor(0.25, device=device))
    vectors = {f"2.parametrizations.weight.0.{name}" for name in ("_u", "_v")}
    copied = {"1.num_batches_tracked", *vectors}
    assert copied < set(before)
    for name, target in model.state_dict().items():
        assert not torch.equal(target, before[name]), name
        expected = target if name in copied else 0.75 * before[name] + 0.25 * target
        torch.testing.assert_close(average.state_dict()[name], expected)
        assert not copied & {name} or torch.equal(average.state_dict()[name], target), name
    assert average[1].num_batches_tracked == 1


def test_statistics_that_are_not_kept_are_no_obstacle():
    model, average = (nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False)) for _ in range(2))
    with torch.no_grad():
        model[0].weight.add_(2)
    update_average(average, model, torch.tensor(0.5))
    assert torch.equal(average[0].weight, torch.full((3,), 2.0))


def test_without_memory_the_average_is_the_model():
    model, average = network(), network()
    with torch.no_grad():
        model[0].weight.add_(1)
    update_average(average, model, torch.tensor(1.0))
    assert torch.equal(average[0].weight, model[0].weight)
