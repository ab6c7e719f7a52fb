"""Numbers, sizes, seeds and names out of range are one sentence, and nothing of their size is allocated."""

import pytest
from helpers import QUICK

from gan_lightning.callbacks import RealVersusGenerated, SampleGrid, TrainingGIF
from gan_lightning.callbacks.metrics import QualityMetrics
from gan_lightning.data import MNISTDataModule
from gan_lightning.errors import UsageError, check_number
from gan_lightning.models import VanillaGAN
from gan_lightning.schedules import Linear

NAN, INF = float("nan"), float("inf")

REFUSED = {
    "a size of zero": (lambda: VanillaGAN(latent_dim=0), "latent_dim must be from 1 to 1048576, not 0"),
    "a size beyond all numbers": (lambda: VanillaGAN(latent_dim=10**23), "latent_dim must be from 1"),
    "a width beyond all numbers": (lambda: VanillaGAN(hidden_dims=[10**12]), "hidden_dims must each be at least 1"),
    "a picture beyond all numbers": (lambda: VanillaGAN(image_shape=(1, 10**12, 10**12)), "image_shape must be"),
    "dropout of everything": (lambda: VanillaGAN(dropout=1.0), "dropout must be from 0 up and below 1, not 1.0"),
    "an average that never moves": (lambda: VanillaGAN(ema_half_life=INF), "ema_half_life must be finite"),
    "an average that is no number": (lambda: VanillaGAN(ema_half_life=NAN), "ema_half_life must be positive"),
    "a schedule that is no number": (lambda: Linear(NAN, 0, 10), "from one finite number to another, not from nan"),
    "a schedule that never ends": (lambda: Linear(1, 0, INF), "at least one image, not inf"),
    "training backwards": (lambda: VanillaGAN(learning_rate_schedule=Linear(1, -1, 9)), "must not go below 0"),
    "β₂ beyond 1": (lambda: VanillaGAN(beta2_schedule=Linear(0.9, 1, 9)), "must stay in [0, 1), not go from 0.9 to 1"),
    "a negative seed": (lambda: MNISTDataModule(seed=-1), "--data.seed must be from 0 to 4294967295, not -1"),
    "a seed that is too large": (lambda: MNISTDataModule(seed=2**32), "--data.seed must be from 0 to 4294967295"),
    "pixels that are no numbers": (lambda: MNISTDataModule(normalization=(NAN, 1)), "the mean of --data.norm"),
    "pixels that are all one": (lambda: MNISTDataModule(normalization=(0.5, INF)), "must be positive, not inf"),
    "pixels that are all infinite": (lambda: MNISTDataModule(normalization=(0.5, 1e-300)), "must be positive, not 1e"),
    "a grid beyond the memory": (lambda: SampleGrid(columns=10**6), "SampleGrid.columns must be from 1 to 100"),
    "a grid of nothing": (lambda: TrainingGIF(rows=0), "TrainingGIF.rows must be from 1 to 100, not 0"),
    "half a grid of nothing": (lambda: RealVersusGenerated(side=-1), "RealVersusGenerated.side must be from 1"),
    "an animation of nothing": (lambda: TrainingGIF(max_frames=0), "max_frames must be from 1 to 10000, not 0"),
    "pictures before every batch": (lambda: SampleGrid(every_n_batches=-1), "every_n_batches must be at least 0"),
    "figures beyond the memory": (lambda: QualityMetrics(10**9), "--metrics.num_images must be at most 1000000"),
    "a negative seed of figures": (lambda: QualityMetrics(seed=-1), "--metrics.seed must be from 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_number_out_of_range_is_refused_where_it_is_given(name):
    build, sentence = REFUSED[name]
    with pytest.raises(UsageError) as refusal:
        build()
    assert sentence in str(refusal.value)


def test_bounds_themselves_are_in_range():
    for value in (0, 3, None):
        check_number("n", value, 0, 3)
    for value in (-1, 4, NAN):
        with pytest.raises(UsageError, match=r"^n must be from 0 to 3, not"):
            check_number("n", value, 0, 3)
    with pytest.raises(UsageError, match=r"^n must be at least 1, not 0$"):
        check_number("n", 0, 1)


LINES = {
    "--trainer.log_every_n_steps=0": "--trainer.log_every_n_steps must be at least 1, not 0",
    "--trainer.check_val_every_n_epoch=0": "--trainer.check_val_every_n_epoch must be at least 1, not 0",
    "--trainer.val_check_interval=0": "--trainer.val_check_interval must be a positive number",
    "--trainer.num_nodes=3": "--trainer.num_nodes 3 waits for other machines",
    "--seed_everything=-1": "--seed_everything must be from 0 to 4294967295, not -1",
    "--seed_everything=4294967296": "--seed_everything must be from 0 to 4294967295, not 4294967296",
    "--model.hidden_dims=[1000000,1000000]": "more than a billion weights",
    "--data.image_size=30000": "more than a billion weights",
    "--data.batch_size=1": "nothing to compare a single image with",
    "--model.micro_batches=4": "nothing to compare a single image with",
    "--model.generator_optimizer.lr=.inf": "--model.generator_optimizer.lr must be finite, not inf",
    "--model.discriminator_optimizer.lr=-1": "--model.discriminator_optimizer: Invalid learning rate: -1.0",
    "--model.generator_optimizer.betas=[0.5,1]": "--model.generator_optimizer: Invalid beta parameter at index 1: 1.0",
    f"--trainer.logger.name={300 * 'a'}": "File name too long",
    f"--ckpt_path={300 * 'a'}": "File name too long",
}


@pytest.mark.parametrize("option", LINES)
def test_a_number_out_of_range_is_one_sentence_and_status_2(command_line, tmp_path, option):
    tiny = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--metrics.num_images=0"]
    status, _, err = command_line("fit", *QUICK[:-1], *tiny, f"--trainer.logger.save_dir={tmp_path}", option)
    assert status == 2
    assert LINES[option] in err
    assert len(err[err.index("error: ") :].strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("scheduler", "option", "sentence"),
    [
        ("StepLR", "step_size=0", "--model.generator_scheduler.step_size must be at least 1, not 0"),
        ("ExponentialLR", "gamma=.nan", "--model.generator_scheduler.gamma must be finite, not nan"),
        ("CosineAnnealingLR", "T_max=0", "--model.generator_scheduler.T_max must be at least 1, not 0"),
    ],
)
def test_a_scheduler_that_never_steps_is_refused(fit, scheduler, option, sentence):
    given = f"--model.generator_scheduler={scheduler}", f"--model.generator_scheduler.{option}"
    status, _, err = fit("--metrics.num_images=0", *given)
    assert status == 2
    assert f"error: {sentence}\n" in err


def test_seeds_of_commands_are_checked(command_line):
    for command in ("generate", "interpolate"):
        status, _, err = command_line(command, "--ckpt_path=nowhere.ckpt", "--seed=-1")
        assert (status, err) == (2, "error: --seed must be from 0 to 4294967295, not -1\n")


def test_images_beyond_the_memory_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr("gan_lightning.data.datamodule.transforms.resize", None)
    data = MNISTDataModule(dataset="digits", image_size=10_000)
    with pytest.raises(UsageError, match=r"with --data.image_size 10000 take .* GB of memory, more than 16"):
        data.images(True)


def test_a_name_with_a_nul_is_one_sentence(command_line, tmp_path):
    (tmp_path / "nul.yaml").write_text('trainer: {logger: {init_args: {save_dir: "a\\0b"}}}\n')
    status, _, err = command_line("fit", f"--config={tmp_path / 'nul.yaml'}", "--data.dataset=digits")
    assert status == 2
    assert "error: embedded null byte\n" in err
