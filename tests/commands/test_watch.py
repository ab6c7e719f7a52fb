"""Runs that train side by side show how far they are, and how long the rest will take."""

import re
import sys
import time

import yaml
from terminal import on_terminal

from gan_lightning.commands import watch
from gan_lightning.commands.watch import Watch

CONFIG = """
model: {class_path: VanillaGAN, init_args: {latent_dim: 8, hidden_dims: [16, 32]}}
data: {class_path: MNISTDataModule, init_args: {dataset: digits, samples_per_class: 40, batch_size: 10}}
trainer: {max_epochs: 100, accelerator: cpu, check_val_every_n_epoch: 100, enable_progress_bar: false}
metrics: {num_images: 150}
sample_grid: {every_n_epochs: 0}
real_v_generated: {every_n_epochs: 0}
training_gif: {every_n_epochs: 0}
loss_curves: {every_n_epochs: 0}
last_checkpoint: {every_n_epochs: 100}
epoch_checkpoint: {every_n_epochs: 0}
"""


def write_run(folder, epochs_done, **trainer):
    """The files that tell how far a run is; every epoch has ten steps, and the second one's figures are measured."""
    folder.mkdir(exist_ok=True)
    rows = [f"{epoch},{10 * (epoch + 1)},{0.25 if epoch == 1 else ''}" for epoch in range(epochs_done)]
    (folder / "history.csv").write_text("\n".join(["epoch,step,val/fid", *rows]) + "\n")
    (folder / "config.yaml").write_text(yaml.safe_dump({"trainer": trainer}))


def test_runs_tell_how_far_they_are_and_all_of_them_how_long_the_rest_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "GLANCE", 1000.0)  # it looks when the test says so
    now = [0.0]
    monkeypatch.setattr(watch, "time", type("Clock", (), {"monotonic": lambda: now[0]}))
    one, other = tmp_path / "one", tmp_path / "other"
    write_run(one, 1, max_epochs=4, max_steps=-1)
    seen = Watch(3)
    with seen.over("digit 1", one), seen.over("digit 2", other):
        assert str(seen) == "0 of 3 done, digit 1 epoch 1/4, digit 2 starts"
        now[0] = 60.0
        write_run(one, 2, max_epochs=4, max_steps=-1)
        write_run(other, 3, max_epochs=-1, max_steps=40)
        time.sleep(0.01)  # the file's time has changed
        seen.look()
        # A quarter of the one and three quarters of the other took a minute; half, a quarter and a whole run are left.
        assert str(seen) == "0 of 3 done, digit 1 epoch 2/4, fid 0.250, digit 2 epoch 3, fid 0.250, 1:45 left"
        assert [str(run) for run in seen.running] == [
            "epoch 2/4, fid 0.250, 2:00 left",
            "epoch 3, fid 0.250, 0:20 left",
        ]
        write_run(other, 4, max_epochs=-1, max_steps=40)
        time.sleep(0.01)
        seen.look()
        assert [str(run) for run in seen.running][1] == "is measured"
    assert str(seen).startswith("2 of 3 done, ")


def test_lines_come_now_and_then_where_there_is_no_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(watch, "GLANCE", 0.01)
    monkeypatch.setattr(watch, "INTERVAL", 0.05)
    with Watch(2) as seen, seen.over("seed 0", tmp_path / "run"):
        write_run(tmp_path / "run", 1, max_epochs=2)
        out = ""
        while "epoch" not in out:
            time.sleep(0.01)
            out += capsys.readouterr().out
    assert re.search(r"^0 of 2 done, seed 0 epoch 1/2, \d:\d\d left$", out, flags=re.MULTILINE)


def test_a_terminal_shows_a_bar_for_each_digit_and_one_for_all(tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG)
    words = ["digits", f"--config={tmp_path / 'config.yaml'}", "--digits=[7]", f"--output={tmp_path / 'runs'}"]
    status, lines = on_terminal(sys.executable, "-m", "gan_lightning", *words)
    assert status == 0
    bars = [line for line in lines if line.startswith("digit 7") and "━" in line]
    assert any(re.search(r" epoch \d+/100, \d+:\d\d left$", bar) for bar in bars), bars
    assert any(line.startswith("0 of 1 done") for line in lines)
    assert any(line.startswith("digit 7: fid ") for line in lines)
    assert max(map(len, bars)) <= 80
