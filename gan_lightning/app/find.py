"""The tab that finds the latent of an image that was drawn by hand, or opened from a file."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable

import torch
from torch import Tensor

from gan_lightning.app.cells import grid, script
from gan_lightning.app.controls import class_control, gr, pictures
from gan_lightning.app.ends import End
from gan_lightning.app.mix import FOUND, Side
from gan_lightning.data.loader import to_float
from gan_lightning.data.streaming import to_square
from gan_lightning.errors import UsageError
from gan_lightning.networks.base import ImageShape
from gan_lightning.pictures.decoding import decode
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.latent import invert

ANY = "any"
"""The choice of whatever class suits the image best."""

CANVAS = """<div class="canvas"><canvas width="280" height="280" aria-label="A place to draw on"></canvas>
<div class="tools"><button class="search">Find it</button><button class="clear">Clear</button>
<button class="negative">Negative</button>
<label>Open an image<input type="file" accept="image/*"></label></div></div>"""
"""What is on it stays in the browser until a search sends it."""


def read_canvas(address: str, image_shape: ImageShape) -> Tensor:
    """What a canvas holds, as uint8 (C, H, W) of ``image_shape``.

    Args:
        address: What its ``toDataURL`` gives; empty if nothing is on it.
        image_shape: Of the model.

    Raises:
        UsageError: There is nothing on it, or it is no image.
    """
    if not address:
        raise UsageError("the canvas is empty: draw a digit with the mouse or a finger, or open an image")
    try:
        content = base64.b64decode(str(address).partition("base64,")[2], validate=True)
    except binascii.Error:
        content = b""
    return to_square(decode(io.BytesIO(content), image_shape[0], "the image"), image_shape[1])


def search(
    model: GenerativeModel, address: str, label: int | str | None, steps: int, progress: Callable[[float], None]
) -> tuple[End, str]:
    """The latent whose image is nearest to the one on the canvas, and both images as HTML.

    Raises:
        UsageError: As ``read_canvas``.
    """
    target = read_canvas(address, model.generator.image_shape)[None]
    shows = None if label in (None, ANY) else int(label)
    found = invert(model, to_float(target, model.value_range), shows, steps, progress=progress)
    told = f"found, off by {float(found.errors):.2f}"
    if model.generator.num_classes:
        told += f", class {int(found.labels)}"
    both = grid(torch.cat([target, found.images]), ["yours", told], 2, ["yours", told], plain=True)
    return End(found.latents, found.labels), both


def find_tab(model: GenerativeModel, left: Side, right: Side) -> None:
    """The search; what it finds can become either end of the walk."""

    def run(label: int | str | None, steps: float, event: gr.EventData, bar: gr.Progress = gr.Progress()) -> tuple:  # noqa: B008
        found, both = search(
            model, event.image, label, int(steps), lambda share: bar(share, desc="Looking for its latent")
        )
        return found, both, gr.Row(visible=True)

    with gr.Row():
        with gr.Column(min_width=300):
            canvas = gr.HTML(CANVAS, js_on_load=script("canvas"), apply_default_css=False)
        with gr.Column(min_width=300):
            result = pictures("few", "result")
            with gr.Row(visible=False) as uses:
                buttons = [gr.Button(f"Put it on the {side} of Mix") for side in ("left", "right")]
            label = class_control(model, ANY)
            steps = gr.Slider(20, 400, 100, step=20, label="Steps of the search", interactive=True)
    found = gr.State()
    canvas.submit(
        run, [label, steps], [found, result, uses], show_progress_on=result, concurrency_id="find", concurrency_limit=1
    )
    for button, side in zip(buttons, (left, right), strict=True):
        button.click(hand_over, found, [side.found, side.origin], show_progress="hidden")


def hand_over(found: End) -> tuple[End, gr.Radio]:
    """What a side of Mix takes instead of a sample."""
    gr.Info("The image found is on the Mix tab now.", duration=4)
    return found, gr.Radio(value=FOUND, visible=True)
