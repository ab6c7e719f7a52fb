"""What of Lightning's Trainer does not fit a GAN is refused in one sentence, which says what to use instead."""

import pytest
import torch

TINY = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.latent_dim=4", "--metrics.num_images=0"]
PLAIN = [f"--{picture}.every_n_epochs=0" for picture in ("sample_grid", "real_v_generated", "training_gif")]
CALLBACKS = "--trainer.callbacks="
ONE_CYCLE = ["--model.generator_scheduler=OneCycleLR", "--model.generator_scheduler.max_lr=1e-3"]
REFUSED = {
    "gradient_clip_val": (["--trainer.gradient_clip_val=1"], "use --model.gradient_clip_norm instead"),
    "gradient_clip_algorithm": (["--trainer.gradient_clip_algorithm=norm"], "use --model.gradient_clip_norm instead"),
    "accumulate_grad_batches": (
        ["--trainer.accumulate_grad_batches=2"],
        "--data.batch_size with --model.micro_batches",
    ),
    "limit_train_batches": (["--trainer.limit_train_batches=0"], "would train on nothing: give at least 1"),
    "StochasticWeightAveraging": (
        [CALLBACKS + "StochasticWeightAveraging", "--trainer.callbacks.swa_lrs=0.1"],
        "use --model.ema_half_life instead",
    ),
    "GradientAccumulationScheduler": (
        [CALLBACKS + "GradientAccumulationScheduler", "--trainer.callbacks.scheduling={0: 2}"],
        "--data.batch_size with --model.micro_batches instead",
    ),
    "DDP's comm hook": (
        [
            "--trainer.strategy=lightning.pytorch.strategies.DDPStrategy",
            "--trainer.strategy.ddp_comm_hook=torch.distributed.algorithms.ddp_comm_hooks.default_hooks.fp16_compress_hook",
        ],
        "each player's are averaged before its step: leave it out",
    ),
    "DDP's static graph": (
        [
            "--trainer.strategy=lightning.pytorch.strategies.DDPStrategy",
            "--trainer.strategy.dict_kwargs={static_graph: true}",
        ],
        "static_graph is for gradients that it exchanges itself",
    ),
    "SpikeDetection": ([CALLBACKS + "SpikeDetection"], "use EarlyStopping with --trainer.callbacks.monitor val/fid"),
    "ModelCheckpoint by time": (
        [CALLBACKS + "ModelCheckpoint", "--trainer.callbacks.train_time_interval=00:00:01:00"],
        "give it every_n_train_steps instead",
    ),
    "what nobody measures": (
        [CALLBACKS + "EarlyStopping", "--trainer.callbacks.monitor=val/fid"],
        "metric `val/fid` which is not available",
    ),
    "LearningRateMonitor without a logger": (
        [CALLBACKS + "LearningRateMonitor", "--trainer.logger=false"],
        "`Trainer` that has no logger",
    ),
    "ReduceLROnPlateau": (["--model.generator_scheduler=ReduceLROnPlateau"], "such as CosineAnnealingLR"),
    "ReduceLROnPlateau's monitor": (
        [
            "--model.generator_scheduler=lightning.pytorch.cli.ReduceLROnPlateau",
            "--model.generator_scheduler.monitor=val/fid",
        ],
        "such as CosineAnnealingLR",
    ),
    "a scheduler that ends after one of two steps": (
        [*ONE_CYCLE, "--model.generator_scheduler.total_steps=1", "--model.scheduler_interval=step"],
        "OneCycleLR (lr-generator) ends after 1 steps, and 2 are to come",
    ),
    "a scheduler that ends after one of two epochs": (
        [*ONE_CYCLE, "--model.generator_scheduler.total_steps=1", "--trainer.max_epochs=2"],
        "ends after 1 epochs, and 2 are to come",
    ),
    "a scheduler that ends where nothing else is known to": (
        [
            *ONE_CYCLE,
            "--model.generator_scheduler.total_steps=9",
            "--trainer.max_epochs=-1",
            "--trainer.max_time=01:00:00:00",
        ],
        "nothing says how many are to come",
    ),
}
if not torch.cuda.is_available():
    REFUSED["SyncBatchNorm"] = ["--trainer.sync_batchnorm=true"], "takes GPUs: leave it out"
"""Options, and what the sentence says of them."""


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_what_to_use_instead(fit, name):
    options, sentence = REFUSED[name]
    status, _, err = fit(*TINY, *PLAIN, *options)
    assert status == 2
    assert sentence in err
    assert err.count("error: ") == 1
    assert "Traceback" not in err


def test_a_scheduler_that_lasts_for_what_is_left_is_gone_on_with(fit):
    """The generator takes a step in every other batch, and the steps before the interruption count."""
    words = [*TINY, *PLAIN, *ONE_CYCLE, "--model.scheduler_interval=step", "--model.discriminator_steps=2"]
    assert fit(*words, "--model.generator_scheduler.total_steps=2")[0] == 0
    status, _, err = fit(*words, "--model.generator_scheduler.total_steps=2", "--trainer.max_epochs=2", "--resume")
    assert status == 0, err
    status, _, err = fit(*words, "--model.generator_scheduler.total_steps=2", "--trainer.max_epochs=3", "--resume")
    assert "ends after 0 steps, and 1 are to come" in err
