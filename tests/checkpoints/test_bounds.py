"""What is built or unfolded from a file is bounded by the file's size."""

import pytest
import torch
import yaml
from torch import nn

from gan_lightning.checkpoints.budget import Budget
from gan_lightning.cli.yaml_files import load_yaml
from gan_lightning.errors import UsageError


def test_networks_are_as_large_as_their_file_allows():
    with Budget(4 * 3000 * 4000, "too large"):
        assert nn.Linear(3000, 4000).weight.shape == (4000, 3000)
    with Budget(1000, "too large"), pytest.raises(UsageError, match="too large"):
        nn.Linear(10**5, 10**5)


def test_a_tower_of_tiny_layers_ends():
    with Budget(1000, "too large"), pytest.raises(UsageError, match="too large"):
        nn.ModuleList(nn.Linear(1, 1) for _ in range(10**6))


def test_what_is_drawn_within_bounds_is_the_same():
    expected = torch.rand(3, generator=torch.Generator().manual_seed(0))
    with Budget(1000, "too large"):
        assert torch.equal(torch.rand(3, generator=torch.Generator().manual_seed(0)), expected)


def test_aliases_that_people_write_are_read():
    assert load_yaml("a: &a {x: 1}\nb: [*a, *a]") == {"a": {"x": 1}, "b": [{"x": 1}] * 2}
    with pytest.raises(yaml.YAMLError):
        load_yaml("a: [")


@pytest.mark.parametrize("text", ["a: &a [*a]", "[" * 5000])
def test_endless_nesting_is_one_sentence(text):
    with pytest.raises(UsageError, match=r"^x\.yaml (repeats or nests|is nested)"):
        load_yaml(text, "x.yaml")
