"""The help of a command, which is read from its source, tells what the command takes."""

import inspect
import os
import re
import subprocess
import sys

import pytest

from gan_lightning.cli.entry import SERVICES
from gan_lightning.cli.help import help_of
from gan_lightning.cli.lightning_cli import CALLBACKS
from gan_lightning.cli.overview import NAMES
from gan_lightning.cli.parser import options
from gan_lightning.cli.run import BuildOnly, run_lightning
from gan_lightning.commands import COMMANDS
from gan_lightning.data import MNISTDataModule


def told(command):
    return set(re.findall(r"^  --([\w.]+)", help_of(command), flags=re.MULTILINE))


def arguments(function):
    return inspect.signature(function).parameters


@pytest.mark.parametrize("command", COMMANDS)
def test_all_options_of_a_command_are_told(command):
    expected, positional = set(), set()
    for name, parameter in arguments(COMMANDS[command]).items():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.add(name.upper())
        elif parameter.kind is not parameter.VAR_POSITIONAL and name not in SERVICES:
            expected.add(name)
    assert {name for name in told(command) if "." not in name} == expected
    assert set(re.findall(r"^  ([A-Z_]+)", help_of(command), flags=re.MULTILINE)) == positional


@pytest.mark.parametrize("command", ["fit", "test"])
def test_the_options_of_data_and_callbacks_are_told(command):
    expected = {f"data.{name}" for name in arguments(MNISTDataModule)}
    for key, callback in CALLBACKS.items():
        expected |= {f"{key}.{name}" for name in arguments(callback)}
    assert {name for name in told(command) if not name.startswith(("trainer.", "model."))} - expected <= {
        "config", "ckpt_path", "seed_everything", "print_config", "resume", "model", "data",
    }  # fmt: skip
    assert expected <= told(command)
    assert ("resume" in told(command)) is (command == "fit")


def test_what_is_told_of_fit_can_be_typed():
    command_line = run_lightning(["fit", "--config=configs/dcgan.yaml", "--trainer.logger=false"], BuildOnly)
    known = {option.rstrip("+")[2:] for option in options(command_line.parser)}
    for name in told("fit") - {"model.OPTION", "trainer.help", "trainer.logger.name"}:
        assert name in known or name.startswith("data."), name


@pytest.mark.parametrize("command", NAMES)
def test_help_has_an_entry_for_each_option_with_what_it_does(command):
    entries = re.findall(r"^  [A-Z-]\S*.*\n((?:      .*\n?)*)", help_of(command), flags=re.MULTILINE)
    assert entries
    assert all(text.strip() for text in entries)


def test_the_full_help_is_lightnings(command_line):
    status, out, _ = command_line("fit", "--trainer.help")
    assert status == 0
    assert "--trainer.gradient_clip_algorithm" in out


def test_the_help_of_a_class_names_the_program(command_line):
    status, out, _ = command_line("fit", "--model.help", "DCGAN")
    assert status == 0
    assert out.startswith("usage: gan_lightning ")


@pytest.mark.parametrize("command", ["fit", "generate"], ids=["more than a buffer", "less"])
def test_a_reader_may_leave_early(command):
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "gan_lightning", command, "--help"]
    ended = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")
