"""Home folders, negative numbers and options in another order are understood, or one sentence says what to type."""

import re
from functools import partial

import pytest
from helpers import tiny_data, tiny_model
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from torch.optim.lr_scheduler import StepLR

from gan_lightning.cli.spelling import spelt_out, spelt_out_data


@pytest.fixture(autouse=True)
def home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/jo")


@pytest.mark.parametrize(
    ("typed", "spelt"),
    [
        ("fit --ckpt_path ~/a.ckpt", "fit --ckpt_path /home/jo/a.ckpt"),
        ("fit --ckpt_path=~/a.ckpt --x", "fit --ckpt_path=/home/jo/a.ckpt --x"),
        ("invert a.ckpt ~/a.png,~/b.png", "invert a.ckpt /home/jo/a.png,/home/jo/b.png"),
        ("fit --data.root=a~/b~ --name ~", "fit --data.root=a~/b~ --name ~"),
        ("fit --lr -1e-4 --mean -.5 --max -inf", "fit --lr=-1e-4 --mean=-.5 --max=-inf"),
        ("fit --lr=1 -1e-4 -- -1e-4 -c a", "fit --lr=1 -1e-4 -- -1e-4 -c a"),
        ("fit --max_steps -1", "fit --max_steps=-1"),
    ],
)
def test_words_are_spelt_out(typed, spelt):
    assert spelt_out(typed.split()) == spelt.split()


def test_a_file_is_spelt_out():
    assert spelt_out_data({"a": ["~/b", "c~/", None, 1], "~/k": {"d": "~/e"}}) == {
        "a": ["/home/jo/b", "c~/", None, 1],
        "~/k": {"d": "/home/jo/e"},
    }


def test_the_home_folder_is_found_in_words_and_files(command_line, tmp_path):
    (tmp_path / "run.yaml").write_text("ckpt_path: ~/absent.ckpt\n")
    for words in (["fit", f"--config={tmp_path / 'run.yaml'}"], ["generate", "--ckpt_path=~/absent.ckpt"]):
        status, _, err = command_line(*words)
        assert status == 2
        assert "there is no checkpoint at /home/jo/absent.ckpt" in err


@pytest.mark.parametrize("words", [["--config", "run.yaml", "fit"], ["--seed_everything=1", "test", "--data.seed=2"]])
def test_options_before_the_command_are_told_where_they_belong(command_line, words):
    command = next(word for word in words if word in ("fit", "test"))
    sentence = f"options belong after the command: type '{command} {words[0]} ...'"
    assert command_line(*words) == (2, "", f"error: {sentence}\n")


def test_what_excludes_each_other_is_told_how_to_choose(fit):
    status, _, err = fit("--last_checkpoint.every_n_train_steps=5", "--last_checkpoint.every_n_epochs=3")
    assert status == 2
    assert re.search("error: .* mutually exclusive: leave all of them out but one\n", err)


@pytest.mark.parametrize(
    ("scheduler", "names"),
    [
        (None, ["lr-Adam/discriminator", "lr-Adam-1/generator"]),
        (partial(StepLR, step_size=1), ["lr-discriminator", "lr-generator"]),
    ],
)
def test_curves_of_learning_rates_name_the_player(tmp_path, scheduler, names):
    monitor = LearningRateMonitor()
    trainer = Trainer(
        accelerator="cpu",
        max_steps=2,
        logger=CSVLogger(tmp_path),
        callbacks=[monitor],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    trainer.fit(tiny_model(generator_scheduler=scheduler, discriminator_scheduler=scheduler), tiny_data())
    assert list(monitor.lrs) == names
