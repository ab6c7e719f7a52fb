"""Loggers besides TensorBoard, offline: each has the scalars and the pictures, and a run goes on in its folder."""

import csv
from pathlib import Path

import pytest
from helpers import QUICK

OVERLAYS = Path(__file__).parents[2] / "configs" / "overlays"


@pytest.fixture
def train(command_line, tmp_path, monkeypatch):
    """Trains in ``tmp_path`` with an overlay; gives the run folder."""
    monkeypatch.chdir(tmp_path)

    def run(overlay, *options):
        model = "--model=VanillaGAN", "--model.hidden_dims=[8]"
        status, out, err = command_line("fit", *model, f"--config={OVERLAYS / overlay}", *QUICK, *options)
        assert status == 0, err
        return Path(out.partition("run folder: ")[2].splitlines()[0])

    return run


def test_csv(train):
    folder = train("csv.yaml")
    assert folder == Path("runs/vanilla_gan/version_0")
    assert train("csv.yaml", "--trainer.max_epochs=2", "--resume") == folder
    with (folder / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {"train/generator_loss", "val/fid", "pixels/sharpness"} <= rows[0].keys()
    assert (folder / "report.html").is_file()


def test_mlflow(train):
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("sqlalchemy")
    folder = train("mlflow.yaml")
    assert folder.parent == Path("runs/gan_lightning")
    assert train("mlflow.yaml", "--trainer.max_epochs=2", "--resume") == folder
    client = mlflow.tracking.MlflowClient("sqlite:///mlflow.db")
    run = client.get_run(folder.name)
    assert {"train/generator_loss", "val/fid", "pixels/sharpness"} <= run.data.metrics.keys()
    assert run.data.params["batch_size"] == "4"
    assert [metric.step for metric in client.get_metric_history(folder.name, "train/generator_loss")] == [0, 1, 2, 3]
    pictures = [file.path for file in client.list_artifacts(folder.name, "samples")]
    assert pictures == [f"samples/000000{step}.png" for step in (0, 2, 4)]


def test_wandb(train, monkeypatch):
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_SILENT", "true")
    folder = train("wandb.yaml")
    wandb.finish()  # as the end of a process does
    assert folder.parent == Path("runs/gan_lightning")
    (record,) = Path("runs/wandb").glob(f"offline-run-*/run-{folder.name}.wandb")
    content = record.read_bytes()
    for name in (b"train/generator_loss", b"val/fid", b"pixels/sharpness"):
        assert name in content, name
    assert list(record.parent.glob("files/media/images/samples_*.png"))
    assert train("wandb.yaml", "--trainer.max_epochs=2", "--resume") == folder
    wandb.finish()
