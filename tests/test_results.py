"""The numbers in the pages are those of the files that commands have left."""

import json
import re
from statistics import mean, median, stdev

import gpu
import pytest
from pages import README, ROOT, SPEED, ZOO

from gan_lightning.commands import summary
from gan_lightning.commands.table import costs, markdown, row
from gan_lightning.commands.training_run import identity


def test_tables_of_results_are_those_of_the_kept_runs():
    results = sorted((ROOT / "configs" / "results").glob("*.json"))
    assert results
    for path in results:
        content = json.loads(path.read_text())
        assert "\n".join(content["table"]) in ZOO, path
        figures = re.findall(r"`(\w+)`", content["table"][0])
        assert markdown(content["runs"], figures) == content["table"], path


def test_the_kept_runs_are_of_the_configurations_as_they_are_now(monkeypatch):
    monkeypatch.chdir(ROOT)
    for path in sorted((ROOT / "configs" / "results").glob("*.json")):
        for run in json.loads(path.read_text())["runs"]:
            variation = [f"--{option}" for option in run.get("varied", [])]
            assert run["run"] == identity(run["config"], run["options"], variation), (path.name, run["config"])


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_configuration_begins_with_what_it_shows_and_what_it_reached(path):
    what, reached, *_ = path.read_text().splitlines()
    assert what.endswith(f" --config configs/{path.name}") or path.stem == "quickstart"
    assert reached == (digits_line() if path.stem == "digitwise" else reached_line(own_runs(path)))


def own_runs(path):
    """The kept runs of a configuration as it is, or as it is varied in the first row about it."""
    results = [json.loads(kept.read_text())["runs"] for kept in sorted((ROOT / "configs" / "results").glob("*.json"))]
    own = [run for runs in results for run in runs if run["config"] == f"configs/{path.name}"]
    return [run for run in own if run["run"] == own[0]["run"]]


def reached_line(runs):
    """What the second line of a configuration says."""
    if not runs:
        return "# Not measured yet."
    names = [name for name in ("fid", "modes", "mode_kl") if name == "fid" or runs[0]["figures"].get("modes", 0) > 10]
    reached = ", ".join(map(" ".join, zip(names, row([run["figures"] for run in runs], names), strict=True)))
    images, minutes, cores = costs(runs)
    return f"# Reached {reached} after {images} images, {minutes} minutes of {cores} core{'s' * (cores != '1')}."


DIGITS = json.loads((ROOT / "configs" / "results" / "digitwise" / "summary.json").read_text())["digits"]


def digits_line():
    """What the second line of the digit-wise configuration says."""
    return f"# Reached a mean fid of {mean(digit['fid'] for digit in DIGITS.values()):.3f} over ten digits."


def test_what_a_classifier_learns_from_generated_images_is_what_was_kept():
    found = json.loads((ROOT / "configs" / "results" / "classification" / "best_conditional.json").read_text())
    accuracies = [f"{found[kind]['accuracy']:.2%}" for kind in ("generated", "real")]
    assert found["generated"]["images"] == found["real"]["images"] == 60_000
    text = " ".join(ZOO.split())
    assert f"alone labels {accuracies[0]} of the real test images rightly" in text
    assert f"as many real ones, {accuracies[1]} (" in text


def test_the_summary_of_the_digits_is_that_of_the_kept_run():
    assert "\n".join(summary.markdown(DIGITS)) in ZOO


BENCHMARKS = ROOT / "configs" / "results" / "benchmark"


@pytest.mark.parametrize("name", ["dcgan", "dcgan_bf16", "vanilla", "vanilla_bf16"])
def test_speeds_are_those_of_the_kept_benchmarks(name):
    found = json.loads((BENCHMARKS / f"{name}.json").read_text())
    fit, bare, textbook = (median(rates) for rates in found["images_per_second"].values())
    to_bare, to_textbook = (median(values) for values in found["ratios"].values())
    cells = [
        f"[`{found['config']}`](../../configs/results/benchmark/{name}.json) | {found['precision']}",
        f"{fit:,.0f} | {bare:,.0f} | {textbook:,.0f}",
        f"{to_bare:.2f} | {to_textbook:.2f} | {found['share_of_peak']:.0%}",
    ]
    assert f"| {' | '.join(cells)} |" in SPEED


@pytest.mark.parametrize("name", ["precision/dcgan_bf16", "precision/mnist_5_epochs"])
def test_the_distances_in_either_precision_are_those_of_the_kept_runs(name):
    runs = json.loads((ROOT / "configs" / "results" / f"{name}.json").read_text())["runs"]
    distances = [run["figures"]["fid"] for run in runs if run["config"] == "configs/dcgan.yaml"]
    assert f"[{mean(distances):.3f} ± {stdev(distances):.3f}](../../configs/results/{name}.json)" in SPEED


def test_the_account_of_the_peak_is_that_of_the_kept_benchmark():
    found = json.loads((BENCHMARKS / "dcgan.json").read_text())
    work = found["work"]
    convolutions = [cost for kind, cost in work.items() if kind.startswith("convolutions")]
    time = sum(cost["milliseconds"] for cost in convolutions)
    speed = sum(cost["milliseconds"] * cost["gigaflop_per_second"] for cost in convolutions) / time
    share = time / sum(cost["milliseconds"] for cost in work.values())
    peak, first = found["matrix_gigaflop_per_second"], found["startup_seconds"]["one_batch"]
    text = " ".join((SPEED + ZOO).split())
    assert f"{share:.0%} convolutions, which reach {speed:.0f} GFLOP/s" in text
    assert f"a product of large matrices reaches {peak:.0f};" in text
    assert f"ends its first batch {first:.1f} s after" in text
    gain = json.loads((BENCHMARKS / "digitwise.json").read_text())["side_by_side"]["median_gain"]
    assert f"two side by side take {gain:.2f} times as many" in text


def test_what_a_gpu_does_is_that_of_the_kept_report():
    report = json.loads((BENCHMARKS / "gpu.json").read_text())
    assert gpu.as_markdown(report).partition("\n\n")[2] in SPEED
    eager, recorded = (report["parts"][name]["found"]["images_per_second"] for name in ("dcgan", "dcgan, fast"))
    ratios = {loop: recorded[loop] / eager[loop] for loop in ("bare", "fit")}
    text = " ".join(SPEED.split())
    assert f"bare step is {ratios['bare']:.1f} times as fast as launched by Python" in text
    assert f"and `fit` {ratios['fit']:.1f} times" in text


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("until_*.json")), ids=lambda path: path.stem)
def test_times_to_a_quality_are_those_of_the_kept_races(path):
    assert race_line(path) in README


def race_line(path):
    """A row of the table of times to a quality."""
    found = json.loads(path.read_text())
    (race,) = found["races"]  # of one seed
    cells = [f"[`{found['until']}`](configs/results/benchmark/{path.name})"]
    for loop, config in (("fit", "config"), ("textbook", "textbook")):
        run = race[loop]
        seconds = f"{run['seconds']:,.0f}" if run["reached"] else f"more than {run['seconds_trained']:,.0f}"
        cells += [f"`{found[config]}`", seconds, f"{run['images']:,}"]
    ratio = f"{race['ratio']:.1f}" if race["ratio"] else f"more than {race['ratio_at_least']:.1f}"
    return f"| {' | '.join([*cells, ratio])} |"


@pytest.mark.parametrize("name", ["dcgan", "best", "conditional_dcgan", "best_conditional"])
def test_what_the_first_page_says_of_a_configuration_is_what_the_zoo_says(name):
    assert headline(ROOT / "configs" / f"{name}.yaml") in README


def headline(path):
    """A row of the first page's table of qualities."""
    runs = own_runs(path)
    fid, coverage, accuracy = row([run["figures"] for run in runs], ["fid", "coverage", "label_accuracy"])
    return f"| `configs/{path.name}` | {' | '.join([fid, coverage, accuracy, *costs(runs)[:2]])} |"
