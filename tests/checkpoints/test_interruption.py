"""A run that is killed or stopped at any moment and goes on is the run that never stopped, bit for bit."""

import os
import shutil
import signal

import pytest
import torch
from checkpoints.interruptions import (
    MOMENTS,
    NARROW,
    TINY,
    Cut,
    Late,
    differences,
    fit,
    fit_with,
    killed_and_resumed,
    limit_files,
)

WORDS = (*TINY, *NARROW)


@pytest.mark.parametrize("moment", ["within a step", "after an epoch's last batch", "while a checkpoint is made"])
def test_a_run_that_is_killed_and_resumed_leaves_what_it_would_have_left(whole, tmp_path, moment):
    run, code = killed_and_resumed(tmp_path, WORDS, moment)
    assert code == -signal.SIGKILL
    assert differences(whole(*WORDS), run) == []


def test_a_run_that_is_killed_after_its_end_is_completed(whole, tmp_path):
    run, _ = killed_and_resumed(tmp_path, WORDS, "after the end")
    assert differences(whole(*WORDS), run) == []


def test_a_finished_run_goes_on_in_a_new_folder_or_in_its_own(whole, tmp_path):
    assert fit(tmp_path, *WORDS, "--trainer.max_epochs=2") == 0
    first, second, third = (tmp_path / "run" / f"version_{number}" for number in range(3))
    assert fit(tmp_path, *WORDS, "--trainer.max_epochs=3", f"--ckpt_path={first}") == 0
    best = [run / "checkpoints" / "best.ckpt" for run in (first, second)]
    assert best[0].read_bytes() == best[1].read_bytes(), "nothing was measured since"
    assert fit(tmp_path, *WORDS, f"--ckpt_path={second}") == 0
    before = [f"real_v_generated/{step:07}.png" for step in (4, 8, 12)]
    before += [f"samples/{step:07}.png" for step in (0, 4, 8, 12)]
    assert differences(whole(*WORDS), third) == before, "pictures from before stay there"
    assert fit(tmp_path / "own", *WORDS, "--trainer.max_epochs=2") == 0
    assert fit(tmp_path / "own", *WORDS, "--ckpt_path=last") == 0
    assert [path.name for path in (tmp_path / "own" / "run").iterdir()] == ["version_0"]
    assert differences(whole(*WORDS), tmp_path / "own" / "run" / "version_0") == []


def test_a_validation_within_an_epoch_is_not_skipped_by_going_on(whole, tmp_path):
    """The checkpoint of a batch that a validation follows, here the seventh, comes after it."""
    within = ["--trainer.val_check_interval=3", "--trainer.check_val_every_n_epoch=1"]
    words = (*WORDS, *within, "--last_checkpoint.every_n_train_steps=7", "--trainer.max_epochs=2")
    run, _ = killed_and_resumed(tmp_path, words, "after an epoch's last batch")
    assert differences(whole(*words), run) == []


def test_batches_that_end_a_run_within_an_epoch_are_gone_on_from(whole, tmp_path):
    """The checkpoint is that of the last batch, not of an epoch that Lightning ends early.

    Where steps are counted, Lightning would also train on one batch more after a checkpoint of an epoch's end.
    """
    run, _ = killed_and_resumed(tmp_path, [*WORDS, "--trainer.max_steps=11"], "within a step")
    assert torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 11
    assert fit(tmp_path, *WORDS, "--trainer.max_steps=16", "--resume") == 0
    assert differences(whole(*WORDS), run) == ["real_v_generated/0000011.png", "samples/0000011.png"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_lets_the_batch_finish_and_is_told_by_the_exit_code(whole, tmp_path, name, capfd):
    number = getattr(signal, name)
    hook, count = MOMENTS["within a step"]
    assert fit_with(Cut(hook, count, number), tmp_path, *WORDS) == 128 + number
    run = tmp_path / "run" / "version_0"
    path = run / "checkpoints" / "last.ckpt"
    assert torch.load(path, weights_only=True)["global_step"] == 7
    assert f"{name} after 7 batches: saved in {path}\n" in capfd.readouterr().err
    assert fit(tmp_path, *WORDS, "--resume") == 0
    assert differences(whole(*WORDS), run) == []


def test_a_second_signal_stops_at_once_and_leaves_the_last_checkpoint(tmp_path):
    both = Cut("on_before_optimizer_step", 13, signal.SIGINT), Cut("on_before_optimizer_step", 14, signal.SIGINT)
    assert fit_with(both, tmp_path, *WORDS) == 130
    path = tmp_path / "run" / "version_0" / "checkpoints" / "last.ckpt"
    assert torch.load(path, weights_only=True)["global_step"] == 4, "that of the epoch before"


def test_sigusr1_saves_and_the_training_goes_on(whole, tmp_path, capfd):
    hook, count = MOMENTS["within a step"]
    assert fit_with(Cut(hook, count, signal.SIGUSR1), tmp_path, *WORDS) == 0
    assert "SIGUSR1 after 7 batches: saved in" in capfd.readouterr().err
    assert differences(whole(*WORDS), tmp_path / "run" / "version_0") == []


def test_under_slurm_sigusr1_saves_and_queues_the_job_again(whole, tmp_path, monkeypatch):
    """A stand-in for ``scontrol`` notes what it is told. A checkpoint of Lightning's own in the way is left alone."""
    scontrol, told = tmp_path / "bin" / "scontrol", tmp_path / "told"
    scontrol.parent.mkdir()
    scontrol.write_text(f"#!/bin/sh\necho $* >> {told}\n")
    scontrol.chmod(0o755)
    monkeypatch.setenv("PATH", f"{scontrol.parent}:{os.environ['PATH']}")
    slurm = {"SLURM_JOB_ID": "77", "SLURM_NTASKS": "1", "SLURM_JOB_NAME": "gan", "SLURM_LOCALID": "0"}
    for name, value in {**slurm, "SLURM_PROCID": "0", "SLURM_NODEID": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hpc_ckpt_1.ckpt").write_text("somebody else's")
    hook, count = MOMENTS["within a step"]
    assert fit_with(Cut(hook, count, signal.SIGUSR1), tmp_path, *WORDS, "--resume") == 128 + signal.SIGUSR1
    assert told.read_text() == "requeue 77\n"
    assert fit(tmp_path, *WORDS, "--resume") == 0
    assert differences(whole(*WORDS), tmp_path / "run" / "version_0") == []
    assert [path.name for path in tmp_path.glob("hpc*")] == ["hpc_ckpt_1.ckpt"]


def test_the_average_that_a_callback_leaves_does_not_reach_the_checkpoint(whole, tmp_path):
    """Lightning's EMAWeightAveraging puts its average in place of the weights when training ends."""
    averaging = ["--trainer.callbacks+=EMAWeightAveraging", "--trainer.callbacks.decay=0.5"]
    assert fit(tmp_path, *WORDS, *averaging, "--model.ema_half_life=null") == 0
    runs = tmp_path / "run" / "version_0", whole(*WORDS)
    checkpoint, plain = (torch.load(run / "checkpoints" / "last.ckpt", weights_only=True) for run in runs)
    trained, average = checkpoint["current_model_state"], checkpoint["state_dict"]
    assert all(torch.equal(weight, plain["state_dict"][name]) for name, weight in trained.items())
    weight = "generator.layers.0.weight"
    assert not torch.equal(trained[weight], average[weight])


def test_a_checkpoint_of_lightnings_own_before_an_epochs_end_is_gone_on_from(whole, tmp_path):
    """Its ModelCheckpoint saves at validation. The epoch's end then comes before any batch."""
    theirs = [
        "--trainer.callbacks+=ModelCheckpoint",
        "--trainer.callbacks.monitor=val/fid",
        "--trainer.callbacks.filename=theirs",
    ]
    assert fit(tmp_path, *WORDS, *theirs, "--trainer.max_epochs=2") == 0
    (path,) = tmp_path.rglob("theirs.ckpt")
    assert fit(tmp_path / "on", *WORDS, f"--ckpt_path={path}") == 0
    differing = differences(whole(*WORDS), tmp_path / "on" / "run" / "version_0")
    assert [name for name in differing if not name.startswith(("samples/", "real_v_generated/"))] == []


def test_nothing_left_to_do_is_said_and_makes_no_folder(tmp_path, capfd):
    assert fit(tmp_path, *WORDS, "--trainer.max_epochs=2") == 0
    for words in (["--resume"], ["--ckpt_path=last"], [f"--ckpt_path={tmp_path / 'run' / 'version_0'}"]):
        assert fit(tmp_path, *WORDS, "--trainer.max_epochs=1", *words) == 0
        assert "nothing left to do" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["version_0"]


def test_resuming_without_a_run_starts_the_first_and_last_without_a_run_is_refused(command_line, tmp_path):
    words = ["fit", *WORDS, "--trainer.fast_dev_run=1", f"--trainer.logger.save_dir={tmp_path}"]
    for name in ("last", "best"):
        status, _, err = command_line(*words, f"--ckpt_path={name}")
        assert status
        assert f"no run in {tmp_path / 'vanilla_gan'} has a {name}.ckpt" in err
    assert command_line(*words, "--resume")[0] == 0


def test_runs_without_a_logger_have_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("mine")
    for _ in range(2):
        assert fit(None, *WORDS, "--trainer.max_epochs=1", "--trainer.logger=false") == 0
    assert (tmp_path / "config.yaml").read_text() == "mine"
    runs = sorted(path.name for path in (tmp_path / "runs" / "vanilla_gan").iterdir())
    assert runs == ["version_0", "version_1"]
    for run in runs:
        assert (tmp_path / "runs" / "vanilla_gan" / run / "checkpoints" / "last.ckpt").is_file()
        assert (tmp_path / "runs" / "vanilla_gan" / run / "config.yaml").is_file()


def test_curves_of_a_run_that_goes_on_have_each_step_once(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    killed_and_resumed(tmp_path, WORDS, "within a step")
    events = EventAccumulator(str(tmp_path / "run" / "version_0")).Reload()
    steps = [event.step for event in events.Scalars("train/discriminator_loss")]
    assert steps == list(range(16))


def test_a_checkpoint_that_cannot_be_written_ends_the_run_and_leaves_the_one_before(tmp_path, capfd):
    full = Late("on_train_epoch_end", 2, lambda: limit_files(50_000))
    assert fit_with(full, tmp_path, *WORDS) == 2
    folder = tmp_path / "run" / "version_0" / "checkpoints"
    said = capfd.readouterr().err
    assert f"error: the checkpoint {folder / 'best.ckpt'} cannot be written (File too large)" in said
    assert "Traceback" not in said
    assert torch.load(folder / "last.ckpt", weights_only=True)["global_step"] == 4
    assert [file.name for file in folder.iterdir()] == ["last.ckpt"]


def test_pictures_that_cannot_be_written_do_not_end_the_run(whole, tmp_path, capfd):
    """Their folders are files, which nothing can be written to."""

    def occupy():
        run = tmp_path / "run" / "version_0"
        for name in ("samples", "real_v_generated", "training.gif", "report.html"):
            shutil.rmtree(run / name, ignore_errors=True)
            (run / name).symlink_to("/dev/full")

    assert fit_with(Late("on_train_start", 1, occupy), tmp_path, *WORDS) == 0
    said = capfd.readouterr().err
    assert said.count("pictures cannot be written to") == 1
    left = differences(whole(*WORDS), tmp_path / "run" / "version_0")
    assert [name for name in left if "checkpoints" in name] == []
