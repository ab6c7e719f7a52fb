"""What the command line answers at once, without the libraries that its commands need."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from gan_lightning import __version__
from gan_lightning.cli.help import help_of
from gan_lightning.errors import nearest

IMPORT = "--import"
"""The option of every command that names modules of the user's own, whose classes checkpoints may then name."""

GROUPS = {
    "train": {
        "fit": "trains a GAN: fit --config configs/dcgan.yaml",
        "digits": "trains one GAN for each digit",
        "table": "a table of configurations, over several seeds",
        "sweep": "searches options for the best figures",
        "reproduce": "trains a run again: does it become the same?",
    },
    "draw": {
        "generate": "draws images of a trained GAN",
        "predict": "draws images in batches, as Lightning does",
        "gallery": "draws samples of several GANs into one picture",
        "interpolate": "walks between samples",
        "mix": "mixes two samples, or two image files",
        "directions": "moves a sample along styles or codes",
        "invert": "finds the latents of images",
    },
    "measure": {
        "test": "measures a trained GAN, and rates it",
        "validate": "measures it as training does",
        "evaluate": "measures images of any origin",
        "classification_accuracy_score": "trains on drawn images, tests on real ones",
        "train_classifier": "trains what the features come from",
        "benchmark": "how fast training is, or how soon it is good",
        "curves": "draws what benchmark --until has measured",
    },
    "look": {
        "app": "opens a page to draw and mix in the browser",
        "runs": "a table of the runs that there are",
        "runs compare": "a page of runs beside one another",
        "runs remove": "removes runs, after a question",
    },
    "share": {
        "export": "writes a generator as ONNX, PyTorch or weights",
        "push": "puts a generator on the Hugging Face hub",
        "pull": "fetches a generator from there",
    },
}
"""The commands, each with what it does."""

NAMES = [name for commands in GROUPS.values() for name in commands]


def overview() -> str:
    """The help of the whole command line."""
    width = max(map(len, NAMES)) + 2
    lines = ["usage: gan_lightning COMMAND [options]", "", "Trains GANs on MNIST and its relatives."]
    for group, commands in GROUPS.items():
        lines += ["", f"{group}:", *(f"  {name:<{width}}{what}" for name, what in commands.items())]
    return "\n".join([*lines, "", f"Each takes --help, and {IMPORT} my_models for your own classes in a checkpoint."])


def answer(words: Sequence[str]) -> bool:
    """Prints what the words of a command line ask for, if it needs no library; says whether it did.

    It ends with status 2, after one sentence, where there is no such command, or an option comes before it.
    """
    first = words[0] if words else "--help"
    command = " ".join(words[:2]) if " ".join(words[:2]) in NAMES else first  # some have names of two words
    if first in ("-h", "--help"):
        print(overview())
    elif first == "--version":
        print(f"gan_lightning {__version__}")
    elif command in NAMES and asks_for_help(words):
        print(help_of(command))
    elif first.partition("=")[0] == IMPORT or first in NAMES:
        return False
    elif first.startswith("-"):
        meant = next((word for word in words if word in NAMES), "fit")
        refuse(f"options belong after the command: type '{meant} {first} ...'")
    else:
        refuse(f"{first} is not a command: {nearest(first, NAMES)}")
    return True


def asks_for_help(words: Sequence[str]) -> bool:
    """Whether the help of a command is asked for; what follows ``--`` is for another one."""
    own = words[: words.index("--")] if "--" in words else words
    return any(word in ("-h", "--help") for word in own)


def refuse(sentence: str) -> NoReturn:
    """Says what is wrong, and ends with status 2."""
    sys.stderr.write(f"error: {sentence}\n")
    sys.exit(2)
