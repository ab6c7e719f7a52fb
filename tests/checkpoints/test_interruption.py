"""A run that is killed or stopped at any moment and goes on is the run that never stopped, bit for bit."""

import signal
from pathlib import Path

import pytest
from checkpoints.interruptions import NARROW, Cut, differences, fit, fit_with

CONFIGS = {path.stem: path for path in sorted(Path("configs").glob("*.yaml"))}

MOMENTS = {
    "before the first batch": ("on_train_batch_start", 1),
    "within an epoch": ("on_train_batch_start", 7),
    "within a step": ("on_before_optimizer_step", 13),
    "after an epoch's last batch": ("on_train_batch_end", 8),
    "at an epoch's end": ("on_train_epoch_end", 2),
    "during validation": ("on_validation_batch_end", 3),
    "before the figures are logged": ("on_validation_epoch_end", 2),
    "while a checkpoint is made": ("on_save_checkpoint", 4),
    "after the end": ("on_train_end", 1),
    "while the last files are written": ("on_fit_end", 1),
}

TINY = ["--model=VanillaGAN", "--model.latent_dim=8", "--model.hidden_dims=[16,32]"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that was never stopped, of each set of options."""
    runs = {}

    def run(*words):
        if words not in runs:
            folder = tmp_path_factory.mktemp("whole")
            assert fit(folder, *words) == 0
            runs[words] = folder / "run" / "version_0"
        return runs[words]

    return run


def killed_and_resumed(folder, words, moment, number=signal.SIGKILL):
    """A run that was stopped at a moment and went on; gives its folder and the exit code when it was stopped."""
    hook, count = MOMENTS[moment]
    code = fit_with(Cut(hook, count, number), folder, *words)
    assert fit(folder, *words, "--resume") == 0
    first, *others = sorted((folder / "run").iterdir())
    assert len(others) == (moment == "before the first batch"), "it goes on in its folder, if there is a checkpoint"
    return [first, *others][-1], code


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_is_killed_and_resumed_leaves_what_it_would_have_left(whole, tmp_path, moment):
    words = (*TINY, *NARROW)
    run, code = killed_and_resumed(tmp_path, words, moment)
    assert code == -signal.SIGKILL
    assert differences(whole(*words), run) == []
