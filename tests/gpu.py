"""All that takes a GPU, by one command: the tests marked gpu, and what training does there in a second.

Each part is a process of its own with a limit of its own; one that fails is reported with its reason, and the others
go on. Without a GPU, the parts that a CPU can do are done, with less of each. Nothing but the package and pytest is
needed: ``python tests/gpu.py --output gpu.json [--data.root FOLDER]``; without a folder of MNIST the 5,000 images that
need no download serve.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree

import torch

ROOT = Path(__file__).parents[1]
FAST = "--config=configs/overlays/fast.yaml"
STRICT = "--model.cuda_graph=strict"


@dataclass(frozen=True)
class Part:
    """One process.

    Args:
        words: What follows ``python -m``.
        limit: Seconds after which it is ended.
        read: From the folder in which the process left its files to what was found.
        gpu: Whether it is nothing without a GPU.
    """

    words: Sequence[str]
    limit: int
    read: Callable[[Path], dict[str, Any]]
    gpu: bool = False


def parts(folder: Path, data: Sequence[str], gpu: bool) -> dict[str, Part]:
    """All parts by name; their files go to ``folder``/name."""
    rounds = ["--rounds=5", "--steps=40"] if gpu else ["--rounds=1", "--steps=2"]
    epochs = (
        ["--trainer.max_epochs=20", "--data.batch_size=128"]
        if gpu
        else ["--trainer.max_epochs=1", "--trainer.limit_train_batches=20"]
    )
    plain = [*data, "--trainer.enable_progress_bar=false"]

    def benchmark(name: str, config: str, *options: str, gpu: bool = False) -> Part:
        given = [f"--config=configs/{config}.yaml", *rounds, f"--output={folder / name}.json"]
        words = ["gan_lightning", "benchmark", *given, "--", *options, *data, "--data.batch_size=128"]
        return Part(words, 100, lambda folder: throughput(folder.with_suffix(".json")), gpu)

    def fit(name: str, *options: str) -> Part:
        place = [f"--trainer.logger.save_dir={folder}", f"--trainer.logger.name={name}", "--trainer.logger.version=run"]
        words = ["gan_lightning", "fit", "--config=configs/dcgan.yaml", *options, *epochs, *plain, *place]
        return Part(words, 120, lambda folder: training(folder / "run"))

    digits = [f"--output={folder / 'digits'}", "--workers=10", "--", FAST, *plain]
    race = ["--config=configs/best_conditional.yaml", "--textbook=configs/conditional_dcgan.yaml", "--seeds=1"]
    race += ["--until=val/fid=0.15", "--at_most=0.5", f"--output={folder / 'quality'}.json", "--", FAST, *data]
    marked = [str(path) for path in (ROOT / "tests").rglob("test_*.py") if "mark.gpu" in path.read_text()]
    tests = ["pytest", "-m", "gpu and not soak", "-n", "8", f"--junitxml={folder / 'tests'}.xml", *marked]
    return {
        "tests": Part(tests, 200, lambda folder: outcomes(folder.with_suffix(".xml")), gpu=True),
        "dcgan": benchmark("dcgan", "dcgan"),
        "dcgan, fast": benchmark("dcgan, fast", "dcgan", FAST, STRICT, gpu=True),
        "epochs": fit("epochs", *([FAST] if gpu else [])),
        "vanilla, fast": benchmark("vanilla, fast", "vanilla", FAST, STRICT, gpu=True),
        "relativistic with R1 and R2, fast": benchmark(
            "relativistic with R1 and R2, fast", "best", FAST, STRICT, gpu=True
        ),
        "digits": Part(["gan_lightning", "digits", *digits], 120, lambda folder: ratings(folder), gpu=True),
        "quality": Part(
            ["gan_lightning", "benchmark", *race], 150, lambda folder: raced(folder.with_suffix(".json")), gpu=True
        ),
        "vanilla": benchmark("vanilla", "vanilla"),
        "relativistic with R1 and R2": benchmark("relativistic with R1 and R2", "best"),
    }


def outcomes(path: Path) -> dict[str, Any]:
    """How many tests passed, and why the others did not."""
    cases = list(ElementTree.parse(path).iter("testcase"))
    failures = {
        f"{case.get('classname')}.{case.get('name')}": (found.get("message") or "").splitlines()[:3]
        for case in cases
        if (found := next((case.find(kind) for kind in ("failure", "error") if case.find(kind) is not None), None))
        is not None
    }
    return {"tests": len(cases), "passed": len(cases) - len(failures), "failures": failures}


def throughput(path: Path) -> dict[str, Any]:
    """Images a second of the three loops, and what share of the machine that is."""
    found = json.loads(path.read_text())
    speeds = {name: median(values) for name, values in found["images_per_second"].items()}
    ratios = {name: median(values) for name, values in found["ratios"].items()}
    kept = {key: found[key] for key in ("share_of_peak", "launch_share", "peak_memory_bytes") if key in found}
    return {"images_per_second": speeds, **ratios, **kept, "step_milliseconds": found["step_milliseconds"]}


def training(run: Path) -> dict[str, Any]:
    """How long the epochs took, and how good the images are."""
    with (run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    figures = {key: float(rows[-1][key]) for key in ("seconds", "images_seen", "val/fid") if rows[-1].get(key)}
    return {"epochs": len(rows), **figures}


def ratings(folder: Path) -> dict[str, Any]:
    """The Fréchet distance of each digit."""
    found = {path.parent.name: json.loads(path.read_text()) for path in sorted(folder.glob("*/metrics.json"))}
    distances = {name: metrics["figures"]["fid"] for name, metrics in found.items()}
    return {"fid": distances, "mean_fid": sum(distances.values()) / len(distances)}


def raced(path: Path) -> dict[str, Any]:
    """The race as it was written."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def perform(part: Part, place: Path) -> dict[str, Any]:
    """Runs one part; what it found, or the reason why it found nothing, and how long it took."""
    command, start = [sys.executable, "-m", *part.words], time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    log = place.with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            reason = f"exit status {status}" if (status := process.wait(part.limit)) else None
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            reason = f"not done after {part.limit} seconds"
    result: dict[str, Any] = {"took": time.perf_counter() - start}
    try:
        result["found"] = part.read(place)
    except (OSError, KeyError, ValueError, IndexError, ZeroDivisionError, ElementTree.ParseError) as error:
        reason = reason or f"{type(error).__name__}: {error}"
    if reason:
        result["reason"] = "\n".join([reason, *log.read_text().strip().splitlines()[-12:]])
    return result


def as_markdown(report: dict[str, Any]) -> str:
    """One table of all parts."""
    device = report["machine"]["device"]
    lines = [
        f"{device}, PyTorch {report['machine']['torch']}",
        "",
        "| part | result | seconds |",
        "| --- | --- | ---: |",
    ]
    for name, result in report["parts"].items():
        texts = [summary(result["found"])] if "found" in result else []
        texts += [f"failed: {result['reason'].splitlines()[0]}"] if "reason" in result else []
        lines.append(f"| {name} | {'; '.join(texts)} | {result['took']:.0f} |")
    return "\n".join(lines)


def summary(found: dict[str, Any]) -> str:
    """A part's result in a few words."""
    if "passed" in found:
        return f"{found['passed']} of {found['tests']} tests passed"
    if "images_per_second" in found:
        speeds = ", ".join(f"{name} {speed:,.0f}" for name, speed in found["images_per_second"].items())
        return f"images/s: {speeds}; fit/textbook {found['fit/textbook']:.1f}; {found['share_of_peak']:.0%} of peak"
    if "epochs" in found:
        fid = f", fid {found['val/fid']:.3f}" if "val/fid" in found else ""
        return f"{found['epochs']} epochs in {found['seconds']:.1f} s{fid}"
    if "mean_fid" in found:
        return f"{len(found['fid'])} digits, mean fid {found['mean_fid']:.3f}"
    return ", ".join(f"{key}: {value}" for key, value in found.items() if not isinstance(value, (dict, list)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data.root", dest="root", help="a folder of MNIST in torchvision's layout")
    parser.add_argument("--output", type=Path, default=Path("gpu.json"), help="the .json; the table goes beside it")
    parser.add_argument("--parts", nargs="*", help="only these")
    given = parser.parse_args()
    gpu = torch.cuda.is_available()
    data = (
        [f"--data.root={Path(given.root).resolve()}", "--data.dataset=mnist"]
        if given.root
        else ["--data.dataset=mnist_5k"]
    )
    name = torch.cuda.get_device_name() if gpu else "no GPU: only what a CPU can do, and less of it"
    report: dict[str, Any] = {
        "machine": {"device": name, "cores": os.cpu_count(), "torch": torch.__version__},
        "parts": {},
    }
    print(name, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, part in parts(Path(folder), data, gpu).items():
            if (part.gpu and not gpu) or (given.parts and name not in given.parts):
                continue
            report["parts"][name] = perform(part, Path(folder) / name)
            given.output.write_text(json.dumps(report, indent=2))
            given.output.with_suffix(".md").write_text(as_markdown(report) + "\n")
            print(as_markdown(report).splitlines()[-1], flush=True)
    sys.exit(any("reason" in result for result in report["parts"].values()))


if __name__ == "__main__":
    main()
