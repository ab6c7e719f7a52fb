"""Short trainings whose values are kept, for tests of recorded steps."""

import torch
from helpers import tiny_data
from lightning.pytorch import Callback

from gan_lightning.training.graphs import GraphedSteps
from gan_lightning.training.recorded import RecordedStep


class Losses(Callback):
    """All values of each step."""

    def __init__(self):
        self.steps = []

    def on_train_batch_end(self, trainer, model, *_):
        self.steps.append({name: value.clone() for name, value in model.scalars.items()})


class Recordings(Callback):
    """Sees to it that every step is taken by a recording, and keeps for which phases there are some."""

    def __init__(self):
        self.steps, self.phases = 0, []

    def on_train_batch_end(self, trainer, model, *_):
        assert type(model.step) is RecordedStep
        assert type(model.step.steps) is GraphedSteps
        self.steps += 1
        self.phases = [phase for _, phase in model.step.steps.recorded]


def train(make_trainer, model, *callbacks, **options):
    """Trains for twelve steps; gives the trainer and the values of each step."""
    torch.manual_seed(0)
    losses = Losses()
    trainer = make_trainer(**{"max_steps": 12, "limit_val_batches": 0, **options}, callbacks=[*callbacks, losses])
    trainer.fit(model, tiny_data())
    return trainer, losses.steps
