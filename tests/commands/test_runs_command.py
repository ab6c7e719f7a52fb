"""runs tells what the folders of real runs hold, shows them beside one another, and removes no more than was asked."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from helpers import QUICK

from gan_lightning.callbacks.history import read_history
from gan_lightning.records import find_records

CONFIG = """
model: {class_path: VanillaGAN, init_args: {latent_dim: 8, hidden_dims: [16, 32]}}
data: {class_path: MNISTDataModule, init_args: {dataset: digits, batch_size: 4}}
trainer: {logger: {class_path: TensorBoardLogger, init_args: {save_dir: runs, name: tiny}}}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a configuration, a run of it, one that changes options, and one of another name."""
    from gan_lightning.cli import main

    folder = tmp_path_factory.mktemp("trained")
    (folder / "configs").mkdir()
    (folder / "configs" / "tiny.yaml").write_text(CONFIG)
    own = [*QUICK, "--trainer.check_val_every_n_epoch=1", "--trainer.max_epochs=2"]
    changed = ["--model.loss=LeastSquares", "--model.generator_optimizer.lr=3e-4", "--data.batch_size=8"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        main(["fit", "--config=configs/tiny.yaml", *own])
        main(["fit", "--config=configs/tiny.yaml", *own, *changed])
        main(["fit", "--model=VanillaGAN", "--model.hidden_dims=[8]", *own[:-1], "--trainer.logger.name=other"])
    return folder


def listed(command_line, *options):
    status, out, err = command_line("runs", "--format=json", *options)
    assert status == 0, err
    return json.loads(out)


def test_a_line_says_what_the_run_changed_and_reached(command_line, here):
    other, first, second = listed(command_line)
    assert [line["run"] for line in (other, first, second)] == ["other/version_0", "tiny/version_0", "tiny/version_1"]
    assert first["configuration"] == second["configuration"] == "configs/tiny.yaml"
    assert other["configuration"] == "VanillaGAN"
    assert other["changes"]["model.hidden_dims"] == "[8]"
    assert not {"model.hidden_dims", "model.loss", "data.batch_size", "data.dataset"} & first["changes"].keys()
    more = {name: value for name, value in second["changes"].items() if name not in first["changes"]}
    assert more == {"model.loss": "LeastSquares", "model.generator_optimizer.lr": "0.0003", "data.batch_size": "8"}
    rows = read_history(Path("runs/tiny/version_1/history.csv"))
    best = min(rows, key=lambda row: row["val/fid"])
    assert (second["epochs"], second["images_seen"]) == (2, 2 * 2 * 8)
    assert (second["best"], second["best_epoch"]) == (best["val/fid"], best["epoch"] + 1)
    assert second["size"] == sum(
        path.stat().st_size for path in Path("runs/tiny/version_1").rglob("*.*") if path.is_file()
    )
    assert 0 <= second["age_seconds"] < 3600
    Path("runs/tiny/version_1/report.html").write_text("")
    assert listed(command_line)[2]["size"] < second["size"]


def test_the_table_is_markdown(command_line, here):
    head, rule, *lines = command_line("runs")[1].strip().splitlines()
    assert head.count("|") == rule.count("|") == 10
    assert "best `fid` ↓" in head
    assert [line.split(" | ")[0] for line in lines] == ["| other/version_0", "| tiny/version_0", "| tiny/version_1"]
    assert "`model.loss=LeastSquares`" in lines[2]


def test_runs_are_sorted_and_chosen(command_line, here):
    assert [line["run"] for line in listed(command_line, "--match=data.batch_size=8")] == ["tiny/version_1"]
    assert {line["configuration"] for line in listed(command_line, "--match=tiny")} == {"configs/tiny.yaml"}
    by_best = [line["best"] for line in listed(command_line, "--sort=best")]
    assert by_best == sorted(by_best)
    by_recall = [line["best"] for line in listed(command_line, "--sort=best", "--figure=recall")]
    assert by_recall == sorted(by_recall, reverse=True)
    assert listed(command_line, "--sort=images_seen")[0]["run"] == "tiny/version_1"
    (here / "runs/tiny/version_0/note.txt").write_text("new")
    assert listed(command_line, "--sort=age")[0]["run"] == "tiny/version_0"


def test_versions_are_in_natural_order(here):
    for name in ("version_10", "version_0009", "2026-02-10", "2026-02-9", "version_2"):
        shutil.copytree("runs/tiny/version_0", f"runs/tiny/{name}")
    assert [record.version for record in find_records(Path("runs/tiny"))] == [
        *("2026-02-9", "2026-02-10"),
        *("version_0", "version_1", "version_2", "version_0009", "version_10"),
    ]


def test_what_is_damaged_or_no_run_does_no_harm(command_line, here):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for name, text in {
        "yaml": "a: [",
        "bytes": "\0",
        "foreign": "model: 3",
        "written": CONFIG,
        "bomb": f"model: 1\ntrainer: 1\n{bomb}",
    }.items():
        (here / "runs" / name).mkdir()
        (here / "runs" / name / "config.yaml").write_text(text)
    (here / "runs/other/version_0/history.csv").write_bytes(b"epoch,val/fid\nx,y\n\xff")
    lines = listed(command_line)
    assert [line["run"] for line in lines] == ["other/version_0", "tiny/version_0", "tiny/version_1"]
    assert (lines[0]["epochs"], lines[0]["best"]) == (0, None)
    assert listed(command_line, "--sort=best")[-1]["run"] == "other/version_0"


def test_runs_beside_one_another(command_line, here):
    status, out, err = command_line("runs", "compare", "runs/tiny/version_0", "tiny/version_1", "--output=a/b.html")
    assert status == 0, err
    assert "comparison in a/b.html" in out
    differing = re.findall(r"^\| `((?:model|data|trainer|metrics|seed)[\w.]*)` \| (.*) \| (.*) \|$", out, re.MULTILINE)
    assert sorted(name for name, *_ in differing) == ["data.batch_size", "model.generator_optimizer.lr", "model.loss"]
    assert ("data.batch_size", "4", "8") in differing
    fids = [read_history(Path(f"runs/tiny/version_{v}/history.csv"))[-1]["val/fid"] for v in (0, 1)]
    assert f"| `fid ↓` | {fids[0]:.3f} | {fids[1]:.3f} |" in out
    page = Path("a/b.html").read_text()
    assert page.count("data:image/png;base64,") == 3, "curves and two grids"
    assert f"<td>{fids[1]:.3f}</td>" in page
    figures = {"fid": 12.5}
    Path("runs/tiny/version_0/metrics.json").write_text(json.dumps({"figures": figures}))
    assert "| `fid ↓` | 12.500 |" in command_line("runs", "compare", "tiny/version_0", "tiny/version_1")[1]


def test_names_in_the_page_are_text(command_line, here):
    Path("runs/tiny/version_1").rename("runs/tiny/<b>")
    assert command_line("runs", "compare", "tiny/version_0", "tiny/<b>")[0] == 0
    page = Path("comparison.html").read_text()
    assert "tiny/&lt;b&gt;" in page
    assert "<b>" not in page


def test_runs_are_removed_after_a_question(command_line, here, monkeypatch):
    status, _, err = command_line("runs", "remove", "tiny/version_0")
    assert status == 2
    assert "there is no terminal: give --yes true" in err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, left in (("", True), ("no", True), ("y", False)):
        monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
        assert command_line("runs", "remove", "tiny/version_0")[0] == 0
        assert Path("runs/tiny/version_0").exists() is left
    (here / "runs/tiny/version_1.log").write_text("its log")
    status, out, _ = command_line(
        "runs", "remove", "runs/tiny/version_1", "runs/tiny/version_1.log", "other/version_0", "--yes=true"
    )
    assert status == 0
    assert re.search(r"removed 2 runs of [\d.]+ MB", out)
    assert sorted(path.name for path in Path("runs").rglob("*")) == ["tiny", "version_1.log"]
    assert Path("configs/tiny.yaml").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["compre"], "runs compre is not a command: did you mean compare?"),
        (["--folder=nowhere"], "there is no run in nowhere: give --folder one that has runs"),
        (["--match=nothing"], "no run in runs matches nothing"),
        (["--figure=contrast"], "--figure takes one that gets better or worse: fid, kid"),
        (["--sort=bset"], "--sort: expected 'name', 'best'"),
        (["compare"], "runs must be given"),
        (["compare", "tiny/version_0"], "runs compare takes two runs or more"),
        (["compare", "tiny/version_0", "tiny/version_0"], "runs compare takes two runs or more"),
        (["compare", "tiny/version_0", "tiny/version_7"], "there is no run at tiny/version_7, nor below runs"),
        (["compare", "tiny/version_0", "tiny/version_1", "--output=x.pdf"], "--output must end in .html, not x.pdf"),
        (["remove", "configs", "--yes=true"], "there is no run at configs"),
        (["remove", ".", "--yes=true"], "there is no run at ."),
    ],
)
def test_mistakes(command_line, here, words, sentence):
    status, _, err = command_line("runs", *words)
    assert status == 2
    assert sentence in err
    assert err.count("\n") == 1
    assert len(list(Path("runs").rglob("config.yaml"))) == 3


def test_the_place_where_one_is_stays(command_line, here, monkeypatch):
    monkeypatch.chdir("runs/tiny/version_0/samples")
    status, _, err = command_line("runs", "remove", "..", "--yes=true")
    assert status == 2
    assert ".. is where you are: go elsewhere to remove it" in err
    assert list(Path().glob("*.png"))


def test_a_configuration_that_is_not_understood_changes_nothing(command_line, here):
    content = yaml.safe_load(CONFIG)
    content["model"]["class_path"] = "my_models.Absent"
    Path("configs/tiny.yaml").write_text(yaml.safe_dump(content))
    assert listed(command_line, "--match=version_1")[0]["changes"] == {}
