"""``sweep``: a search for the options with which a configuration becomes best."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

from gan_lightning.commands.children import Children
from gan_lightning.commands.search import ends_of, parse_search
from gan_lightning.commands.training_run import Run, identity, plain, threads
from gan_lightning.commands.trials import Trials, name_of, words_of
from gan_lightning.commands.watch import Watch
from gan_lightning.errors import SEEDS, UsageError, check_number
from gan_lightning.metrics.report import FIGURES, as_text
from gan_lightning.records.listing import Complete
from gan_lightning.storage.shipped import config_file
from gan_lightning.storage.writing import check_writable, write_text

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution


def sweep(
    *options: str,
    config: str,
    search: list[str],
    trials: int = 20,
    figure: str = "fid",
    prune: bool = True,
    side_by_side: int = 1,
    seed: int = 0,
    output: str = "best.yaml",
    runs: str = "runs/sweep",
    complete: Complete,
) -> None:
    """Searches options for the best figure, by Optuna: each trial is a run, stopped early where others were better.

    What follows ``--`` are options of fit, given to every run. The study is kept beside the output, in a .journal file:
    the same command goes on where it was interrupted, and with more trials it adds some.

    Args:
        options: Options of fit.
        config: A YAML file.
        search: An option with a range or values: model.width=16..64, lr=1e-5..1e-3:log, or data.batch_size=32,64.
        trials: How many in all.
        figure: What is to become best at any validation.
        prune: Whether to stop a trial that is worse than half of the others were by then.
        side_by_side: How many trials are trained at a time, each with its share of the cores.
        seed: Of the search, and of everything random in each run.
        output: A .yaml file for the configuration of the best trial.
        runs: The folder of the runs.

    Raises:
        UsageError: An option cannot be searched, a number is out of range, nothing would be measured, the output cannot
            be written, or every trial failed.
    """
    directed = [name for name, shown in FIGURES.items() if shown.better]
    path = Path(output)
    config_file(config)
    check_number("--trials", trials, 1)
    check_number("--side_by_side", side_by_side, 1)
    check_number("--seed", seed, 0, SEEDS)
    if figure not in directed:
        raise UsageError(f"--figure takes one that gets better or worse: {', '.join(directed)}, not {figure}")
    if path.suffix != ".yaml":
        raise UsageError(f"--output must end in .yaml, not {output}")
    space = parse_search_with_optuna(search)
    check_space(complete, [f"--config={config}", *options], space, figure)
    check_writable(path.parent, "--output")
    study = open_study(path.with_suffix(".journal"), identity(config, [*options, *search, figure]), figure, prune, seed)
    parent = Path(runs, identity(config, options, search))
    environment = threads(side_by_side)
    made = Trials(study, space, lambda name, own: Run(config, seed, [*options], parent, name, environment, own), figure)
    made.requeue()
    to_do = range(trials - made.done())
    with Children() as children, Watch(len(to_do)) as watch, ThreadPoolExecutor(side_by_side) as pool:
        list(pool.map(lambda _: made.make(children, watch), to_do))
    write_best(made, path, parent)


def parse_search_with_optuna(search: list[str]) -> dict[str, BaseDistribution]:
    """As ``parse_search``. Raises UsageError where Optuna is not installed, too."""
    try:
        import optuna
    except ImportError as error:
        raise UsageError("sweep needs Optuna: pip install 'gan-lightning[sweep]'") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return parse_search(search)


def check_space(complete: Complete, words: list[str], space: dict[str, BaseDistribution], figure: str) -> None:
    """Raises UsageError where a value is none of its option, or the runs would never measure the figure."""
    for option, distribution in space.items():
        for value in ends_of(distribution):
            config = complete([*words, f"--{option}={value}"])
    trainer, measured = config["trainer"], config["metrics"]["num_images"] > 0
    epochs, every = trainer.get("max_epochs", -1), trainer.get("check_val_every_n_epoch", 1)
    if not measured or 0 <= epochs < every:
        raise UsageError(
            f"no val/{figure} would be measured in {epochs} epochs with --trainer.check_val_every_n_epoch {every} and "
            f"--metrics.num_images {config['metrics']['num_images']}: give other values of these after --"
        )


def open_study(path: Path, name: str, figure: str, prune: bool, seed: int) -> Study:
    """The study of that name in the file, as it was left; a new one where there is none.

    Raises:
        UsageError: The file is no journal of a study, or damaged.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    pruner = optuna.pruners.MedianPruner(n_startup_trials=4) if prune else optuna.pruners.NopPruner()
    direction: Literal["maximize", "minimize"] = "maximize" if FIGURES[figure].better == "↑" else "minimize"
    check_journal(path)
    try:
        storage = JournalStorage(JournalFileBackend(str(path)))
        study = optuna.create_study(
            storage=storage, study_name=name, direction=direction, pruner=pruner, load_if_exists=True
        )
        begun = len(study.trials)
    except (ValueError, LookupError, TypeError) as error:  # as Optuna's reader of journals has it
        raise UsageError(f"{path} is damaged: remove it, or choose another --output") from error
    study.sampler = optuna.samplers.TPESampler(seed=(seed + begun) % SEEDS)  # or else it would begin as it began
    return study


def check_journal(path: Path) -> None:
    """Raises UsageError where there is a file that is no journal, to which Optuna would write all the same."""
    if path.exists():
        try:
            with path.open(encoding="utf-8") as file:
                whole = "op_code" in json.loads(file.readline())
        except (OSError, ValueError, TypeError):
            whole = False
        if not whole:
            raise UsageError(f"{path} is there already, and is no journal of a sweep: choose another --output")


def write_best(made: Trials, path: Path, parent: Path) -> None:
    """Writes the configuration of the best trial, whose run is in ``parent``, to be run by its own name.

    Raises:
        UsageError: There is no such trial: all have failed.
    """
    from optuna.trial import TrialState

    if not made.study.get_trials(states=(TrialState.COMPLETE,)):
        raise UsageError(f"no trial was trained to its end; the last one: {made.failure or 'it was stopped early'}")
    best = made.study.best_trial
    assert best.value is not None
    config: dict[str, Any] = yaml.safe_load((parent / name_of(best) / "config.yaml").read_text())
    for absent in ("ckpt_path", "verbose"):
        config.pop(absent, None)
    config["trainer"].pop("default_root_dir", None)
    logger = config["trainer"]["logger"]["init_args"]
    logger.update(save_dir="runs", name=path.stem)
    logger.pop("version", None)
    reached = f"{made.figure} {as_text(made.figure, best.value)}"
    said = f"# The best of {made.done()} trials, {reached}: python -m gan_lightning fit --config {path}\n"
    write_text(path, said + yaml.safe_dump(config, sort_keys=False))
    options = ", ".join(plain(words_of(best)))
    print(f"\nthe best is {name_of(best)}: {reached} with {options}\n{path} has its configuration, {parent} all runs")
