"""Labels of any library's numbers, and a model that is called."""

import numpy as np
import pytest
import torch
from helpers import tiny_model

from gan_lightning.errors import UsageError
from gan_lightning.models import ConditionalGAN


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return ConditionalGAN(latent_dim=4, hidden_dims=[8], classes=[3, 8]).eval()


@pytest.mark.parametrize(
    "labels", [[3, 8], (3, 8), torch.tensor([3, 8]), np.array([3, 8]), np.array([3, 8], np.uint8), [np.int64(3), 8]]
)
def test_several_labels_are_the_same_in_any_form(model, labels):
    assert torch.equal(model.sample(5, labels), model.sample(5, [3, 8]))
    assert model.sample_labels(3, labels).tolist() == [3, 8, 3]


@pytest.mark.parametrize("label", [8, np.int64(8), torch.tensor(8), np.array(8), range(8, 9)])
def test_one_label_is_the_same_in_any_form(model, label):
    assert model.sample_labels(2, label).tolist() == [8, 8]


@pytest.mark.parametrize("labels", [3.5, [3.5], "3", torch.tensor([3.0]), np.array(["a"]), [None]])
def test_what_is_no_whole_number_is_one_sentence(model, labels):
    with pytest.raises(UsageError, match=r"labels are whole numbers, such as 7 or \[0, 1, 2\], not"):
        model.sample(2, labels)


def test_a_model_that_is_called_draws_with_the_averaged_generator(model):
    z, labels = model.latents(3), torch.tensor([3, 8, 3])
    with torch.no_grad():
        torch.nn.init.zeros_(next(model.generator.parameters()))
    assert torch.equal(model.to_uint8(model(z, labels)), model.render(z, labels))
    plain = tiny_model().eval()
    assert plain(plain.latents(2)).shape == (2, 1, 28, 28)
