"""A run that is made again becomes the same, bit for bit, or it is told what differs; the first one stays as it is."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from helpers import QUICK

from gan_lightning.callbacks.facts import read_facts
from gan_lightning.cli import main
from gan_lightning.commands.reproduce import configuration
from gan_lightning.records import read_record
from gan_lightning.records.repetition import compare_numbers, compare_runs, compare_tensors, reasons

TINY = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.latent_dim=4", "--trainer.logger.name=tiny"]
WORDS = [*TINY, *QUICK, "--trainer.check_val_every_n_epoch=1"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run that was interrupted after an epoch, went on and was tested, and one that began with its checkpoint."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        main(["fit", *WORDS])
        main(["fit", *WORDS, "--trainer.max_epochs=2", "--resume"])
        main(["test", "--ckpt_path=runs/tiny/version_0", "--metrics.num_images=160"])
        main(["fit", *WORDS, "--trainer.max_epochs=3", "--ckpt_path=runs/tiny/version_0", "--metrics.num_images=0"])
    return folder


RUN = Path("runs/tiny/version_0")


def contents(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def change(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_run_that_went_on_becomes_the_same_again_and_stays_as_it_is(command_line, here):
    before = contents(RUN)
    status, out, err = command_line("reproduce", "tiny/version_0")
    assert status == 0, (out, err)
    told = out.splitlines()
    assert told[1] == "runs/tiny/version_0 again, in runs/reproduced/tiny/version_0:"
    assert [line.partition(":")[0].partition(" of ")[2] for line in told[2:]] == [
        "the networks",
        "the optimisers",
        "history.csv",
        "metrics.json",
    ]
    assert all(line.endswith("agree to the bit") for line in told[2:])
    assert contents(RUN) == before
    assert json.loads(Path("runs/reproduced/tiny/version_0/metrics.json").read_text())["protocol"]["num_images"] == 160
    status, _, err = command_line("reproduce", "tiny/version_0")
    assert (status, err.startswith("error: runs/reproduced/tiny/version_0 is there already")) == (2, True)


def test_a_run_that_began_with_another_ones_checkpoint_becomes_the_same(command_line, here):
    status, out, err = command_line("reproduce", str(RUN.with_name("version_1")), "--output=again/it")
    assert status == 0, (out, err)
    assert read_facts(Path("again/it"))["from"] == read_facts(RUN.with_name("version_1"))["from"]


def test_what_differs_is_told_with_what_may_be_the_reason_and_the_exit_status(command_line, here):
    config = yaml.safe_load((RUN / "config.yaml").read_text())
    config["data"]["init_args"]["seed"] = 1
    (RUN / "config.yaml").write_text("# lightning.pytorch==0\n" + yaml.safe_dump(config))
    change(RUN / "run.json", versions={"torch": "0.1"}, revision="abc-dirty")
    status, out, _ = command_line("reproduce", "tiny/version_0")
    assert status == 1
    assert "tensors of the networks: 22 of 22 differ\n  " not in out, "the number of batches is the same"
    assert "discriminator.layers.0.weight by at most " in out
    assert "discriminator_loss by at most " in out
    assert "fid by at most " in out
    assert f"  torch 0.1 and {torch.__version__.partition('+')[0]}" in out
    assert "the code of the first run had changes that no revision has" in out


REFUSED = {
    "no facts": (lambda: (RUN / "run.json").unlink(), [], "has no run.json"),
    "no end": (lambda: drop("ended"), [], "has not ended: wait for it"),
    "no checkpoint": (lambda: (RUN / "checkpoints" / "last.ckpt").unlink(), [], "has no checkpoints/last.ckpt"),
    "its own folder": (lambda: None, [f"--output={RUN}"], "is the run itself"),
    "another's folder": (lambda: None, [f"--output={RUN.with_name('version_1')}"], "is there already"),
    "no run": (lambda: shutil.rmtree(RUN), [], "there is no run at "),
}


def drop(name):
    path = RUN / "run.json"
    known = json.loads(path.read_text())
    del known[name]
    path.write_text(json.dumps(known))


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_made_again_is_one_sentence(command_line, here, case):
    prepare, options, sentence = REFUSED[case]
    prepare()
    status, _, err = command_line("reproduce", str(RUN), *options)
    assert status == 2
    assert sentence in err
    assert err.count("error: ") == 1


def test_a_checkpoint_that_a_run_began_with_must_be_as_it_was(command_line, here):
    with (RUN / "checkpoints" / "last.ckpt").open("ab") as file:
        file.write(b"x")
    status, _, err = command_line("reproduce", "tiny/version_1")
    assert status == 2
    assert "last.ckpt, which is not there any more as it was" in err


def test_a_run_that_has_not_ended_is_going_until_it_has(here):
    known = read_facts(RUN)
    assert known["went_on"][0]["batches"] == 2
    assert known["went_on"][0]["threads"] == known["threads"] == torch.get_num_threads()
    assert known["ended"] >= known["went_on"][0]["started"] >= known["started"]
    assert "from" not in known
    assert read_facts(RUN.with_name("version_1"))["from"]["batches"] == 4


def test_the_configuration_writes_nowhere_else_and_ends_where_the_time_had_ended_it(here):
    record = read_record(RUN, Path("runs"))
    checkpoint = {"class_path": "ModelCheckpoint", "init_args": {"dirpath": str(RUN / "mine")}}
    wandb = {"class_path": "WandbLogger", "init_args": {"project": "x"}}
    record.config["trainer"] |= {"max_time": "00:00:01:00", "callbacks": [checkpoint], "logger": [wandb]}
    made = configuration(record, Path("elsewhere/tiny/version_7"))["trainer"]
    assert "max_time" not in made
    assert made["max_steps"] == 4
    assert made["callbacks"][0]["init_args"]["dirpath"] == "elsewhere/tiny/version_7/checkpoints"
    assert made["logger"]["init_args"]["version"] == "version_7"
    assert record.config["trainer"]["logger"] == [wandb]


def test_tensors_are_compared_by_their_bits():
    nan = torch.tensor([float("nan"), 1.0])
    assert compare_tensors("x", {"a": nan}, {"a": nan.clone()}).differences == []
    assert compare_tensors("x", {"a": torch.tensor(0.0)}, {"a": torch.tensor(-0.0)}).differences
    near = {"a": {"b": [torch.ones(2), torch.ones(3)]}}, {"a": {"b": [torch.ones(2) + 1e-3, torch.ones(3) + 0.5]}}
    assert compare_tensors("x", *near).differences == ["a.b.1 by at most 0.5", "a.b.0 by at most 0.001"]
    other = compare_tensors("x", {"a": torch.ones(2)}, {"a": torch.ones(3), "b": torch.ones(1)})
    assert (other.count, len(other.differences)) == (2, 2)
    assert str(compare_tensors("x", {"a": nan}, {"a": nan})) == "x: all 1 agree to the bit"


def test_a_changed_file_is_seen_and_the_clock_is_not(here):
    shutil.copytree(RUN, "other")
    assert not any(comparison.differences for comparison in compare_runs(RUN, Path("other")))
    header, *rows = Path("other/history.csv").read_text().splitlines()
    clock = header.split(",").index("seconds")
    slower = [",".join("9" if n == clock else cell for n, cell in enumerate(row.split(","))) for row in rows]
    Path("other/history.csv").write_text("\n".join([header, *slower]) + "\n")
    assert not compare_runs(RUN, Path("other"))[2].differences
    Path("other/history.csv").write_text("\n".join([header, *slower[:1]]) + "\n")
    assert "epoch: 2 values, and 1 again" in compare_runs(RUN, Path("other"))[2].differences
    assert compare_numbers("x", {"a": [1.0, 2.0]}, {"a": [1.5, 2.0]}).differences == [
        "a by at most 0.5, the last of 2 and 2"
    ]


def test_reasons_are_what_differs_of_the_machine_the_code_and_what_a_run_went_on_with():
    known = {"device": "A", "threads": 2, "versions": {"torch": "1"}, "revision": "a"}
    assert reasons(known, known) == []
    again = {**known, "threads": 1, "versions": {"torch": "1", "lightning": "2"}}
    assert reasons(known, again) == ["threads 2 and 1", "lightning None and 2"]
    part = {**known, "device": "B", "batches": 1000}
    assert reasons({**known, "went_on": [part]}, known) == ["from batch 1,000 on the first run had device B"]
    gpu = {**known, "accelerator": "cuda"}
    assert reasons(gpu, gpu) == ["a GPU adds up in no fixed order, unless --trainer.deterministic is true"]
    assert reasons({**gpu, "deterministic": True}, {**gpu, "deterministic": True}) == []
