"""A checkpoint builds nothing but parts of models."""

import os
import subprocess
import sys

import pytest
import torch

from gan_lightning.errors import UsageError
from gan_lightning.models import GAN

HOSTILE = {
    "a function": {"class_path": "os.system", "init_args": {"command": "touch hacked"}},
    "a class of another kind": {"class_path": "subprocess.Popen", "init_args": {"args": "touch hacked", "shell": True}},
    "a module that was not imported": {"class_path": "antigravity.Hinge"},
    "no path": {"class_path": 3},
    "a path in place of a class": "antigravity.fly",
}


@pytest.mark.parametrize("place", ["loss", "generator_optimizer", "discriminator_scheduler", "augment", "prior"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_checkpoint_builds_nothing_but_parts_of_models(checkpoint, tmp_path, monkeypatch, command_line, name, place):
    called = []
    monkeypatch.setattr(os, "system", lambda *a, **k: called.append(a))
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda *a, **k: called.append(a))
    monkeypatch.chdir(tmp_path)
    content = torch.load(checkpoint, weights_only=True)
    content["hyper_parameters"][place] = HOSTILE[name]
    torch.save(content, tmp_path / "x.ckpt")
    with pytest.raises(UsageError, match="which is not"):
        GAN.load_from_checkpoint(tmp_path / "x.ckpt")
    status, _, err = command_line("fit", "--ckpt_path=x.ckpt", "--trainer.accelerator=cpu")
    assert (status, called, "antigravity" in sys.modules) == (2, [], False), err
