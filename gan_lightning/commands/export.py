"""``export``: a trained generator as a file that works elsewhere, with a model card."""

from __future__ import annotations

from pathlib import Path

from gan_lightning import load
from gan_lightning.commands.options import locate_trained, name_of
from gan_lightning.errors import UsageError
from gan_lightning.sharing.card import write_card
from gan_lightning.sharing.outputs import Format, usage_of, write_checked_program, write_weights
from gan_lightning.sharing.trained import origin_at
from gan_lightning.storage.writing import check_writable


def export(
    ckpt_path: str | None = None,
    model: str | None = None,
    format: Format = "onnx",
    output: str | None = None,
    uint8: bool = False,
    half: bool = False,
) -> None:
    """Writes the generator that is sampled from as a file that works elsewhere, with a model card beside it.

    A program in ONNX needs onnxruntime alone, and one of torch.export PyTorch alone. Its inputs are ``z``, ``labels``
    of a conditional generator and ``truncation`` of a style-based one, for any number of images at once; its output is
    ``images``. It is kept only if it draws what PyTorch draws.

    Args:
        ckpt_path: A checkpoint, or the folder of a run or of a digit-wise one.
        model: Instead of it a generator that comes with the package, such as conditional_dcgan, a .safetensors file, or
            user/name of one on the hub.
        format: onnx, pt2 (of torch.export), or safetensors (weights that gan_lightning.load reads).
        output: The file; by default the name of the run, here.
        uint8: Whether a program's images are bytes from 0 to 255 instead of float32 from 0 to 1.
        half: Whether weights in safetensors are rounded to float16, which makes the file half as large.

    Raises:
        UsageError: There is no such model, a package is missing, the generator cannot be exported, its program draws
            other images, or the output cannot be written.
    """
    if uint8 and format == "safetensors":
        raise UsageError("--uint8 is of programs, and safetensors are weights: leave it out, or give --format onnx")
    if half and format != "safetensors":
        raise UsageError(f"--half is of weights, and {format} is a program: give --format safetensors")
    path = Path(output or f"{name_of(ckpt_path, model)}.{format}")
    if path.suffix != f".{format}":
        raise UsageError(f"--output must end in .{format}, as --format says, not {output}")
    found = locate_trained(ckpt_path, model)
    trained, origin = load(found), origin_at(found)
    check_writable(path.parent, "--output")
    if format == "safetensors":
        difference = write_weights(path, trained, origin, half)
    else:
        difference = write_checked_program(path, trained, format, uint8)
    card, picture = path.with_name(f"{path.name}.md"), path.with_name(f"{path.name}.png")
    write_card(card, picture, path.stem, trained, origin, usage_of(path, format, trained, uint8))
    size = path.stat().st_size / 2**20
    print(f"{path}, {size:.2f} MiB; its images differ by at most {difference:.1e} from PyTorch's; card: {card}")
