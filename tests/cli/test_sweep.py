"""Command lines and configurations at random end well or with one sentence: no traceback, no hang, no vast allocation.

``SWEEP_EXAMPLES=500`` tries more of them, ``SWEEP_SEED=1`` others. What starts other processes or a server is left out,
and the hub is out of reach.
"""

import contextlib
import os
import re
import resource
import signal
from pathlib import Path

import pytest
import torch
import yaml
from cli.sweep_values import BASE, ODD, OF_OWN, OPTIONS, OWN, POSITIONAL, QUICKLY
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st
from PIL import Image

from gan_lightning.cli import main
from gan_lightning.commands import COMMANDS

EXAMPLES, SEED = int(os.environ.get("SWEEP_EXAMPLES", 60)), int(os.environ.get("SWEEP_SEED", 0))

LONGEST = 300
"""Seconds that one command line may take."""

MEMORY = 8 * 2**30
"""Bytes that all may take beyond what is taken before."""


def given_options(random, known, most):
    """Some of the options, each with a value; together or apart, as a word each."""
    words = []
    for option in random.choices(sorted(known), k=random.randint(0, most)):
        value = random.choice([*known[option] * 9, *ODD])
        words += random.choice([[f"--{option}={value}"], [f"--{option}", value]])
    return words


def configuration(random):
    """The text of a configuration file."""
    if random.random() < 0.2:
        return random.choice([*ODD, "model: [", "\t", "foreign: 1", "fit: {model: VanillaGAN}", "model:\n- a"])
    content = {}
    for option in random.choices(sorted(OPTIONS), k=random.randint(0, 3)):
        *groups, last = option.split(".")
        level = content
        for group in groups:
            level = level.setdefault(group, {})
            level = level if isinstance(level, dict) else {}
        word = random.choice([*OPTIONS[option] * 9, *ODD])
        with contextlib.suppress(yaml.YAMLError):
            level[last] = yaml.safe_load(word)
    return yaml.safe_dump(content)


@st.composite
def command_lines(draw):
    """A command with its options and, if CONFIG stands for its name, the text of a configuration file."""
    random = draw(st.randoms(use_true_random=True))  # so that no two examples are alike
    command = random.choice(["fit"] * 6 + ["validate", "test", "predict"] + OWN)
    if command in OWN:
        taken = COMMANDS[command].__annotations__
        positional = [random.choice([word] * 200 + ODD) for word in POSITIONAL.get(command, [])]
        quick = [option for name, option in QUICKLY.items() if name in {command, *taken}]
        known = {option: values for option, values in OF_OWN.items() if option.split(".")[0] in {*taken, "nonsense"}}
        return [*command.split(), *positional, *quick, *given_options(random, known, 3)], None
    before = random.choice([[]] * 19 + [["--config=CONFIG"], ["--seed_everything=1"], ["x"]])
    text = configuration(random) if random.random() < 0.3 else ""
    trained = [] if command == "fit" else ["--ckpt_path=CHECKPOINT"]
    config = ["--config=CONFIG"] if text else []
    return [*before, command, *BASE, *config, *trained, *given_options(random, OPTIONS, 3)], text


class Hang(BaseException):
    """A command line took too long. No code of the project's catches it."""


def run(words):
    """The exit status of a command line that must end in time."""

    def stop(*_):
        raise Hang(f"more than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    try:
        main(words)
        return 0
    except SystemExit as end:
        return end.code or 0
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def bounded():
    """Keeps the memory and the state of torch within bounds."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)
    torch.use_deterministic_algorithms(False)
    torch.autograd.set_detect_anomaly(False)


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(command_lines())
def sweep(capsys, folder, checkpoint, example):
    """Each of the command lines ends with 0, or with 2 and one sentence."""
    words, text = example
    if text is not None:
        (folder / "config.yaml").write_text(text)
    places = {"CONFIG": str(folder / "config.yaml"), "CHECKPOINT": str(checkpoint)}
    words = [re.sub("CONFIG$|CHECKPOINT$", lambda match: places[match[0]], word) for word in words]
    note(f"SWEEP_SEED={SEED}: {words} with {text!r}")
    capsys.readouterr()
    status = run(words)
    said = capsys.readouterr().err
    sentences = re.findall("^error: .+$", said, re.MULTILINE)
    assert "Traceback" not in said
    assert (status, len(sentences)) in ((0, 0), (2, 1)), said
    if status == 2:
        assert "Namespace(" not in sentences[0]
        assert said.rstrip().endswith(sentences[0])


def test_a_command_line_at_random_ends_well_or_with_one_sentence(capsys, tmp_path, monkeypatch, checkpoint, bounded):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # where no hub is
    Image.new("L", (28, 28)).save("picture.png")
    sweep(capsys, tmp_path, checkpoint)
