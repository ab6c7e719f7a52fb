"""A generator as a program that needs neither this package nor Lightning: ONNX, or PyTorch's own exported format."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gan_lightning.errors import UsageError
from gan_lightning.networks import Generator, StyledGenerator
from gan_lightning.networks.modes import eval_mode
from gan_lightning.sampling.generative import GenerativeModel

Program = Literal["onnx", "pt2"]

TOLERANCE = 1e-4
"""How far an exported program's pixels in [0, 1] may lie from PyTorch's own."""

CHECKED = 5, 1
"""Images that are drawn at once to compare them."""


class Drawing(nn.Module):
    """From latents to finished images, as one module.

    Args:
        generator: Draws them.
        value_range: What black and white are in its images.
        as_bytes: Whether the images are uint8 from 0 to 255 instead of float32 from 0 to 1.
    """

    def __init__(self, generator: Generator, value_range: tuple[float, float], as_bytes: bool) -> None:
        super().__init__()
        self.generator, self.value_range, self.as_bytes = generator, value_range, as_bytes

    def forward(self, z: Tensor, labels: Tensor | None = None, truncation: Tensor | None = None) -> Tensor:
        """Images (N, C, H, W) of latents (N, latent_dim), labels (N,) if it is conditional, and truncation () if it has
        styles.
        """
        if isinstance(self.generator, StyledGenerator) and truncation is not None:
            styles = self.generator.styles(z, labels)
            images = self.generator.synthesize(self.generator.truncate(styles, truncation))  # type: ignore[arg-type]
        else:
            images = self.generator(z, labels)
        low, high = self.value_range
        images = ((images - low) / (high - low)).clamp(0, 1)
        return (images * 255).round().to(torch.uint8) if self.as_bytes else images.contiguous()


def example(model: GenerativeModel, num: int) -> dict[str, Tensor]:
    """The inputs of a program that draws as ``model`` does, by name, for ``num`` images."""
    generator = model.sampling_generator
    inputs = {"z": model.latents(num)}
    if generator.num_classes:
        inputs["labels"] = model.sample_labels(num)
    if isinstance(generator, StyledGenerator):
        inputs["truncation"] = torch.tensor(0.7)
    return inputs


def write_program(path: Path, model: GenerativeModel, kind: Program, as_bytes: bool = False) -> float:
    """Writes what ``model`` is sampled from to ``path``, on the CPU, and draws from it as its user would.

    Gives the largest difference from PyTorch's own images, of pixels in [0, 1].

    Raises:
        UsageError: A package is missing, the generator cannot be exported, or the program draws something else.
    """
    check_installed(kind)
    drawing = Drawing(model.sampling_generator, model.value_range, as_bytes)
    with eval_mode(drawing), torch.no_grad(), quiet():
        try:
            exported = trace(drawing, example(model, CHECKED[0]))
            torch.export.save(exported, path) if kind == "pt2" else write_onnx(exported, path)
        except Exception as error:  # of the many ways in which a network of somebody's own is refused
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            name = type(model.sampling_generator).__name__
            raise UsageError(f"a {name} cannot be exported as {kind} ({reason[:120]}): try another --format") from error
        return compare(path, kind, drawing, model)


def trace(drawing: Drawing, inputs: dict[str, Tensor]) -> torch.export.ExportedProgram:
    """The program, for any number of images."""
    images = torch.export.Dim("N", min=1)
    shapes = {name: {0: images} if value.ndim else {} for name, value in inputs.items()}
    # strict reads the code, so that len(z) stays the number of images where it would become that of the example
    return torch.export.export(drawing, (), inputs, dynamic_shapes=shapes, strict=True)


def write_onnx(exported: torch.export.ExportedProgram, path: Path) -> None:
    """As one file, whose inputs have the names of the program's and whose output is ``images``."""
    program: Any = torch.onnx.export(exported, dynamo=True, output_names=["images"], verbose=False)
    program.save(path, external_data=False)


def compare(path: Path, kind: Program, drawing: Drawing, model: GenerativeModel) -> float:
    """The largest difference of the images of the program at ``path`` from those of ``drawing``, in [0, 1].

    Raises:
        UsageError: It is larger than ``TOLERANCE``, or a level of a byte, or not finite.
    """
    white, tolerance = (255, 1 / 255) if drawing.as_bytes else (1, TOLERANCE)
    largest = 0.0
    for num in CHECKED:
        inputs = example(model, num)
        difference = (run_program(path, kind, inputs).double() - drawing(**inputs).double()).abs().max() / white
        if not difference <= tolerance + 1e-9:
            raise UsageError(
                f"the program that was exported as {kind} draws images that differ by {float(difference):.2g} from "
                "PyTorch's, so it is not kept: try another --format"
            )
        largest = max(largest, float(difference))
    return largest


def run_program(path: Path, kind: Program, inputs: dict[str, Tensor]) -> Tensor:
    """The images that the program at ``path`` draws of inputs by name, as its user would have it draw them."""
    if kind == "pt2":
        return torch.export.load(path).module()(**inputs)
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {name: value.numpy() for name, value in inputs.items()})[0])


def check_installed(kind: Program) -> None:
    """Raises UsageError where a package is missing that the format needs."""
    if kind == "onnx":
        try:
            import onnxruntime  # noqa: F401
            import onnxscript  # noqa: F401
        except ModuleNotFoundError as error:
            raise UsageError(
                "ONNX is written with onnxscript and checked with onnxruntime, which are not both installed: "
                "pip install 'gan-lightning[export]'"
            ) from error


@contextlib.contextmanager
def quiet():  # type: ignore[no-untyped-def]
    """Without what torch's exporters print, log and warn of themselves."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
