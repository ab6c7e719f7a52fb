"""What a run is called, and what a configuration is called by."""

import pytest
import yaml

from gan_lightning.cli.naming import name_of_run, with_config_files
from gan_lightning.errors import UsageError
from gan_lightning.storage.shipped import config_file, shipped_configs


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--config", "dcgan"], "dcgan"),
        (["--config=configs/dcgan.yaml", "--config=overlays/bf16"], "dcgan"),
        (["-c", "overlays/bf16", "-c", "best"], "best"),
        (["--config=overlays/csv", "--model=VanillaGAN"], "vanilla_gan"),
        (["--model", "ConditionalDCGAN"], "conditional_dcgan"),
        (["--model=gan_lightning.models.InfoGAN"], "info_gan"),
        (["--model=GAN", "--model.generator=ResidualGenerator", "--model.discriminator=MLPDiscriminator"], "residual"),
        ([], "dcgan"),
        (["--ckpt_path=runs/mine/version_3"], "mine"),
        (["--ckpt_path=runs/mine/version_3/checkpoints/last.ckpt"], "mine"),
    ],
)
def test_a_run_is_called_after_its_configuration_or_its_model(words, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/mine/version_3").mkdir(parents=True)
    assert name_of_run(with_config_files(["fit", *words])) == name


def test_a_file_wins_over_the_shipped_configuration_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert config_file("dcgan") == shipped_configs()["dcgan"]
    (tmp_path / "dcgan").write_text("model: VanillaGAN")
    assert config_file("dcgan").read_text() == "model: VanillaGAN"


def test_content_in_place_of_a_file_stays():
    assert with_config_files(["fit", "--config", "{model: DCGAN}"]) == ["fit", "--config={model: DCGAN}"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("dcgn", "did you mean dcgan?"), ("configs/wgan_pg.yaml", "did you mean wgan_gp?"), ("zzz", "give a YAML file")],
)
def test_a_name_that_is_none_is_told_with_the_one_that_is_meant(name, told):
    with pytest.raises(UsageError, match=f"there is no configuration {name}: .*{told.rstrip('?')}"):
        config_file(name)


def test_test_writes_to_the_run_that_it_measures(fit, command_line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fit("--model=VanillaGAN", "--model.hidden_dims=[8]")[0] == 0
    (run,) = (tmp_path / "vanilla_gan").iterdir()
    configuration = (run / "config.yaml").read_text()
    before = set(tmp_path.rglob("*"))
    for command in ("test", "predict", "validate"):
        status, _, err = command_line(command, f"--ckpt_path={run}", "--trainer.limit_predict_batches=1")
        assert status == 0, err
    new = {str(path.relative_to(run)) for path in set(tmp_path.rglob("*")) - before}
    assert new == {"metrics.json", "predictions_0.npz"}
    assert (run / "config.yaml").read_text() == configuration
    assert yaml.safe_load(configuration)["metrics"]["num_images"] == 150
