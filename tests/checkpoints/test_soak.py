"""Many runs that are killed at every kind of moment and at random ones: ``make soak``."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
import yaml
from checkpoints.interruptions import MOMENTS, NARROW, differences, exit_code, fit, killed_and_resumed, start_fit

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]

CONFIGS = {path.stem: path for path in sorted((ROOT / "configs").glob("*.yaml"))}

WIDTHS = {
    "GAN": ["--model.generator.width=8", "--model.discriminator.width=8"],
    "VanillaGAN": ["--model.hidden_dims=[16,32]"],
    "ConditionalGAN": ["--model.hidden_dims=[16,32]"],
}
"""What makes a model of that class narrow; ``--model.width=4`` by default."""


def narrow(name, saves="--last_checkpoint.every_n_epochs=1"):
    """The options of a shipped configuration's short run on the bundled digits, which have few images of a class."""
    model = yaml.safe_load(CONFIGS[name].read_text())["model"]["class_path"]
    few = "--data.samples_per_class=30"
    return (f"--config={CONFIGS[name]}", *WIDTHS.get(model, ["--model.width=4"]), saves, few, *NARROW)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", CONFIGS)
def test_a_shipped_configuration_is_killed_and_goes_on(whole, tmp_path, name, moment):
    run, _ = killed_and_resumed(tmp_path, narrow(name), moment)
    assert differences(whole(*narrow(name)), run) == []


@pytest.fixture(params=["the disk", "memory"])
def folder(request, tmp_path):
    """A folder on one of two file systems; ``$TMPDIR`` is on the first."""
    if request.param == "the disk":
        yield tmp_path
    else:
        place = Path("/dev/shm", f"soak-{os.getpid()}")
        place.mkdir()
        yield place
        shutil.rmtree(place)


KILLS = int(os.environ.get("SOAK_KILLS", 14))
SEED = int(os.environ.get("SOAK_SEED", 0))


@pytest.mark.parametrize("name", ["vanilla", "conditional_dcgan"])
def test_a_run_survives_random_kills_with_signals_between(whole, folder, name):
    """Each start of the same command line is stopped at a random moment; the last one is left alone."""
    rng = random.Random(f"{SEED} {name} {folder.parts[1]}")
    words = [*narrow(name, saves="--last_checkpoint.every_n_train_steps=3"), "--trainer.max_epochs=40"]
    stops = []
    for turn in range(KILLS):
        number = signal.SIGKILL if turn % 4 else rng.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        child = start_fit(folder, *words, "--resume")
        time.sleep(rng.uniform(1, 8))
        os.kill(child, number)
        stops.append((number.name, exit_code(child)))
    print(f"SOAK_SEED={SEED}: {stops}")
    assert fit(folder, *words, "--resume") == 0
    *_, run = sorted((folder / "run").iterdir())
    assert differences(whole(*words), run) == []
