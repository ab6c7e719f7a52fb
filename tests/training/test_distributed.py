"""Two processes on the CPU (gloo) train the model that one process would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gan_lightning.models import DCGAN, VanillaGAN

HERE = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What each process of distributed_run.py saw, by run and rank, and the folder that they wrote to."""
    folder = tmp_path_factory.mktemp("distributed")
    script = [sys.executable, str(HERE / "distributed_run.py"), str(folder)]
    subprocess.run(script, check=True, timeout=300, capture_output=True)
    states = {path.stem: torch.load(path, weights_only=True) for path in folder.glob("*.pt")}
    assert set(states) == {"one_0", "two_0", "two_1", "dcgan_0", "dcgan_1"}
    return states, folder


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What each process of distributed_metrics.py logged and what the first one wrote, by the name of the run."""
    folder = tmp_path_factory.mktemp("distributed_metrics")
    script = [sys.executable, str(HERE / "distributed_metrics.py"), str(folder)]
    subprocess.run(script, check=True, timeout=300, capture_output=True)
    return {
        run.name: {
            "logged": [torch.load(path, weights_only=True) for path in sorted(run.glob("rank_*.pt"))],
            "written": json.loads((run / "metrics.json").read_text()),
        }
        for run in folder.iterdir()
    }


@pytest.mark.parametrize("num_images", [100, 1000])
def test_every_rank_has_the_figures_of_a_single_process(measured, num_images):
    alone, together = (measured[f"{num_images}_images_{devices}_devices"] for devices in (1, 2))
    assert (len(alone["logged"]), len(together["logged"])) == (1, 2)
    for logged in together["logged"]:
        for name in alone["written"]["figures"]:
            expected = alone["logged"][0][f"test/{name}"]
            assert logged[f"test/{name}"] == pytest.approx(expected, rel=1e-5, abs=1e-9), name
    floor = alone["written"]["real"]
    assert floor["fid"] < 1
    assert 0.9 < floor["precision"] <= 1
    for part in ("figures", "real"):
        assert together["written"][part] == pytest.approx(alone["written"][part], rel=1e-5, abs=1e-9)


def test_ranks_end_equal_to_the_bit_and_equal_to_one_process(runs):
    states, _ = runs
    torch.manual_seed(0)
    start = VanillaGAN(latent_dim=8, hidden_dims=[16, 32], batch_norm=False).state_dict()
    for name, value in states["two_0"]["state"].items():
        assert torch.equal(value, states["two_1"]["state"][name]), name
        torch.testing.assert_close(value, states["one_0"]["state"][name], rtol=1e-12, atol=1e-15)
        assert not torch.equal(value.float(), start[name]), name


def test_the_global_batch_is_shared_and_counted(runs):
    states, _ = runs
    for one, first, second in zip(*(states[name]["labels"] for name in ("one_0", "two_0", "two_1")), strict=True):
        assert torch.equal(one.sort().values, torch.cat([first, second]).sort().values)
    for name in ("one_0", "two_0", "two_1"):
        assert (states[name]["global_step"], states[name]["images_seen"]) == (3, 48)


def test_logged_losses_are_the_mean_over_ranks(runs):
    states, _ = runs
    for rank in ("two_0", "two_1"):
        torch.testing.assert_close(states[rank]["d_loss"], states["one_0"]["d_loss"], rtol=1e-6, atol=0)


def test_each_rank_draws_its_own_noise(runs):
    states, _ = runs
    noise = torch.cat([states["two_0"]["noise"], states["two_1"]["noise"]])
    assert len(noise.flatten().unique()) == noise.numel()


def test_batch_norm_statistics_are_averaged_before_validation(runs):
    states, _ = runs
    first, second = states["dcgan_0"], states["dcgan_1"]
    drifted = 0
    for before_0, before_1, after_0, after_1 in zip(
        first["before"], second["before"], first["buffers"], second["buffers"], strict=True
    ):
        assert torch.equal(after_0, after_1)
        if before_0.is_floating_point():
            torch.testing.assert_close(after_0, (before_0 + before_1) / 2)
            drifted += not torch.equal(before_0, before_1)
    assert drifted > 0


def test_files_are_written_once_and_the_checkpoint_holds_the_averaged_statistics(runs):
    states, folder = runs
    assert len(list(folder.rglob("samples/*.png"))) == 2  # before training and after the epoch
    assert [states[f"dcgan_{rank}"]["wrote_pictures"] for rank in (0, 1)] == [True, False]
    (path,) = folder.rglob("last.ckpt")
    saved = DCGAN.load_from_checkpoint(path).state_dict()
    for name, value in states["dcgan_0"]["state"].items():
        assert torch.equal(value, states["dcgan_1"]["state"][name]), name
        assert torch.equal(value, saved[name]), name


def test_plain_ddp_on_the_command_line_trains(tmp_path):
    """Lightning alone stops at the second backward pass."""
    command = [sys.executable, "-m", "gan_lightning", "fit", "--model=VanillaGAN", "--model.hidden_dims=[8]"]
    options = ["--data.dataset=digits", "--trainer.max_steps=3", "--trainer.log_every_n_steps=1"]
    parallel = ["--trainer.accelerator=cpu", "--trainer.devices=2", "--trainer.strategy=ddp"]
    folder = [f"--trainer.logger.save_dir={tmp_path}", "--trainer.enable_progress_bar=false"]
    subprocess.run(command + options + parallel + folder, check=True, timeout=300, capture_output=True)
    assert len(list(tmp_path.rglob("last.ckpt"))) == 1
    assert len(list(tmp_path.rglob("config.yaml"))) == 1
    assert len(list(tmp_path.rglob("samples/*.png"))) == 2
