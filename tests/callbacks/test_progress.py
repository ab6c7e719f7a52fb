import pytest
import torch
from helpers import tiny_data, tiny_model
from rich.console import Console

from gan_lightning.callbacks import GANProgressBar, History, LastCheckpoint, Throughput
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
    assert set(bar.get_metrics(trainer, trainer.lightning_module)) == {"D loss", "G loss", "img/s"}
    text = console.export_text()
    assert all(name in text for name in ("D loss: ", "G loss: ", "img/s: "))


@pytest.mark.parametrize(("loss", "rating"), [(NonSaturating(), EXCELLENT), (Lopsided(), GOOD), (LeastSquares(), None)])
def test_the_bar_shows_the_quick_rating_after_each_epoch(make_trainer, console, loss, rating):
    shown = []

    class Bar(GANProgressBar):
        def on_train_epoch_end(self, trainer, pl_module):
            before = self.get_metrics(trainer, pl_module)
            super().on_train_epoch_end(trainer, pl_module)
            shown.append((before.get("balance"), self.get_metrics(trainer, pl_module).get("balance")))

    callbacks = [History(), Bar()]
    trainer = make_trainer(max_epochs=2, limit_val_batches=0, callbacks=callbacks, enable_progress_bar=True)
    trainer.fit(tiny_model(loss=loss), tiny_data())
    assert shown == [(None, rating), (rating, rating)]
    assert f"balance: {rating}" in console.export_text() if rating else "balance" not in console.export_text()


def test_the_bar_reads_values_at_logged_steps_only(make_trainer):
    reads = []

    class Bar(GANProgressBar):
        def get_metrics(self, trainer, pl_module):
            before = self._metrics
            metrics = super().get_metrics(trainer, pl_module)
            if self._metrics is not before:
                reads.append(trainer.global_step)
            return metrics

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
