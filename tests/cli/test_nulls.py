"""Null where it is no value is one sentence, and is taken where it is one."""

import re

import pytest

REFUSED = [
    "--model.dropout",
    "--model.generator_optimizer.lr",
    "--model.loss.label_smoothing",
    "--data.batch_size",
    "--sample_grid.columns",
    "--metrics.num_images",
]


@pytest.mark.parametrize("option", REFUSED)
def test_null_that_is_no_value_is_refused(fit, option):
    status, _, err = fit("--model=VanillaGAN", "--model.loss=NonSaturating", f"{option}=null")
    assert status == 2
    assert re.search(f"error: {option}( cannot be null|: expected .*, got None)", err)


def test_null_that_is_a_value_is_taken(fit):
    options = ("model.ema_half_life", "model.augment", "data.digits", "metrics.inception_weights")
    tiny = "--model=VanillaGAN", "--model.hidden_dims=[8]", "--metrics.num_images=0"
    assert fit(*tiny, *(f"--{option}=null" for option in options))[0] == 0
