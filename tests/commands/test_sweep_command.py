"""sweep makes real runs of what Optuna proposes, ends the worse ones early, and goes on after it was killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
import yaml
from optuna.trial import TrialState, create_trial

from gan_lightning.callbacks.history import read_history
from gan_lightning.commands.children import Children
from gan_lightning.commands.search import parse_search
from gan_lightning.commands.training_run import Run
from gan_lightning.commands.trials import Course, Trials
from gan_lightning.commands.watch import Watch

CONFIG = """
model: {class_path: VanillaGAN, init_args: {latent_dim: 8, hidden_dims: [16, 32]}}
data: {class_path: MNISTDataModule, init_args: {dataset: digits, batch_size: 32}}
trainer: {max_epochs: 2, limit_train_batches: 4, limit_val_batches: 1, check_val_every_n_epoch: 1, accelerator: cpu,
  enable_progress_bar: false}
metrics: {num_images: 150}
"""
SEARCH = ["--search=model.generator_optimizer.lr=1e-4..1e-2:log", "--search=data.batch_size=16,32"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(CONFIG)
    return tmp_path


@pytest.mark.soak
def test_a_killed_search_goes_on_in_the_run_that_it_was_at(command_line, here):
    words = ["sweep", "--config=tiny.yaml", *SEARCH, "--trials=2", "--output=found/best.yaml", "--"]
    words.append("--trainer.callbacks+=helpers.PowerCut")
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "POWER_CUT": "6", "PYTHONPATH": os.pathsep.join([*sys.path, str(tests)])}
    killed = subprocess.run([sys.executable, "-m", "gan_lightning", *words], env=environment, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    (log,) = Path("runs/sweep").glob("*/trial_0.log")
    folder = log.parent
    assert len(read_history(folder / "trial_0" / "history.csv")) == 1
    assert not Path("found/best.yaml").exists()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", environment["PYTHONPATH"])
        status, out, err = command_line(*words)
    assert status == 0, err
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["trial_0", "trial_1"]
    assert "Restored all states from the checkpoint" in log.read_text()
    histories = {name: read_history(folder / name / "history.csv") for name in ("trial_0", "trial_1")}
    assert all(len(rows) == 2 for rows in histories.values())
    best = {name: min(row["val/fid"] for row in rows) for name, rows in histories.items()}
    winner = min(best, key=best.get)
    assert f"the best is {winner}: fid {best[winner]:.3f}" in out
    found = yaml.safe_load(Path("found/best.yaml").read_text())
    trained = yaml.safe_load((folder / winner / "config.yaml").read_text())
    for part in ("model", "data", "metrics"):
        assert found[part] == trained[part]
    assert found["trainer"]["logger"]["init_args"]["name"] == "best"
    assert Path("found/best.yaml").read_text().startswith(f"# The best of 2 trials, fid {best[winner]:.3f}: python")
    assert command_line("fit", "--config=found/best.yaml", "--print_config")[0] == 0

    before = Path("found/best.journal").read_text().count("\n")
    status, out, _ = command_line(*words)
    assert status == 0
    assert "with its log in" not in out, "what is done is not repeated"
    assert Path("found/best.journal").read_text().count("\n") - before <= 1


def study_with(values, steps):
    """A study in which trials have had these figures at each of the first ``steps`` epochs."""
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=4))
    for value in values:
        study.add_trial(create_trial(value=value, intermediate_values=dict.fromkeys(range(1, steps + 1), value)))
    return study


def write_history(path, fids):
    lines = ["epoch,step,images_seen,val/fid", *(f"{n},{n},{n},{fid}" for n, fid in enumerate(fids))]
    path.write_text("\n".join(lines) + "\n")


def test_a_course_is_stopped_where_it_is_worse_than_half_of_the_others(tmp_path):
    study, path = study_with([1.0, 2.0, 3.0, 4.0], 3), tmp_path / "history.csv"
    course = Course(study.ask(), path, "fid")
    assert not course()
    for fids, stops in (([""], False), (["", 2.0], False), (["", 2.0, "nan"], False), (["", 2.0, "nan", ""], False)):
        write_history(path, fids)
        assert course() is stops
    assert course.best() == 2.0
    assert study.trials[-1].intermediate_values == {2: 2.0}
    worse = Course(study.ask(), path, "fid")
    write_history(path, [9.0])
    assert worse()
    assert worse(), "it says so again"
    best = Course(study.ask(), path, "recall")
    path.write_text("epoch,val/recall\n0,0.3\n1,0.7\n2,0.5\n")
    assert best.best() == 0.7


def test_a_run_that_is_stopped_ends_in_order_and_is_kept(here):
    """A real run of thousands of epochs, in a study whose others were far better after their first ones."""
    study = study_with([1.0] * 4, 10_000)
    options = ["--trainer.max_epochs=10000"]
    environment = {"OMP_NUM_THREADS": "1"}
    made = Trials(
        study,
        parse_search(["data.batch_size=16..32"]),
        lambda name, own: Run("tiny.yaml", 0, options, Path("runs/x"), name, environment, own),
        "fid",
    )
    with Children() as children, Watch(1) as watch:
        made.make(children, watch)
    trial = study.trials[-1]
    assert trial.state == TrialState.PRUNED
    assert 1 <= len(read_history(Path("runs/x/trial_4/history.csv"))) < 10_000
    assert trial.intermediate_values
    assert Path("runs/x/trial_4/checkpoints/last.ckpt").is_file()
    assert made.done() == 5


def test_trials_that_fail_are_told_and_do_not_end_the_search(command_line, here):
    Path("found").mkdir()
    options = ["--", "--data.samples_per_class=100000"]
    words = ["sweep", "--config=tiny.yaml", "--search=data.batch_size=16,32", "--trials=1", "--output=found/x.yaml"]
    status, out, err = command_line(*words, *options)
    assert "trial_0: failed, fit failed, as runs/sweep/tiny-" in out
    assert status == 2
    assert "no trial was trained to its end; the last one: fit failed" in err
    assert err.count("\n") == 1


def kind(distribution):
    return type(distribution).__name__.removesuffix("Distribution")


def test_ranges_and_values():
    space = parse_search(
        ["a=16..64", "--b=1e-5..1e-3:log", "c=-1..0.5", "d=x,2", "e=[0,0.9],[0.5,0.9]", "f=8..512:log"]
    )
    assert {name: kind(values) for name, values in space.items()} == {
        **{"a": "Int", "b": "Float", "c": "Float", "d": "Categorical", "e": "Categorical", "f": "Int"}
    }
    assert (space["b"].low, space["b"].high, space["b"].log) == (1e-5, 1e-3, True)
    assert space["f"].log
    assert not space["a"].log
    assert space["d"].choices == ("x", "2")
    assert space["e"].choices == ("[0, 0.9]", "[0.5, 0.9]")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--search=x"], "--search takes an option with a range or with values"),
        (["--search=x="], "--search takes an option with a range or with values"),
        (["--search=model.latent_dmi=1..2"], "--model.latent_dmi is not an option: did you mean --model.latent_dim?"),
        (["--search=model.latent_dim=4,x"], "--model.latent_dim: expected int, got x"),
        (["--search=model.latent_dim=3..1"], "is no range that can be searched (its end is not above its beginning)"),
        (["--search=model.dropout=0..1:log"], "is no range that can be searched"),
        (["--search=model.dropout=a..b"], "is no range that can be searched"),
        (["--search=model.dropout=.nan..1"], "is no range that can be searched"),
        (["--search=data.seed=1,2"], "--search data.seed=1,2 is none that can be searched"),
        (["--search=model.dropout=0,1", "--search=model.dropout=1,2"], "--search names model.dropout twice"),
        (["--search=[]"], "--search must be given"),
        (["--search=data.batch_size=4,8", "--trials=0"], "--trials must be at least 1, not 0"),
        (["--search=data.batch_size=4,8", "--figure=contrast"], "--figure takes one that gets better or worse: fid"),
        (["--search=data.batch_size=4,8", "--output=x.json"], "--output must end in .yaml, not x.json"),
        (["--search=data.batch_size=4,8", "--config=nowhere.yaml"], "there is no configuration nowhere.yaml"),
        (["--search=data.batch_size=4,8", "--", "--metrics.num_images=0"], "no val/fid would be measured in 2 epochs"),
        (["--search=data.batch_size=4,8", "--", "--trainer.max_epochs=0"], "no val/fid would be measured in 0 epochs"),
    ],
)
def test_mistakes(command_line, here, words, sentence):
    status, _, err = command_line("sweep", "--config=tiny.yaml", *words)
    assert status == 2
    assert sentence in err
    assert err.count("\n") == 1
    assert not Path("runs").exists()


@pytest.mark.parametrize("content", ["junk\n", "\0", "[]", json.dumps({"notes": 1}), ""])
def test_a_file_that_is_no_journal_is_left_alone(command_line, here, content):
    Path("best.journal").write_text(content)
    status, _, err = command_line("sweep", "--config=tiny.yaml", "--search=data.batch_size=4,8")
    assert status == 2
    assert "best.journal is there already, and is no journal of a sweep: choose another --output" in err
    assert Path("best.journal").read_text() == content
