"""No file that somebody sends runs code, imports, writes or deletes, fills the memory, or ends in a traceback."""

import os
import resource
import sys
from pathlib import Path

import pytest
import torch
from helpers import tiny_data
from hostile_checkpoints import ARGUMENTS, CASES, DOORS, FILES, changed, paths
from hostile_data import ALL, DIGITS

import gan_lightning
from gan_lightning.errors import UsageError

COMMANDS_ONLY = "a module as the data", "a number for a callback"
THROUGHOUT = CASES if "SWEEP_EXAMPLES" in os.environ else [*[*CASES][::12], *COMMANDS_ONLY]
"""Checkpoints that every command is given; the others only the quickest that reads what was changed."""

MEMORY = 3 * 10**9
"""Bytes that the process may take beyond what it has, which is far below what the bombs ask for."""


@pytest.fixture(scope="module")
def content(checkpoint):
    return torch.load(checkpoint, weights_only=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working directory with a module that must not be imported, and little memory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "evil_module.py").write_text("open('canary', 'w').close()\nclass Canary: pass\n")
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_AS, before)
    assert not (tmp_path / "canary").exists()
    assert "evil_module" not in sys.modules


def is_refused(command_line, *words):
    status, _, err = command_line(*words)
    sentence = err.strip().splitlines()[-1] if status == 2 else err
    assert status in (1, 2), "it was obeyed"
    assert sentence.startswith("error: "), err
    assert "\n" not in sentence.strip()
    assert "Traceback" not in err
    return sentence


def go(door, path):
    return [*ARGUMENTS[door], f"--ckpt_path={path}", *([] if door == "generate" else ["--trainer.logger=false"])]


@pytest.mark.parametrize("name", CASES)
def test_a_tampered_checkpoint_is_one_sentence(content, checkpoint, folder, command_line, make_trainer, name):
    changes, doors = CASES[name]
    torch.save(changed(content, changes), folder / "x.ckpt")
    for door in doors if name in THROUGHOUT else doors[:1]:
        if door == "generate" or name in THROUGHOUT:
            is_refused(command_line, *go(door, "x.ckpt"))
        else:
            with pytest.raises(UsageError):
                make_trainer(max_steps=3).fit(gan_lightning.load(checkpoint), tiny_data(), ckpt_path="x.ckpt")
    assert not (folder / "out").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_checkpoint_is_one_sentence(content, folder, command_line, name):
    FILES[name](folder / "x.ckpt", content)
    for door in ("generate", "test", "fit"):
        is_refused(command_line, *go(door, "x.ckpt"))


@pytest.mark.parametrize("door", [*DOORS, "test"])
def test_a_sound_checkpoint_opens_and_its_paths_are_not_followed(content, folder, command_line, door):
    """Also where it names a function that would build its data."""
    victim = folder / "checkpoints" / "victim.ckpt"  # where Lightning deletes what a run says that it saved
    victim.parent.mkdir()
    victim.write_text("mine")
    named = [(("datamodule_hyper_parameters", "_instantiator"), "evil_module.Canary")]
    named += [(("hyper_parameters", "_instantiator"), "evil_module.Canary")]
    torch.save(changed(content, [*paths(victim, victim.parent), *named]), folder / "x.ckpt")
    status, _, err = command_line(*go(door, "x.ckpt"))
    assert status == 0, err
    assert victim.read_text() == "mine"


def test_every_other_file_is_one_sentence(folder, command_line):
    """In one process and one test, since what they cost is mostly to be written."""
    opened, wrong = 0, {}
    for kind in ALL:
        for name, words in kind(folder):
            opened += 1
            try:
                is_refused(command_line, *words)
            except Exception as error:
                wrong[name] = f"{type(error).__name__}: {str(error)[:300]}"
            assert not (folder / "canary").exists(), name
    assert not wrong, "\n".join(f"{name}: {error}" for name, error in wrong.items())
    assert opened + len(CASES) + len(FILES) > 100


def test_an_old_lightning_is_refused(checkpoint, command_line, monkeypatch):
    monkeypatch.setattr("gan_lightning.checkpoints.format.version", lambda name: "2.6.5")
    sentence = is_refused(command_line, *go("generate", checkpoint))
    assert sentence == "error: Lightning 2.6.5 runs code that a checkpoint names: pip install 'lightning>=2.6.6' first"


def test_a_damaged_cache_is_made_anew(folder, monkeypatch):
    from safetensors.torch import save_file

    from gan_lightning.data import MNISTDataModule
    from gan_lightning.metrics.features.store import extractor_for
    from gan_lightning.metrics.real import real_features

    monkeypatch.setenv("GAN_LIGHTNING_CACHE", str(folder))
    data = MNISTDataModule(**{"dataset": DIGITS.partition("=")[2]})
    images, extractor = data.images(False)[0], extractor_for(data)
    sound = real_features(extractor, images)
    (path,) = folder.rglob("*.safetensors")
    save_file({"features": torch.zeros(3, 3), "logits": torch.zeros(3, 3)}, path)
    assert all(map(torch.equal, real_features(extractor, images), sound))
