"""Where results come from: the machine, the versions, the revision of the code, the command."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

PACKAGES = "gan-lightning", "torch", "torchvision", "lightning", "torchmetrics"
"""Whose versions numbers depend on."""


def device_name(device: torch.device) -> str:
    """The name of the GPU, or that of the processor with the widest vectors that it computes with."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}"


def versions() -> dict[str, str]:
    """The version of Python and of each of ``PACKAGES`` that is installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):  # of this one where it is used without installing it
            found[name] = version(name)
    return found


def revision(file: Path = Path(__file__)) -> str | None:
    """The git revision of the code, with "-dirty" where files differ from it; None where ``file`` is in no repository.

    A package that is installed into an environment within somebody's repository is not in that one.
    """
    if git(file.parent, "ls-files", "--error-unmatch", file.name) is None:
        return None
    return git(file.parent, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")


def git(folder: Path, *words: str) -> str | None:
    """What git answers in ``folder``; None where it refuses, or there is no git."""
    try:
        found = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None


def command() -> str | None:
    """The command line that this process runs; None where it is no ``python -m gan_lightning``."""
    program = Path(sys.argv[0])
    if program.parent.name != "gan_lightning" and program.name != "gan-lightning":
        return None
    return shlex.join(["python", "-m", "gan_lightning", *sys.argv[1:]])
