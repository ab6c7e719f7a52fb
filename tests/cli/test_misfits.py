"""What cannot work with a GAN, or on this machine, is one sentence; what can work is not refused for its looks."""

import re

import pytest
import yaml

from gan_lightning.cli.entry import main
from gan_lightning.cli.refusals import mistake
from gan_lightning.errors import UsageError

TINY = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.latent_dim=4", "--metrics.num_images=0"]

REFUSED = {
    "--model.generator_optimizer=LBFGS": "--model.generator_optimizer: LBFGS takes a closure, which a GAN has not",
    "--model.discriminator_optimizer=SparseAdam": "--model.discriminator_optimizer: SparseAdam takes sparse gradients",
    "--trainer.strategy=fsdp": "--trainer.strategy fsdp splits a network over processes",
    "--trainer.strategy=FSDPStrategy": "--trainer.strategy FSDPStrategy splits a network over processes",
    "--trainer.strategy=deepspeed_stage_2": "use ddp, and --model.micro_batches where memory is short",
    "--trainer.strategy=ddp_spawn": "loses what its processes have trained: use ddp instead",
    "--trainer.strategy=deepspeed": "--trainer.strategy deepspeed splits a network over processes",
    "--trainer.accelerator=tpu": "error: ",
    "--trainer.devices=0": "not a valid input using cpu accelerator",
    "--trainer.devices=1000000": "--trainer.devices must be from 0 to ",
    "--trainer.barebones=true": "--trainer.barebones does not fit a GAN",
    "--trainer.callbacks=BatchSizeFinder": "BatchSizeFinder does not fit a GAN (it tries steps of one optimiser)",
    "--trainer.callbacks+=LearningRateFinder": "LearningRateFinder does not fit a GAN",
    "--trainer.callbacks=BackboneFinetuning": "BackboneFinetuning does not fit a GAN",
    "--trainer.logger=MLFlowLogger": "error: ",
    "--trainer.profiler=nonsense": "it can only be one of ['simple', 'advanced', 'pytorch', 'xla']",
}


@pytest.mark.parametrize("option", REFUSED)
def test_what_cannot_work_is_one_sentence(fit, option):
    status, _, err = fit(*TINY, option)
    assert status == 2
    assert REFUSED[option] in err
    assert len(re.findall("^error: ", err, re.MULTILINE)) == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["validate", "test", "predict"])
def test_an_untrained_model_is_not_measured_in_silence(command_line, command):
    status, _, err = command_line(command, *TINY)
    assert (status, err) == (
        2,
        f"error: {command} needs a trained model: give --ckpt_path a checkpoint or a run's folder\n",
    )


def test_a_configuration_names_no_other(fit, tmp_path):
    (tmp_path / "x.yaml").write_text("config: {class_path: 3}\n")
    status, _, err = fit(*TINY, f"--config={tmp_path / 'x.yaml'}")
    assert status == 2
    assert err.endswith("x.yaml sets config, which only a command line can: leave it out there\n")


def test_a_callback_needs_no_list_and_its_arguments_no_yaml(fit, tmp_path):
    option = "--trainer.callbacks=Timer", "--trainer.callbacks.duration=00:00:01:00"
    assert fit(*TINY, *option)[0] == 0
    config = yaml.safe_load((tmp_path / "vanilla_gan" / "version_0" / "config.yaml").read_text())
    (written,) = config["trainer"]["callbacks"]
    assert written["class_path"] == "lightning.pytorch.callbacks.Timer"
    assert written["init_args"] == {"duration": "00:00:01:00", "interval": "step", "verbose": True}


def test_adam_is_the_projects_own(fit, tmp_path):
    assert fit(*TINY, "--model.generator_optimizer=Adam", "--model.generator_optimizer.lr=0.001")[0] == 0
    config = yaml.safe_load((tmp_path / "vanilla_gan" / "version_0" / "config.yaml").read_text())
    chosen = config["model"]["init_args"]["generator_optimizer"]
    assert chosen["class_path"] == "gan_lightning.training.optim.Adam"
    assert chosen["init_args"]["betas"] == [0.5, 0.999]
    assert chosen["init_args"]["lr"] == 0.001


def raised(code, **names):
    """What ``code`` raises when the command line's own module runs it."""
    space = {"__name__": "gan_lightning.cli.entry", **names}
    try:
        exec(compile(code, "entry.py", "exec"), space)
    except Exception as error:
        return error
    raise AssertionError


def test_a_librarys_refusal_is_the_users_mistake_and_a_fault_of_our_code_is_not():
    assert mistake(raised("import json\njson.loads('{')")).startswith("Expecting property name")
    assert mistake(raised("int('x')")) is None  # ours: no library in between
    assert mistake(raised("import json\njson.loads('{}', object_hook=lambda _: 1 // 0)")) is None
    own = {"__name__": "gan_lightning.networks.mlp"}
    exec("import json\ndef build(*_): json.loads('{')", own)
    assert mistake(raised("build()", build=own["build"])) is None
    assert mistake(raised("import json\njson.loads('{}', object_hook=build)", build=own["build"])) is None
    assert mistake(raised("raise ValueError('outer') from cause", cause=UsageError("inner"))) == "inner"


def test_a_fault_of_our_code_still_shows_its_traceback(monkeypatch):
    def fault(*_, **__):
        raise ValueError("a fault")

    monkeypatch.setattr("gan_lightning.models.gan.check_options", fault)
    with pytest.raises(ValueError, match="a fault"):
        main(["fit", *TINY, "--data.dataset=digits", "--trainer.accelerator=cpu"])


def test_control_c_before_training_ends_with_130_and_says_nothing(command_line, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    for place in ("gan_lightning.cli.entry.import_modules", "gan_lightning.cli.lightning_cli.check_trainer"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupt)
            status, _, err = command_line("fit", *TINY, "--data.dataset=digits")
            assert status == 130
            assert "Traceback" not in err
            assert "error" not in err
