"""Command lines and configurations at random end well or with one sentence: no traceback, no hang, no vast allocation.

``SWEEP_EXAMPLES=500`` tries more of them, ``SWEEP_SEED=1`` others. What leaves the machine, or starts other processes
or a server, is left out.
"""

import contextlib
import os
import re
import resource
import signal
from pathlib import Path

import pytest
import torch
import yaml
from helpers import QUICK
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st
from PIL import Image

from gan_lightning.cli import main
from gan_lightning.commands import COMMANDS

EXAMPLES, SEED = int(os.environ.get("SWEEP_EXAMPLES", 60)), int(os.environ.get("SWEEP_SEED", 0))

LONGEST = 300
"""Seconds that one command line may take."""

MEMORY = 8 * 2**30
"""Bytes that all may take beyond what is taken before."""

ODD = [
    *["", "0", "1", "2", "-1", "-1e-4", "1e-3", "0.5", "1.5", "1e2", "1e300", ".nan", ".inf", "-.inf", "4294967296"],
    *["9" * 20, "null", "true", "false", "auto", "x", "a" * 300, "~/x", "~", "é", "a b", "a.b", "a,b", "3,8", "0:3"],
    *["[]", "[0]", "[1,-1]", "[0.5,1]", "[[]]", "{}", "{1: 2}", "{class_path: 3}", "{class_path: x, init_args: 1}"],
    *["{init_args: {}}", "Adam", "StepLR", "R1", "[R1, R1]", "LearningRateMonitor", "[LearningRateMonitor]", "&a [*a]"],
    *["class_path", "torch.nn.Linear", "os.system", "../x", "/proc/x", "!!python/object:os.system x", "]", "'", "- -"],
]
"""Values for any option."""

OPTIONS = {
    "model": ["VanillaGAN", "DCGAN", "ConditionalGAN", "GAN", "R3GAN", "torch.nn.Linear"],
    "model.latent_dim": ["8"],
    "model.hidden_dims": ["[4]", "[4,4]", "[1000000]"],
    "model.dropout": ["0.3", "1"],
    "model.width": ["4"],
    "model.loss": ["Wasserstein", "LeastSquares", "Hinge", "RelativisticNonSaturating"],
    "model.loss.label_smoothing": ["0.1", "1"],
    "model.penalties": ["R1", "[GradientPenalty, R2]"],
    "model.penalties.weight": ["10"],
    "model.generator": ["MLPGenerator", "StyleGenerator", "ResidualGenerator"],
    "model.discriminator": ["MLPDiscriminator", "ResidualDiscriminator"],
    "model.prior": ["Normal", "Uniform"],
    "model.augment": ["Adaptive", "DiffAugment"],
    "model.generator_optimizer": ["Adam", "SGD", "torch.optim.Adam", "LBFGS", "SparseAdam", "Adagrad", "NAdam"],
    "model.generator_optimizer.lr": ["1e-3"],
    "model.generator_optimizer.betas": ["[0,0.9]"],
    "model.generator_optimizer.weight_decay": ["0.1"],
    "model.generator_scheduler": ["ExponentialLR", "CosineAnnealingLR", "OneCycleLR", "LambdaLR", "MultiStepLR"],
    "model.generator_scheduler.step_size": ["3"],
    "model.generator_scheduler.gamma": ["0.9"],
    "model.scheduler_interval": ["step", "epoch"],
    "model.learning_rate_schedule": ["Linear", "{class_path: Linear, init_args: {start: 1, end: 0, images: 9}}"],
    "model.discriminator_steps": ["2"],
    "model.micro_batches": ["2", "4"],
    "model.ema_half_life": ["10", "{class_path: Cosine, init_args: {start: 1, end: 9, images: 9}}"],
    "model.gradient_clip_norm": ["1"],
    "model.weight_clip": ["0.1"],
    "model.cuda_graph": ["strict"],
    "data.batch_size": ["4"],
    "data.image_size": ["8", "16", "100000"],
    "data.digits": ["[3,8]", "8"],
    "data.samples_per_class": ["5"],
    "data.normalization": ["[0,1]"],
    "data.seed": ["3"],
    "data.root": ["elsewhere"],
    "data.stacks_per_epoch": ["8"],
    "trainer.callbacks": ["Timer", "ModelSummary", "RichProgressBar", "EarlyStopping", "ModelCheckpoint"],
    "trainer.callbacks.monitor": ["val/fid"],
    "trainer.callbacks.duration": ["00:00:01:00"],
    "trainer.callbacks.scheduling": ["{1: 2}"],
    "trainer.logger": ["CSVLogger", "false", "true", "WandbLogger", "TensorBoardLogger"],
    "trainer.logger.name": ["other"],
    "trainer.logger.version": ["3"],
    "trainer.precision": ["bf16-mixed", "16", "64"],
    "trainer.accelerator": ["cpu", "gpu", "tpu", "auto"],
    "trainer.num_nodes": ["2"],
    "trainer.strategy": ["fsdp", "deepspeed", "auto"],
    "trainer.profiler": ["simple"],
    "trainer.plugins": ["MixedPrecision"],
    "trainer.fast_dev_run": ["1"],
    "trainer.val_check_interval": ["1", "2"],
    "trainer.check_val_every_n_epoch": ["1"],
    "trainer.log_every_n_steps": ["1"],
    "trainer.num_sanity_val_steps": ["1"],
    "trainer.max_time": ["00:00:00:01"],
    "trainer.limit_val_batches": ["0.5"],
    "trainer.gradient_clip_val": ["1"],
    "trainer.enable_model_summary": ["false"],
    "trainer.default_root_dir": ["elsewhere"],
    "trainer.deterministic": ["warn"],
    "trainer.detect_anomaly": ["true"],
    "metrics.num_images": ["20"],
    "metrics.features": ["classifier", "inception"],
    "metrics.seed": ["1"],
    "sample_grid.columns": ["3", "1000000"],
    "sample_grid.every_n_epochs": ["0"],
    "training_gif.max_frames": ["3"],
    "best_checkpoint.monitor": ["val/fid"],
    "last_checkpoint.every_n_train_steps": ["1"],
    "epoch_checkpoint.every_n_epochs": ["1"],
    "seed_everything": ["7"],
    "ckpt_path": ["last", "best"],
    "resume": [],
    "config": [],
    "nonsense": [],
    "model.nonsense": [],
}
"""Options of ``fit``, and values for each besides those that are odd."""

BASE = [
    *["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.latent_dim=4", *QUICK[:-1], "--metrics.num_images=0"],
    *[f"--{picture}.every_n_epochs=0" for picture in ("sample_grid", "real_v_generated", "training_gif")],
]

OWN = ["generate", "interpolate", "mix", "directions", "invert", "evaluate"]
"""Commands that work with a checkpoint alone, or with pictures."""

OF_OWN = {
    "ckpt_path": [],
    "num": ["2", "1000000000"],
    "labels": ["3", "0,1"],
    "seed": ["5"],
    "truncation": ["0.5"],
    "output": ["x.png", "x.gif", "x.jpg", "x", "absent/x.png", "x.nonsense"],
    "device": ["cpu", "cuda", "cuda:7", "meta"],
    "frames": ["2", "1000000000"],
    "space": ["z", "w"],
    "class_walk": ["true"],
    "steps": ["1", "3"],
    "strength": ["3"],
    "layers": ["0", "0:2"],
    "learning_rate": ["0.1"],
    "restarts": ["1"],
    "data.dataset": ["digits"],
    "features": ["classifier", "inception"],
    "nonsense": [],
}


def given_options(random, known, most):
    """Some of the options, each with a value; together or apart, as a word each."""
    words = []
    for option in random.choices(sorted(known), k=random.randint(0, most)):
        value = random.choice([*known[option] * 9, *ODD])
        words += random.choice([[f"--{option}={value}"], [f"--{option}", value]])
    return words


def configuration(random):
    """The text of a configuration file."""
    if random.random() < 0.2:
        return random.choice([*ODD, "model: [", "\t", "foreign: 1", "fit: {model: VanillaGAN}", "model:\n- a"])
    content = {}
    for option in random.choices(sorted(OPTIONS), k=random.randint(0, 3)):
        *groups, last = option.split(".")
        level = content
        for group in groups:
            level = level.setdefault(group, {})
            level = level if isinstance(level, dict) else {}
        word = random.choice([*OPTIONS[option] * 9, *ODD])
        with contextlib.suppress(yaml.YAMLError):
            level[last] = yaml.safe_load(word)
    return yaml.safe_dump(content)


@st.composite
def command_lines(draw):
    """A command with its options and, if CONFIG stands for its name, the text of a configuration file."""
    random = draw(st.randoms(use_true_random=True))  # so that no two examples are alike
    command = random.choice(["fit"] * 6 + ["validate", "test", "predict"] + OWN)
    if command in OWN:
        taken = COMMANDS[command].__annotations__
        positional = {"mix": ["0", "1"], "invert": ["picture.png"], "evaluate": ["picture.png"]}.get(command, [])
        positional = [random.choice([word] * 200 + ODD) for word in positional]
        quick = ["--steps=1"] if command == "invert" else []
        quick += ["--data.dataset=digits"] if "data" in taken else ["--ckpt_path=CHECKPOINT"]
        known = {option: values for option, values in OF_OWN.items() if option.split(".")[0] in {*taken, "nonsense"}}
        return [command, *positional, *quick, *given_options(random, known, 3)], None
    before = random.choice([[]] * 19 + [["--config=CONFIG"], ["--seed_everything=1"], ["x"]])
    text = configuration(random) if random.random() < 0.3 else ""
    trained = [] if command == "fit" else ["--ckpt_path=CHECKPOINT"]
    config = ["--config=CONFIG"] if text else []
    return [*before, command, *BASE, *config, *trained, *given_options(random, OPTIONS, 3)], text


class Hang(BaseException):
    """A command line took too long. No code of the project's catches it."""


def run(words):
    """The exit status of a command line that must end in time."""

    def stop(*_):
        raise Hang(f"more than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    try:
        main(words)
        return 0
    except SystemExit as end:
        return end.code or 0
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def bounded():
    """Keeps the memory and the state of torch within bounds."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)
    torch.use_deterministic_algorithms(False)
    torch.autograd.set_detect_anomaly(False)


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(command_lines())
def sweep(capsys, folder, checkpoint, example):
    """Each of the command lines ends with 0, or with 2 and one sentence."""
    words, text = example
    if text is not None:
        (folder / "config.yaml").write_text(text)
    places = {"CONFIG": str(folder / "config.yaml"), "CHECKPOINT": str(checkpoint)}
    words = [re.sub("CONFIG$|CHECKPOINT$", lambda match: places[match[0]], word) for word in words]
    note(f"SWEEP_SEED={SEED}: {words} with {text!r}")
    capsys.readouterr()
    status = run(words)
    said = capsys.readouterr().err
    sentences = re.findall("^error: .+$", said, re.MULTILINE)
    assert "Traceback" not in said
    assert (status, len(sentences)) in ((0, 0), (2, 1)), said
    if status == 2:
        assert "Namespace(" not in sentences[0]
        assert said.rstrip().endswith(sentences[0])


def test_a_command_line_at_random_ends_well_or_with_one_sentence(capsys, tmp_path, monkeypatch, checkpoint, bounded):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.new("L", (28, 28)).save("picture.png")
    sweep(capsys, tmp_path, checkpoint)
