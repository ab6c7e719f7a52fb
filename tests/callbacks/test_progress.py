import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch.utilities.model_summary import get_human_readable_count
from rich.console import Console

from gan_lightning.callbacks import (
    EpochLines,
    GANProgressBar,
    History,
    LastCheckpoint,
    NetworkSummary,
    Throughput,
)
from gan_lightning.callbacks.progress import LOSSES, epoch_line
from gan_lightning.metrics.ratings import EXCELLENT, GOOD
from gan_lightning.objectives.adversarial import LeastSquares, NonSaturating


class Lopsided(NonSaturating):
    """The generator seems to lose."""

    def generator(self, fake_logits, real_logits=None):
        return super().generator(fake_logits) + 3


class Clock:
    """Every reading is a quarter of a second after the last."""

    now = 0.0

    def __call__(self):
        self.now += 0.25
        return self.now


def test_throughput_is_images_over_time(make_trainer, monkeypatch):
    monkeypatch.setattr("gan_lightning.callbacks.progress.time.perf_counter", Clock())
    trainer = make_trainer(max_steps=8, log_every_n_steps=4, callbacks=[Throughput()])
    trainer.fit(tiny_model(), tiny_data())
    assert trainer.logged_metrics["train/images_per_second"].item() == pytest.approx(4 * 16 / 0.25)


@pytest.fixture
def console(monkeypatch):
    """The terminal, whose text is kept."""
    console = Console(force_terminal=True, width=200, record=True)
    monkeypatch.setattr("lightning.pytorch.callbacks.progress.rich_progress.get_console", lambda: console)
    return console


def test_the_bar_shows_both_losses_and_the_speed(make_trainer, console):
    bar = GANProgressBar()
    trainer = make_trainer(max_steps=8, log_every_n_steps=4, callbacks=[Throughput(), bar], enable_progress_bar=True)
    trainer.fit(tiny_model(), tiny_data())
    logged = trainer.logged_metrics
    losses = [f"{name} {logged[f'train/{player}']:.2f}" for name, player in LOSSES.items()]
    assert bar.values == [*losses, f"{logged['train/images_per_second']:,.0f}/s"]
    assert " ".join(bar.values) in console.export_text()


def test_the_bar_is_a_line_of_80_columns(make_trainer, monkeypatch):
    console = Console(force_terminal=True, width=80, record=True)
    monkeypatch.setattr("lightning.pytorch.callbacks.progress.rich_progress.get_console", lambda: console)
    bar = GANProgressBar()
    trainer = make_trainer(max_epochs=1, limit_val_batches=0, callbacks=[bar], enable_progress_bar=True)
    trainer.fit(tiny_model(), tiny_data())
    bar.values, bar.balance = ["D 0.62", "G 1.45", "12,276/s", "fid 0.0484"], "Needs improvement"
    line = console.render_lines(bar.progress.get_renderable())[0]
    text = "".join(segment.text for segment in line)
    assert text.rstrip().endswith("Needs improvement")
    assert text.startswith("Epoch 1/1 ")


def test_the_networks_are_told_with_their_parameters(make_trainer, monkeypatch):
    console = Console(width=80, record=True)
    monkeypatch.setattr("gan_lightning.callbacks.summary.get_console", lambda: console)
    make_trainer(max_steps=2, limit_val_batches=0, callbacks=[NetworkSummary()]).fit(model := tiny_model(), tiny_data())
    count = get_human_readable_count(sum(weight.numel() for weight in model.generator.parameters())).split()
    row = ["generator", type(model.generator).__name__, *count, "parameters"]
    assert row in [line.split() for line in console.export_text().splitlines()]
    assert "FLOPs" not in console.export_text()


@pytest.mark.parametrize(("loss", "rating"), [(NonSaturating(), EXCELLENT), (Lopsided(), GOOD), (LeastSquares(), None)])
def test_the_bar_shows_the_quick_rating_after_each_epoch(make_trainer, console, loss, rating):
    shown = []

    class Bar(GANProgressBar):
        def on_train_epoch_end(self, trainer, pl_module):
            before = self.balance
            super().on_train_epoch_end(trainer, pl_module)
            shown.append((before or None, self.balance or None))

    callbacks = [History(), Bar()]
    trainer = make_trainer(max_epochs=2, limit_val_batches=0, callbacks=callbacks, enable_progress_bar=True)
    trainer.fit(tiny_model(loss=loss), tiny_data())
    assert shown == [(None, rating), (rating, rating)]
    assert rating is None or rating in console.export_text()


def test_the_bar_reads_values_at_logged_steps_only(make_trainer):
    reads = []

    class Bar(GANProgressBar):
        def on_train_batch_end(self, trainer, pl_module, *args):
            before = self.values
            super().on_train_batch_end(trainer, pl_module, *args)
            if self.values is not before:
                reads.append(trainer.global_step)

    trainer = make_trainer(
        max_steps=8, log_every_n_steps=4, callbacks=[Bar()], enable_progress_bar=True, limit_val_batches=0
    )
    trainer.fit(tiny_model(), tiny_data())
    assert set(reads) == {4, 8}


def test_the_end_of_a_run_is_saved_even_between_two_checkpoints(make_trainer, tmp_path):
    def run(max_epochs, ckpt_path=None):
        model = tiny_model()
        saver = LastCheckpoint(every_n_epochs=10)
        trainer = make_trainer(max_epochs=max_epochs, callbacks=[saver], enable_checkpointing=True)
        trainer.fit(model, tiny_data(), ckpt_path=ckpt_path)
        return model, tmp_path / "checkpoints" / "last.ckpt"

    _, path = run(2)
    resumed, _ = run(3, path)
    whole, _ = run(3)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_line_tells_the_losses_the_speed_the_distance_and_what_is_left():
    first = {"epoch": 0, "images_seen": 1000, "seconds": 20.0, "discriminator_loss": 1.25, "generator_loss": 0.5}
    assert epoch_line([first], 3) == "epoch 1/3: D loss 1.250, G loss 0.500, 50 images/s, 0:40 left"
    second = {**first, "epoch": 1, "images_seen": 3000, "seconds": 30.0, "val/fid": 0.0484}
    assert epoch_line([first, second], 3) == (
        "epoch 2/3: D loss 1.250, G loss 0.500, 200 images/s, fid 0.0484, 0:10 left"
    )
    assert epoch_line([first, second], 2).endswith("fid 0.0484")
    assert epoch_line([first], -1) == "epoch 1: D loss 1.250, G loss 0.500, 50 images/s"


def test_a_job_prints_a_line_for_each_epoch(make_trainer, capsys):
    lines = EpochLines()
    options = {"limit_train_batches": 2, "limit_val_batches": 0, "enable_progress_bar": True}
    make_trainer(max_epochs=3, callbacks=[History(), lines], **options).fit(tiny_model(), tiny_data())
    out = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in out if line.startswith("epoch")] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    lines.disable()
    make_trainer(max_epochs=1, callbacks=[History(), lines], **options).fit(tiny_model(), tiny_data())
    assert "epoch" not in capsys.readouterr().out
    rare = EpochLines(seconds=1000.0)
    make_trainer(max_epochs=4, callbacks=[History(), rare], **options).fit(tiny_model(), tiny_data())
    out = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in out if line.startswith("epoch")] == ["epoch 1/4", "epoch 4/4"]


def test_the_command_line_prints_lines_where_there_is_no_terminal(command_line, tmp_path):
    words = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--data.dataset=digits", "--trainer.accelerator=cpu"]
    few = ["--trainer.max_epochs=2", "--trainer.limit_train_batches=1", "--metrics.num_images=0"]
    status, out, err = command_line("fit", *words, *few, f"--trainer.logger.save_dir={tmp_path}")
    assert status == 0, err
    assert [line.split(":")[0] for line in out.splitlines() if line.startswith("epoch")] == ["epoch 1/2", "epoch 2/2"]
