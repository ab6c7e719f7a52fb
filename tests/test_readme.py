"""What the READMEs say can be typed, runs."""

import inspect
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml
from pages import CODE, PAGES, README, ROOT, ZOO, blocks

from gan_lightning.benchmark import measure, race
from gan_lightning.models import GAN

QUICK = [
    "--data.dataset=digits",
    "--data.batch_size=4",
    "--trainer.accelerator=cpu",
    "--trainer.limit_train_batches=2",
    "--trainer.limit_val_batches=1",
    "--trainer.limit_test_batches=2",
    "--trainer.limit_predict_batches=2",
    "--trainer.enable_progress_bar=false",
    "--metrics.num_images=150",
]
ON_DIGITS = {
    "evaluate": [],
    "classification_accuracy_score": [],
    "train_classifier": [],
    "table": ["--seeds=1"],
    "sweep": ["--trials=1"],
    "digits": [],
    "benchmark": ["--rounds=1", "--steps=1", "--seeds=1", "--at_most=0.001"],
}
"""Commands that are given the bundled digits instead of MNIST."""
NARROW = {
    "fit": ["--trainer.max_epochs=1", "--data.samples_per_class=5", "--trainer.check_val_every_n_epoch=1"],
    "test": [],
    "predict": [],
}
GO_ON_TO_FIT = {
    "table": [*QUICK, *NARROW["fit"], "--data.image_size=28"],
    "digits": [*QUICK, *NARROW["fit"], "--data.image_size=28"],
    "sweep": [*QUICK, *NARROW["fit"]],
    "benchmark": [
        "--data.dataset=digits",
        "--data.batch_size=4",
        "--trainer.accelerator=cpu",
        "--metrics.num_images=150",
    ],
}
"""What those commands pass on."""
OWN_CLASSES = {
    "Quadratic": "my_losses.py",
    "LogitDecay": "my_penalties.py",
    "LinearDiscriminator": "my_networks.py",
    "StrokeWidth": "my_metrics.py",
    "read": "my_data.py",
}
"""The files that the README's recipes stand in."""
FOR_REAL = ("--print_config", "--model.help")


def commands(program):
    lines = [line.partition("#")[0].strip() for block in blocks("bash") for line in block.splitlines()]
    return [line for line in lines if line.startswith(program)]


def test_every_page_is_in_the_front_door_which_is_short():
    paths = [path.relative_to(ROOT) for path in ROOT.glob("[!.]*/**/README.md")]
    folders = {str(path.parent) for path in paths if not path.is_relative_to("build")}
    assert folders == set(PAGES) - {"."}
    for folder in folders:
        assert f"({folder}/README.md)" in README
    assert len(README.splitlines()) <= 200


def test_the_make_targets_exist():
    targets = [line.split()[1] for line in commands("make")]
    assert targets == ["demo", "test"]
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_bare_make_lists_its_targets():
    listing = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for target in ("demo", "test", "lint", "format"):
        assert f"make {target}" in listing


@pytest.mark.filterwarnings("ignore:training goes on without CUDA graphs")
def test_every_command_runs_as_written(command_line, tmp_path, monkeypatch, quick_recipe):
    """In the pages' order, in one folder, since later commands use what earlier ones left; on few bundled digits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(measure, "SIZES", {"data.batch_size": (2, 4)})
    monkeypatch.setattr(race, "TURN", 8)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    for block in blocks("python"):
        if (name := re.search(r"^(?:class|def) (\w+)\(", block, flags=re.MULTILINE)) and name[1] in OWN_CLASSES:
            (tmp_path / OWN_CLASSES[name[1]]).write_text(block)
    (config,) = (block for block in blocks("yaml") if block.startswith("# my_gan.yaml"))
    (tmp_path / "my_gan.yaml").write_text(config)
    lines = commands("python -m gan_lightning")
    assert len(lines) >= 15
    for line in lines:
        args = shlex.split(line)[3:]
        if args[0] in NARROW and not any(option in args for option in FOR_REAL):
            args += [word for word in [*QUICK, *NARROW[args[0]]] if "my_data" not in line or "dataset" not in word]
        if args[0] in ON_DIGITS:
            own = args.index("--") if "--" in args else len(args)
            more = ON_DIGITS[args[0]] if args[0] in GO_ON_TO_FIT else ["--data.dataset=digits"]
            rest = ["--", *args[own + 1 :], *GO_ON_TO_FIT[args[0]]] if args[0] in GO_ON_TO_FIT else args[own:]
            args = [*args[:own], *more, *rest]
        if args[0] == "invert":
            args += ["--steps=2", "--restarts=1"]
        if "configs/overlays/ddp.yaml" in args:
            args += ["--trainer.strategy=auto", "--trainer.devices=1", "--trainer.num_nodes=1"]
        status, _, err = command_line(*args)
        assert status == 0, (line, err)
    for file in ("samples.png", "pairs.png", "samples.npz"):
        assert (tmp_path / file).is_file()
    for snippet in (block for block in blocks("python") if "gan_lightning.load" in block):
        scope = {}
        exec(snippet, scope)
        assert scope["eights"].shape == (16, 1, 28, 28)


def test_the_step_is_that_of_the_code():
    source = textwrap.dedent(inspect.getsource(GAN.alternate)).strip()
    assert f"```python\n{source}\n```" in CODE


def test_the_part_that_you_change_has_the_lines_that_are_told():
    rows = re.findall(r"^\| `(\w+/\w+\.py)` \| (\d+) \|", CODE, flags=re.MULTILINE)
    counts = {path: len((ROOT / "gan_lightning" / path).read_text().splitlines()) for path, _ in rows}
    assert {path: int(lines) for path, lines in rows} == counts
    assert f"| all | {sum(counts.values()):,} |" in CODE
    assert sum(counts.values()) < 2000, "an evening"


@pytest.mark.parametrize("name", ["wgan_gp", "r3gan"])
def test_models_shown_are_those_of_the_configurations(name):
    """But for their optimisers."""
    (shown,) = (block for block in blocks("yaml") if block.startswith(f"# configs/{name}.yaml"))
    model = yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text())["model"]
    for player in ("generator", "discriminator"):
        del model["init_args"][f"{player}_optimizer"]
    assert yaml.safe_load(shown)["model"] == model


def test_the_table_of_configurations_is_complete_and_true():
    rows = dict(re.findall(r"\| `(configs/\w+\.yaml)` \| `(\w+)` \|", ZOO))
    assert set(rows) == {str(path.relative_to(ROOT)) for path in (ROOT / "configs").glob("*.yaml")}
    for path, model in rows.items():
        assert yaml.safe_load((ROOT / path).read_text())["model"]["class_path"] == model


@pytest.mark.parametrize("folder", PAGES)
def test_links_lead_somewhere(folder):
    for target in re.findall(r"\]\(((?!http)[^)]+)\)", PAGES[folder]):
        if target.startswith("#"):
            headings = re.findall(r"^#+ (.+)$", PAGES[folder], flags=re.MULTILINE)
            assert target[1:] in [heading.lower().replace(" ", "-") for heading in headings], target
        else:
            assert (ROOT / folder / target).exists(), target


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run(notebook, tmp_path):
    """All cells, in a fresh kernel, with fewer epochs."""
    import nbformat
    from nbclient import NotebookClient

    content = nbformat.read(notebook, as_version=4)
    assert any(cell.get("outputs") for cell in content.cells), "the notebook is kept with its outputs"
    kernel = {**os.environ, "EPOCHS": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    NotebookClient(content, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute(env=kernel)
