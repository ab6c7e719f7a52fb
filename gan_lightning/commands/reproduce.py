"""``reproduce``: a run that is made again, and whether it becomes the same."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml

from gan_lightning.callbacks.facts import read_facts, sha256
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.commands.children import Children
from gan_lightning.commands.training_run import run_command
from gan_lightning.errors import UsageError
from gan_lightning.records import Record, read_record
from gan_lightning.records.repetition import compare_runs, reasons
from gan_lightning.storage.folders import CHECKPOINTS
from gan_lightning.storage.writing import check_writable, write_text


def reproduce(run: str, /, folder: str = "runs", output: str | None = None) -> None:
    """Trains a run again from its config.yaml, in a new folder, and says whether it becomes the same, bit for bit.

    Weights, the course of training and, if the run was tested, its figures are compared. It ends with status 0 if all
    agree to the bit, and with 1 if not; then it tells by how much they differ, and what may be the reason. Call it from
    where the run was started. If it is interrupted, the same command goes on.

    Args:
        run: A run's folder, or what the table of runs calls it.
        folder: Where the runs are.
        output: The new run's folder; by default that of the same name in reproduced, below the folder of runs.

    Raises:
        UsageError: There is no such run, it has not ended, what it was made from is unknown or gone, the output is
            another run's, or training failed.
    """
    record = read_record(Path(run), Path(folder))
    known = ended_facts(record)
    place = Path(output) if output else Path(folder, "reproduced", record.name, record.version)
    config = place.with_name(f"{place.name}.yaml")
    text = yaml.safe_dump(configuration(record, place), sort_keys=False)
    check_place(place, config, text, record)
    check_writable(place.parent, "--output")
    write_text(config, text)
    repeat(record, known, place, config)
    again = read_facts(place)
    compared = compare_runs(record.folder, place)
    print("\n".join([f"{record.folder} again, in {place}:", *map(str, compared)]))
    if any(comparison.differences for comparison in compared):
        found = reasons(known, again) or ["nothing that is known of the two runs"]
        print("\n  ".join(["what may be the reason:", *found]))
        sys.exit(1)


def ended_facts(record: Record) -> dict[str, Any]:
    """The run's facts. Raises UsageError where it has none, has not ended, or has no last checkpoint."""
    known = read_facts(record.folder)
    if not known:
        raise UsageError(
            f"{record.folder} has no run.json, without which nothing says what the run was made with: train it anew"
        )
    if "ended" not in known:
        raise UsageError(
            f"{record.folder} has not ended: wait for it if it is still going, or else give the command that started "
            "it again with --resume first"
        )
    if not (record.folder / CHECKPOINTS / "last.ckpt").is_file():
        raise UsageError(f"{record.folder} has no {CHECKPOINTS}/last.ckpt to compare with: give another run")
    return known


def configuration(record: Record, place: Path) -> dict[str, Any]:
    """The run's own configuration, for a run at ``place`` that writes nowhere else, and to no logger's server.

    One that ``max_time`` had ended is told to end after as many batches.
    """
    config: dict[str, Any] = yaml.safe_load(yaml.safe_dump(record.config))  # a copy
    config.pop("ckpt_path", None)  # that which it goes on from is known from its facts
    trainer = config["trainer"]
    version = {"save_dir": str(place.parent.parent), "name": place.parent.name, "version": place.name}
    trainer["logger"] = {"class_path": "TensorBoardLogger", "init_args": {**version, "default_hp_metric": False}}
    for elsewhere in ("default_root_dir", "profiler"):
        trainer.pop(elsewhere, None)
    for callback in trainer.get("callbacks") or []:
        if "dirpath" in callback.get("init_args", {}):
            callback["init_args"]["dirpath"] = str(place / CHECKPOINTS)
    if trainer.pop("max_time", None):
        trainer["max_steps"] = read_checkpoint(record.folder / CHECKPOINTS / "last.ckpt")["global_step"]
    return config


def check_place(place: Path, config: Path, text: str, record: Record) -> None:
    """Raises UsageError where a run at ``place`` would take another one's place, or is one that has ended already."""
    if place.resolve() == record.folder.resolve():
        raise UsageError(f"--output {place} is the run itself: choose another folder")
    if place.exists() and any(place.iterdir()):
        own = config.is_file() and config.read_text(encoding="utf-8") == text
        if not own or "ended" in read_facts(place):
            raise UsageError(f"{place} is there already: remove it, or choose another folder with --output")


def repeat(record: Record, known: dict[str, Any], place: Path, config: Path) -> None:
    """Trains as the run was trained, and tests as it was tested if it was, in processes of their own."""
    log = place.with_name(f"{place.name}.log")
    threads = str(known["threads"]) if "threads" in known else os.environ.get("OMP_NUM_THREADS")
    environment = {name: threads for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS") if threads}
    own = place / CHECKPOINTS / "last.ckpt"
    begun = [f"--ckpt_path={own}"] if own.is_file() else origin(known)
    print(f"training {record.folder} again, with its log in {log}", flush=True)
    with Children() as children:
        run_command(["fit", f"--config={config}", *begun], log, children, environment)
        if tested := test_words(record.folder, place):
            run_command(["test", f"--config={config}", *tested], log, children, environment)


def origin(known: dict[str, Any]) -> list[str]:
    """The option that names what the run went on from, if it did. Raises UsageError where that is there no more."""
    if "from" not in known:
        return []
    path = Path(known["from"]["checkpoint"])
    if not path.is_file() or sha256(path) != known["from"]["sha256"]:
        raise UsageError(f"the run began with {path}, which is not there any more as it was: put it back first")
    return [f"--ckpt_path={path}"]


def test_words(folder: Path, place: Path) -> list[str]:
    """The options by which the run in ``folder`` was tested, for that at ``place``; none if it was not."""
    if not (folder / "metrics.json").is_file():
        return []
    tested = json.loads((folder / "metrics.json").read_text())
    checkpoint = place / CHECKPOINTS / Path(tested["source"]["checkpoint"]).name
    count, seed = tested["protocol"]["num_images"], tested["source"]["seed"]
    return [f"--ckpt_path={checkpoint}", f"--metrics.num_images={count}", f"--metrics.seed={seed}"]
