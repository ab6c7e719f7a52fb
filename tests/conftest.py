"""What the tests share: one thread, a quiet trainer and a way to run the command line."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two spinning threads on a busy machine cost 8 ms an operation

import pytest
import torch
from helpers import QUICK, train_from_command_line
from lightning.pytorch import Trainer

from gan_lightning.cli import main
from gan_lightning.metrics.features.training import Recipe

torch.set_num_threads(1)


def pytest_collection_modifyitems(config, items):
    """Leaves out what needs a GPU where there is none."""
    if not torch.cuda.is_available():
        gpu = [item for item in items if item.get_closest_marker("gpu")]
        config.hook.pytest_deselected(items=gpu)
        items[:] = [item for item in items if item not in gpu]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A cache folder of the tests' own, which the processes of one test run share."""
    folder = tmp_path_factory.getbasetemp()
    os.environ["GAN_LIGHTNING_CACHE"] = str(
        (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "cache"
    )


@pytest.fixture
def quick_recipe(monkeypatch):
    """Classifiers see each image of small data sets twice, not so often that they are good."""
    _, _, _, *rest = Recipe.__init__.__defaults__
    monkeypatch.setattr(Recipe.__init__, "__defaults__", (2, 0, 32, *rest))


@pytest.fixture
def make_trainer(tmp_path):
    """A trainer on the CPU that prints nothing and writes to ``tmp_path``."""

    def make(**options):
        defaults = {
            "accelerator": "cpu",
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "default_root_dir": tmp_path,
        }
        return Trainer(**{**defaults, **options})

    return make


@pytest.fixture
def command_line(capsys, monkeypatch):
    """Runs a command line in this process; gives its exit status, standard output and standard error."""
    monkeypatch.setattr("sys.argv", ["gan_lightning"])

    def run(*args):
        status = 0
        try:
            main([str(arg) for arg in args])
        except SystemExit as stop:
            status = stop.code
            if isinstance(status, str):
                return 1, capsys.readouterr().out, status
        captured = capsys.readouterr()
        return status or 0, captured.out, captured.err

    return run


@pytest.fixture
def fit(command_line, tmp_path):
    """Trains for two batches into ``tmp_path``."""

    def run(*args):
        files = [arg for arg in args if arg.startswith("--config")]
        rest = [arg for arg in args if arg not in files]
        return command_line("fit", *files, *QUICK, f"--trainer.logger.save_dir={tmp_path}", *rest)

    return run


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """A checkpoint of a tiny unconditional GAN that was trained for two batches."""
    return train_from_command_line(tmp_path_factory.mktemp("vanilla"), "VanillaGAN")


@pytest.fixture(scope="session")
def conditional_checkpoint(tmp_path_factory):
    """A checkpoint of a tiny conditional GAN that was trained on the digits 3 and 8 for two batches."""
    return train_from_command_line(tmp_path_factory.mktemp("conditional"), "ConditionalGAN", "--data.digits=[3,8]")
