"""Options of runs are told as they are typed, and only where they differ."""

import pytest

import gan_lightning.models  # noqa: F401  (its classes' defaults are known)
from gan_lightning.records import as_word, changes, flatten, not_default

BASE = {
    "model": {"class_path": "gan_lightning.models.DCGAN", "init_args": {"width": 64}},
    "data": {"class_path": "my_data.Module", "init_args": {"batch_size": 32, "root": "data"}},
    "trainer": {"max_epochs": 5, "logger": {"init_args": {"name": "x"}}},
}


def model(**arguments):
    return flatten({**BASE, "model": {"class_path": "gan_lightning.models.DCGAN", "init_args": arguments}})


def test_names_are_those_of_the_command_line():
    penalties = [{"class_path": "gan_lightning.objectives.penalties.R1", "init_args": {"every": 4}}]
    assert flatten(
        {**BASE, "model": {"class_path": "a.B", "init_args": {"penalties": penalties, "betas": [0, 1]}}}
    ) == {
        "model": "a.B",
        "model.penalties.0": "gan_lightning.objectives.penalties.R1",
        "model.penalties.0.every": 4,
        "model.betas": [0, 1],
        "data": "my_data.Module",
        "data.batch_size": 32,
        "trainer.max_epochs": 5,
    }


LOSS = "gan_lightning.objectives."


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"width": 64}, {"width": 64}, {}),
        ({"width": 32}, {"width": 64}, {"model.width": 64}),
        ({"width": 32}, {}, {"model.width": None}),
        ({}, {"loss": {"class_path": f"{LOSS}NonSaturating", "init_args": {"label_smoothing": 0.0}}}, {}),
        (
            {"loss": {"class_path": f"{LOSS}NonSaturating", "init_args": {"label_smoothing": 0.1}}},
            {"loss": {"class_path": f"{LOSS}adversarial.Hinge"}},
            {"model.loss": f"{LOSS}adversarial.Hinge"},
        ),
        (
            {"loss": {"class_path": f"{LOSS}Hinge"}},
            {"loss": {"class_path": f"{LOSS}adversarial.NonSaturating", "init_args": {"label_smoothing": 0.1}}},
            {"model.loss": f"{LOSS}adversarial.NonSaturating", "model.loss.label_smoothing": 0.1},
        ),
    ],
)
def test_only_what_differs_is_told(before, now, expected):
    assert changes(model(**now), model(**before)) == expected


def test_what_a_class_has_by_itself_is_left_out():
    adam = {"class_path": "gan_lightning.training.optim.Adam", "init_args": {"lr": 1e-3, "betas": [0.5, 0.999]}}
    left = not_default(model(width=64, generator_optimizer=adam, compile=False))
    assert {name for name in left if name.startswith("model")} == {
        *("model", "model.generator_optimizer", "model.generator_optimizer.lr")
    }


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"x": {"class_path": "gan_lightning.objectives.Hinge"}}, "Hinge"),
        ({"x": {"class_path": "my_losses.Quadratic"}}, "my_losses.Quadratic"),
        ({"x": [0.5, 0.9]}, "[0.5, 0.9]"),
        ({"x": None}, "null"),
        ({"x": True}, "true"),
        ({"x": "bf16-mixed"}, "bf16-mixed"),
    ],
)
def test_values_are_words(config, word):
    assert as_word(flatten(config)["x"]) == word
