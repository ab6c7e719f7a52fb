"""What needs no library is answered without one, and names every command there is."""

import subprocess
import sys

import pytest

from gan_lightning import __version__
from gan_lightning.cli.overview import NAMES, overview
from gan_lightning.commands import COMMANDS

LIGHTNING = "fit", "validate", "test", "predict"


def test_every_command_is_in_the_overview_once():
    assert sorted(NAMES) == sorted([*COMMANDS, *LIGHTNING])
    assert all(len(line) <= 80 for line in overview().splitlines())


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["--import=math", "--help"]])
def test_the_overview_is_the_help(command_line, words):
    assert command_line(*words)[:2] == (0, overview() + "\n")


def test_the_version_is_told(command_line):
    assert command_line("--version")[:2] == (0, f"gan_lightning {__version__}\n")


@pytest.mark.parametrize(
    "words", ["['--help']", "['fit', '--help']", "['--version']", "['generat']", "['--config', 'a.yaml', 'fit']"]
)
def test_no_library_is_imported_for_it(words):
    program = f"""
import sys
from gan_lightning.cli import main
try:
    main({words})
finally:
    assert not {{"torch", "lightning", "numpy", "jsonargparse"}} & sys.modules.keys()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "AssertionError" not in ended.stderr
    assert ended.returncode == (0 if words.endswith(("help']", "version']")) else 2)
