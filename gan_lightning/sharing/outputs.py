"""Files of a generator in each format, with its card beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gan_lightning.errors import UsageError
from gan_lightning.networks import StyledGenerator
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.card import CARD, PICTURE, Usage, write_card
from gan_lightning.sharing.origin import Origin
from gan_lightning.sharing.programs import Program, write_program
from gan_lightning.sharing.weights import FILE, pack_generator, read_generator
from gan_lightning.storage.writing import replacing

Format = Literal["onnx", "pt2", "safetensors"]

COMPARED = 32
"""Images that are drawn to compare a file of weights with its model."""


def write_weights(path: Path, model: GenerativeModel, origin: Origin, half: bool) -> float:
    """Writes the generator's file to ``path``, and reads it again.

    Gives the largest difference of its images from the model's, of pixels in [0, 1]; 0 unless ``half`` rounds weights.

    Raises:
        UsageError: As ``pack_generator`` and ``read_generator``, or without ``half`` there is a difference.
    """
    with replacing(path) as partial:
        partial.write_bytes(pack_generator(model, origin, half))
        again = read_generator(partial).sample(COMPARED)
        difference = float((again.int() - model.cpu().sample(COMPARED).int()).abs().max()) / 255
        if difference and not half:
            raise UsageError(f"the generator in {path.name} would draw other images than its model, so it is not kept")
    return difference


def write_checked_program(path: Path, model: GenerativeModel, kind: Program, as_bytes: bool) -> float:
    """``write_program``, whose file is there only if it draws what it should."""
    with replacing(path) as partial:
        return write_program(partial, model, kind, as_bytes)


def write_bundle(folder: Path, title: str, model: GenerativeModel, origin: Origin, half: bool, load: str) -> None:
    """What a repository holds: the generator's file, its card and a picture; ``load`` is what it is loaded by.

    Raises:
        UsageError: As ``write_weights``.
    """
    write_weights(folder / FILE, model, origin, half)
    usage = of_weights(model, load)
    write_card(folder / CARD, folder / PICTURE, title, model, origin, usage)


def usage_of(path: Path, kind: Format, model: GenerativeModel, as_bytes: bool) -> Usage:
    """How the file at ``path`` is used."""
    if kind == "safetensors":
        return of_weights(model, path.name)
    pixels = "uint8 from 0, black, to 255, white" if as_bytes else "float32 from 0, black, to 1, white"
    return {"onnx": of_onnx, "pt2": of_pt2}[kind](path.name, model, pixels)


def of_weights(model: GenerativeModel, name: str) -> Usage:
    asked = f"16, labels={model.classes[0]}" if model.generator.num_classes else "16"
    lines = ["import gan_lightning", "", f'model = gan_lightning.load("{name}")']
    shape = ", ".join(map(str, (16, *model.generator.image_shape)))
    code = "\n".join([*lines, f"images = model.sample({asked}, seed=0)  # uint8 ({shape})"])
    return Usage("weights, loaded by gan_lightning without running any code of theirs", code)


def of_onnx(name: str, model: GenerativeModel, pixels: str) -> Usage:
    inputs = {"z": f"np.random.randn(16, {model.generator.latent_dim}).astype(np.float32)"}
    if model.generator.num_classes:
        inputs["labels"] = f"np.full(16, {model.classes[0]}, dtype=np.int64)"
    if isinstance(model.sampling_generator, StyledGenerator):
        inputs["truncation"] = "np.array(0.7, np.float32)"
    code = "\n".join(
        [
            "import numpy as np",
            "import onnxruntime",
            "",
            f'session = onnxruntime.InferenceSession("{name}")',
            f"inputs = {as_dictionary(inputs)}",
            f'images = session.run(["images"], inputs)[0]  # (16, {shape_of(model)})',
        ]
    )
    return Usage("an ONNX program, which needs onnxruntime alone", code, pixels)


def of_pt2(name: str, model: GenerativeModel, pixels: str) -> Usage:
    inputs = {"z": f"torch.randn(16, {model.generator.latent_dim})"}
    if model.generator.num_classes:
        inputs["labels"] = f"torch.full((16,), {model.classes[0]})"
    if isinstance(model.sampling_generator, StyledGenerator):
        inputs["truncation"] = "torch.tensor(0.7)"
    code = "\n".join(
        [
            "import torch",
            "",
            f'draw = torch.export.load("{name}").module()',
            f"images = draw({', '.join(f'{key}={value}' for key, value in inputs.items())})  # (16, {shape_of(model)})",
        ]
    )
    return Usage("a program of torch.export, which needs PyTorch alone", code, pixels)


def shape_of(model: GenerativeModel) -> str:
    return ", ".join(map(str, model.generator.image_shape))


def as_dictionary(values: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"
