"""What is installed works without a clone, in any folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = None

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(tomllib is None, reason="Python 3.10 has no tomllib")
def test_all_packages_are_named():
    packages = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "gan_lightning").rglob("__init__.py")}
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert named == sorted({package.replace("/", ".") for package in packages} | {"gan_lightning.configs"})


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package as pip installs it, not editable and without what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source") / "clone"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in tracked.stdout.splitlines():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, f"--target={folder}", str(source)], check=True)
    return folder


def test_every_file_of_the_package_is_installed(installed):
    """Weights, templates, scripts and configurations, but no pages of the documentation."""
    tracked = subprocess.run(["git", "ls-files", "gan_lightning"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in tracked.stdout.splitlines():
        assert name.endswith("README.md") or (installed / name).is_file(), name
    shipped = {path.relative_to(ROOT) for path in (ROOT / "configs").rglob("*.yaml")}
    assert shipped == {path.relative_to(installed / "gan_lightning") for path in installed.rglob("*.yaml")}


@pytest.mark.parametrize(
    "words",
    [
        ["fit", "--config", "dcgan", "--config", "overlays/debug", "--data.dataset=mnist_5k", "--model.width=4"],
        ["digits", "--digits=7", "--", "--data.dataset=mnist_5k", "--data.samples_per_class=40", "--model.width=4"],
    ],
    ids=["fit", "digits"],
)
def test_commands_work_in_an_empty_folder_without_extras(installed, tmp_path, words):
    script = [sys.executable, str(installed / "bin" / "gan-lightning")]
    quick = [
        "--trainer.max_epochs=1",
        "--trainer.accelerator=cpu",
        "--trainer.precision=bf16-mixed",
        "--metrics.num_images=0" if words[0] == "fit" else "--metrics.num_images=150",
    ]
    paths = os.pathsep.join([str(installed), str(ROOT / "tests" / "without_extras")])
    environment = {**os.environ, "PYTHONPATH": paths, "GAN_LIGHTNING_CACHE": str(tmp_path / "cache")}
    ended = subprocess.run([*script, *words, *quick], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ".py:" not in ended.stderr, "a library's warning, with the line that it comes from"
    assert any(tmp_path.glob("runs/*/*/checkpoints/last.ckpt"))


def test_a_generator_that_comes_with_it_draws_in_an_empty_folder_without_extras(installed, tmp_path):
    script = [sys.executable, str(installed / "bin" / "gan-lightning")]
    paths = os.pathsep.join([str(installed), str(ROOT / "tests" / "without_extras")])

    def run(*words):
        environment = {**os.environ, "PYTHONPATH": paths}
        return subprocess.run([*script, *words], cwd=tmp_path, env=environment, capture_output=True, text=True)

    drawn = run("generate", "--model=conditional_dcgan", "--labels=7", "--num=7")
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "samples.png").is_file()
    for words, extra in {("export", "--model=stylegan"): "export", ("generate", "--model=jo/digits"): "hub"}.items():
        refused = run(*words)
        assert refused.returncode == 2
        assert refused.stderr.endswith(f"not both installed: pip install 'gan-lightning[{extra}]'\n") or (
            refused.stderr.endswith(f"is not installed: pip install 'gan-lightning[{extra}]'\n")
        )
