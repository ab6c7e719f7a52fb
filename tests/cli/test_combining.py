"""Networks, objectives, conditioning and augmentation combine by YAML alone."""

import pytest
import yaml

from gan_lightning.models import GAN

COSINE = {"class_path": "Cosine", "init_args": {"start": 1, "end": 0.1, "images": 100}}
ADAM = {"class_path": "gan_lightning.training.optim.Adam", "init_args": {"lr": 1e-4, "betas": [0.0, 0.9]}}


def pair(kind, generator=None, discriminator=None):
    return {
        "generator": {"class_path": f"{kind}Generator", "init_args": {"width": 8, **(generator or {})}},
        "discriminator": {"class_path": f"{kind}Discriminator", "init_args": {"width": 8, **(discriminator or {})}},
    }


COMBINATIONS = {
    "hinge, spectral norm, auxiliary classifier, cutout": {
        **pair("DCGAN", {"conditioning": "one_hot"}, {"norm": "none", "spectral_norm": True}),
        "loss": "Hinge",
        "penalties": ["AuxiliaryClassifier"],
        "augment": "Cutout",
    },
    "relativistic, R1, R2, packs of two": {
        **pair("DCGAN", None, {"norm": "none", "pack": 2}),
        "loss": "Relativistic",
        "penalties": ["R1", {"class_path": "R2", "init_args": {"weight": 0.5}}],
    },
    "gradient penalty, conditional batch norm": {
        **pair("DCGAN", {"conditioning": "batch_norm"}, {"norm": "none", "conditioning": "projection"}),
        "loss": "Wasserstein",
        "penalties": "GradientPenalty",
        "discriminator_steps": 2,
        "generator_optimizer": ADAM,
        "discriminator_optimizer": ADAM,
    },
    "style-based, lazy R1, adaptive augmentation": {
        **pair("Style"),
        "penalties": [{"class_path": "R1", "init_args": {"weight": 0.5, "every": 16}}],
        "augment": "AdaptiveAugment",
    },
    "codes, LeCam": {
        **pair("DCGAN"),
        "prior": {"class_path": "CodedPrior", "init_args": {"categories": [10], "continuous": 2}},
        "penalties": ["MutualInformation", "LeCam"],
    },
    "residual, scheduled": {
        **pair("Residual", {"conditioning": "embedding"}, {"conditioning": "projection", "minibatch_std": True}),
        "loss": "Relativistic",
        "penalties": [{"class_path": "R1", "init_args": {"weight": COSINE}}],
        "learning_rate_schedule": {"class_path": "Linear", "init_args": {"start": 1, "end": 0, "images": 100}},
        "beta2_schedule": {"class_path": "Cosine", "init_args": {"start": 0.9, "end": 0.99, "images": 100}},
        "ema_half_life": {"class_path": "Linear", "init_args": {"start": 0, "end": 500, "images": 100}},
        "micro_batches": 2,
    },
    "the first Wasserstein GAN": {
        **pair("MLP", {"batch_norm": True}),
        "loss": "Wasserstein",
        "weight_clip": 0.01,
        "discriminator_optimizer": {"class_path": "torch.optim.RMSprop", "init_args": {"lr": 5e-5}},
        "augment": {"class_path": "DiffAugment", "init_args": {"transforms": ["Translation", "Cutout"]}},
    },
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_a_configuration_trains_and_its_checkpoint_draws_and_goes_on(fit, command_line, tmp_path, name):
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump({"model": {"class_path": "GAN", "init_args": COMBINATIONS[name]}}))
    status, _, err = fit(f"--config={path}")
    assert status == 0, err
    checkpoint = next(tmp_path.glob("*/version_0/checkpoints/last.ckpt"))
    model = GAN.load_from_checkpoint(checkpoint)
    assert model.generator.image_shape == model.discriminator.image_shape == (1, 28, 28)
    status, _, err = command_line("generate", f"--ckpt_path={checkpoint}", "--num=4", f"--output={tmp_path / 'x.png'}")
    assert status == 0, err
    status, _, err = fit(f"--ckpt_path={checkpoint}", "--trainer.max_epochs=2")
    assert status == 0, err


def test_shapes_and_classes_reach_nested_networks(fit, tmp_path):
    networks = ["--model.generator=ResidualGenerator", "--model.discriminator=ResidualDiscriminator"]
    options = ["--model.generator.conditioning=embedding", "--data.image_size=16", "--model.generator.width=8"]
    status, _, err = fit("--model=GAN", *networks, *options, "--model.discriminator.width=8")
    assert status == 0, err
    model = GAN.load_from_checkpoint(next(tmp_path.glob("*/version_0/checkpoints/last.ckpt")))
    assert model.generator.image_shape == model.discriminator.image_shape == (1, 16, 16)
    assert (model.generator.num_classes, model.discriminator.num_classes) == (10, 0)


OWN = """
from gan_lightning.models import DCGAN


class Short(DCGAN):
    def __init__(self, latent_dim: int = 3, **kwargs):
        super().__init__(latent_dim=latent_dim, **kwargs)
"""


def test_a_subclass_has_its_own_defaults_and_not_those_of_the_class_that_is_taken_by_default(
    command_line, tmp_path, monkeypatch
):
    (tmp_path / "short.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    status, out, err = command_line("fit", "--model=short.Short", "--print_config")
    assert status == 0, err
    assert yaml.safe_load(out)["model"]["init_args"]["latent_dim"] == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--model.penalties=GradientPenalti"], "GradientPenalty"),
        (["--model.penalties+=R1", "--model.penalties.weight=-1"], "weight of R1 must be a finite number"),
        (["--model.augment=Cutuot"], "Cutout"),
        (["--model.micro_batches=0"], "--model.micro_batches must be at least 1"),
        (["--model.weight_clip=0"], "--model.weight_clip must be positive"),
        (["--model.penalties=R1", "--model.compile=true"], "--model.compile does not go with R1"),
        (["--trainer.accumulate_grad_batches=2"], "use --data.batch_size with --model.micro_batches"),
    ],
)
def test_mistakes_are_one_sentence(fit, options, sentence):
    status, _, err = fit("--model=DCGAN", "--model.width=4", *options)
    assert status != 0
    assert sentence in err
    assert "Traceback" not in err
