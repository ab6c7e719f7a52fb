"""A generator as one .safetensors file: its weights, and in the header, as JSON, how it is built and drawn from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from gan_lightning.checkpoints.arguments import check_built
from gan_lightning.checkpoints.budget import Budget
from gan_lightning.checkpoints.description import build, describe
from gan_lightning.checkpoints.expansion import check_expansion, parts
from gan_lightning.checkpoints.shape import ANYTHING, COUNT, TEXT, WEIGHTS, Each, Keys, Rule, check_shape
from gan_lightning.errors import UsageError
from gan_lightning.networks import Generator, Prior
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.origin import ORIGIN, Origin

SUFFIX = ".safetensors"

FILE = f"model{SUFFIX}"
"""What the file is called in a folder or a repository that holds nothing but a generator."""

KEY = "gan_lightning"
"""Of the header's text."""

DESCRIPTION = Keys({"class_path": TEXT, "init_args": Each(dict, ANYTHING)})

RANGE = Rule(
    lambda value: (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(limit, (int, float)) for limit in value)
        and -1e6 < value[0] < value[1] < 1e6
    ),
    "two numbers, the smaller one first",
)

HEADER = Keys(
    {
        "format": Rule(lambda value: value == 1, "1, the format that this version of the code reads"),
        "generator": DESCRIPTION,
        "prior": DESCRIPTION,
        "value_range": RANGE,
        "classes": Each(list, COUNT),
        "origin": ORIGIN,
    }
)


def pack_generator(model: GenerativeModel, origin: Origin, half: bool = False) -> bytes:
    """The file of the generator that ``model`` is sampled from.

    Args:
        model: Has it.
        origin: What is kept of its training.
        half: Whether weights are rounded to float16; vectors, such as biases and the statistics of batch norms, stay.

    Raises:
        UsageError: The generator's arguments cannot be written down, or a weight is too large for float16.
    """
    generator = model.sampling_generator
    try:
        built = {"generator": describe(generator), "prior": describe(model.prior)}
    except TypeError as error:
        raise UsageError(f"the generator cannot be kept in a file, since {error}") from error
    header = {
        "format": 1,
        **built,
        "value_range": list(model.value_range),
        "classes": model.classes,
        "origin": asdict(origin),
    }
    tensors = {name: packed(value, half) for name, value in generator.state_dict().items()}
    if not all(value.isfinite().all() for value in tensors.values()):
        raise UsageError("the generator has weights that are not finite, or too large for float16: leave out --half")
    return save(tensors, {KEY: json.dumps(header)})


def packed(value: Tensor, half: bool) -> Tensor:
    """A tensor of its own memory, in float16 if it is to be and has rows and columns."""
    value = value.detach().cpu().clone(memory_format=torch.contiguous_format)
    return value.half() if half and value.ndim > 1 and value.is_floating_point() else value


def read_generator(path: Path) -> GenerativeModel:
    """The model whose generator is at ``path``, on the CPU, in float32. No code of the file's choosing is run.

    Raises:
        UsageError: There is no such file, it is damaged, or it names a class that is not known here.
    """
    header, tensors = read_file(path)
    with Budget.of_file(path.stat().st_size):
        generator, prior = built(header["generator"], Generator), built(header["prior"], Prior)
        check_classes(header["classes"], generator.num_classes, path)
        model = GenerativeModel(generator, False, tuple(header["value_range"]), header["classes"], prior)
    own, found = ({name: x.shape for name, x in state.items()} for state in (generator.state_dict(), tensors))
    if own != found:
        name = min(name for name in own.keys() | found.keys() if own.get(name) != found.get(name))
        raise UsageError(f"the weights in {path} do not fit its {type(generator).__name__} ({name}): do not trust it")
    generator.load_state_dict(tensors)
    return model.eval().requires_grad_(False)


def built(description: Any, base: type) -> Any:
    """What a header describes, which is to be a ``base``. Raises UsageError as ``read_generator``."""
    check_built(description, base)
    return build(description)


def check_classes(classes: list[int], known: int, path: Path) -> None:
    """Raises UsageError where a generator of so many classes is said to draw others."""
    if known and not (classes and max(classes) < known):
        raise UsageError(f"{path} says that its generator of {known} classes draws {classes}: do not trust it")


def read_origin(path: Path) -> Origin:
    """What the file at ``path`` keeps of its generator's training. Raises UsageError as ``read_generator``."""
    return Origin(**{name: value for name, value in read_file(path)[0]["origin"].items() if name in ORIGIN.shapes})


def read_file(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The header and the weights of a file. Raises UsageError as ``read_generator``."""
    if not path.is_file():
        raise UsageError(f"there is no generator at {path}: give a {SUFFIX} file that export has written")
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(KEY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no dictionary)
        header = None if text is None else json.loads(text)
    except Exception as error:  # whatever a damaged file makes the readers raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f"{path} is no {SUFFIX} file, or a damaged one ({reason[:80]})") from error
    if not isinstance(header, Mapping):
        raise UsageError(f"{path} holds no generator of this project: give a {SUFFIX} file that export has written")
    check_expansion(header, parts, path.stat().st_size, str(path))
    check_shape(header, HEADER, str(path))
    check_shape(tensors, Each(dict, WEIGHTS), str(path))
    return dict(header), tensors


def generator_file(path: Path) -> Path | None:
    """The file of a generator that ``path`` is, or that lies in the folder ``path``; None where there is none."""
    within = path / FILE
    return path if path.suffix == SUFFIX and not path.is_dir() else within if within.is_file() else None
