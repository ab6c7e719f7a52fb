"""``digits``: one GAN for each digit, and all of them side by side."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gan_lightning.commands.children import Children
from gan_lightning.commands.training_run import Run, threads
from gan_lightning.commands.watch import Watch, say
from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import as_text
from gan_lightning.storage.shipped import config_file
from gan_lightning.storage.writing import check_writable, write_text


def digits(
    *options: str,
    config: str = "configs/digitwise.yaml",
    digits: list[int] | int = list(range(10)),  # noqa: B006  (it is only read, and --help shows it)
    output: str = "runs/digitwise",
    workers: int | None = None,
    seed: int = 0,
) -> None:
    """Trains a GAN for each digit on that digit's images alone, and shows and rates all that there are.

    What follows ``--`` are options of fit, given to every digit's run. Digits are trained side by side, one to a
    core, with the result that each would have alone with as many threads. A digit that was interrupted goes on when
    the command is given again, and one that is done is not repeated.

    Args:
        options: Options of fit.
        config: A YAML file.
        digits: Which digits to train, such as [0,3,7].
        output: The folder of the runs, of the grid, the curves and the summary.
        workers: How many digits are trained at a time; by default as many as there are cores.
        seed: Of everything random in each run.

    Raises:
        UsageError: An option is out of range, the output holds runs of another configuration, or no digit could be
            trained.
    """
    from gan_lightning.commands.summary import summarize

    chosen = [digits] if isinstance(digits, int) else digits
    config_file(config)
    if workers is not None and workers < 1:
        raise UsageError(f"--workers must be at least 1, not {workers}")
    folder, at_once = Path(output), min(workers or os.cpu_count() or 1, len(chosen))
    check_writable(folder, "--output")
    check_same(folder / "options.txt", "\n".join([config_file(config).read_text(), *options, f"seed {seed}"]))
    environment = threads(at_once)

    def run_of(digit: int) -> Run:
        return Run(config, seed, [*options, f"--data.digits=[{digit}]"], folder, f"digit_{digit}", environment)

    def train(digit: int) -> str | None:
        run, name = run_of(digit), f"digit {digit}"
        say(f"{name}: training, with its log in {run.log}")
        try:
            with watch.over(name, run.folder):
                found = run.finish(children)
        except UsageError as error:
            return f"{name}: {error}"
        say(f"{name}: fid {as_text('fid', found['figures']['fid'])}, {found['source']['rating']}")
        return None

    to_do = [digit for digit in chosen if not run_of(digit).metrics]
    for digit in sorted(set(chosen) - set(to_do)):
        say(f"digit {digit}: done before")
    with Children() as children, Watch(len(to_do)) as watch, ThreadPoolExecutor(at_once) as pool:
        failures = [failure for failure in pool.map(train, to_do) if failure]
    print("\n".join(failures), end="\n" if failures else "")
    print(summarize(folder, expected=sorted(chosen)))


def check_same(path: Path, content: str) -> None:
    """Raises UsageError where ``path`` has another ``content``; writes it where there is none."""
    if path.is_file() and path.read_text() != content:
        raise UsageError(
            f"{path.parent} holds runs of another configuration, with other options or another seed: choose another "
            "--output, or delete it"
        )
    write_text(path, content)
