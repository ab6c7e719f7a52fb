"""The web page of ``python -m gan_lightning app``: draws from a trained generator, and says how the images look."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_lightning.app.reference import Reference, report
from gan_lightning.errors import UsageError
from gan_lightning.pictures.images import Picture, columns_for, image_grid
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.latent import slerp

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads these when it is imported
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr

ALL = "all"
"""The choice of every class in turn."""

FEW = 12
"""Up to so many classes have a button, and a column of the grid, each."""

UNTRUNCATED = 3.0
"""The right end of the truncation's slider, where nothing is truncated."""

MAX_IMAGES = 100
MAX_SEED = 2**31 - 1

LOOKS: dict[str, Any] = {
    "theme": gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    "css": """
        .picture img { width: 100%; height: 100%; padding: 36px 12px 12px; box-sizing: border-box }
        .picture img { object-fit: contain; image-rendering: pixelated }
        .figures table { width: 100%; margin: 0 }
        .figures th, .figures td { padding: 4px 12px }
        .shuffle { align-self: end }
        input[type=radio]:checked { background-color: var(--checkbox-background-color-selected) !important }
    """,
    "footer_links": [],
}
"""Options of ``gr.Blocks.launch``. The fonts are the system's: others would have to come from another host."""


def build(model: GenerativeModel, reference: Reference, source: str = "", animation: Path | None = None) -> gr.Blocks:
    """The page of a model, to be launched with ``LOOKS``.

    Args:
        model: Stays in eval mode, because threads that serve requests at once must not switch it back and forth.
        reference: What its images are compared with.
        source: Where the model is from.
        animation: The GIF of its training.

    Raises:
        UsageError: As ``check_servable``.
    """
    model.eval()
    check_servable(model)
    with gr.Blocks(title="GAN Lightning", analytics_enabled=False) as page:
        gr.Markdown(f"## GAN Lightning\n`{source}`")
        with gr.Tab("Draw"):
            draw_tab(model, reference)
        with gr.Tab("Mix"):
            mix_tab(model)
        if animation:
            with gr.Tab("Training"):
                picture("The same latents from before the first step to the last", str(animation), format="gif")
    return page


def check_servable(model: GenerativeModel) -> None:
    """Draws once, so that a model that cannot be shown is refused before its page opens.

    Raises:
        UsageError: The images are neither grey nor RGB, or not finite.
    """
    channels = model.sample(1).shape[1]
    if channels not in (1, 3):
        raise UsageError(
            f"the model draws images of {channels} channels, and the page shows grey ones (1) or RGB (3): use "
            "python -m gan_lightning generate with an --output that ends in .npz"
        )


def sample(
    model: GenerativeModel, label: int | str | None, num: float, seed: float | None, truncation: float
) -> tuple[Tensor, Tensor | None]:
    """Images uint8 (num, C, H, W) as ``model.sample`` draws them, and what they were asked to show, if anything."""
    labels, limit = wanted(label), truncation if truncation < UNTRUNCATED else None
    images = model.sample(int(num), labels, int(seed or 0), limit).cpu()
    return images, model.sample_labels(int(num), labels) if model.generator.num_classes else None


def mix(
    model: GenerativeModel, label: int | str | None, left: float | None, right: float | None, share: float
) -> Tensor:
    """Images uint8 (3, C, H, W): the samples of two seeds and, between them, the one on the arc from z to z'.

    Args:
        model: Draws them.
        label: What all of them show.
        left: The seed of z.
        right: The seed of z'.
        share: How far on the way from z to z' the image between them is, from 0 to 1.
    """
    z, other = (model.latents(1, int(seed or 0)) for seed in (left, right))
    latents = torch.cat([z, slerp(z, other, share), other])
    return model.render(latents, model.sample_labels(3, wanted(label))).cpu()


def wanted(label: int | str | None) -> int | None:
    """The ``labels`` of ``model.sample`` for a choice on the page."""
    return None if label is None or label == ALL else int(label)


def draw_tab(model: GenerativeModel, reference: Reference) -> None:
    """Samples of a class, with their figures."""

    def draw(label: int | str | None, num: float, seed: float | None, truncation: float) -> tuple[Picture, str]:
        images, labels = sample(model, label, num, seed, truncation)
        classes = len(labels.unique()) if labels is not None else 1
        columns = columns_for(len(images), classes) if classes <= FEW else None
        return image_grid(images, columns), report(images, labels, reference)

    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            label = class_control(model, ALL)
            num = gr.Slider(1, MAX_IMAGES, 16, step=1, label="Number of images")
            seed = seed_control("Seed")
            truncation = gr.Slider(
                0.1,
                UNTRUNCATED,
                UNTRUNCATED,
                step=0.1,
                label="Truncation",
                info=f"The largest component of a latent: less is more typical, less varied. {UNTRUNCATED:g}: none.",
            )
            figures = gr.Markdown(elem_classes="figures")
        with gr.Column(scale=3):
            grid = picture("Samples", height=720)
    gr.on(None, draw, [label, num, seed, truncation], [grid, figures], show_progress="hidden")


def mix_tab(model: GenerativeModel) -> None:
    """What lies between two samples."""

    def draw(label: int | str | None, left: float | None, right: float | None, share: float) -> Picture:
        return image_grid(mix(model, label, left, right, share), columns=3)

    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            label = class_control(model)
            left, right = seed_control("Seed of the left image", 0), seed_control("Seed of the right image", 1)
            share = gr.Slider(0, 1, 0.5, step=0.01, label="Share of the right image")
        with gr.Column(scale=3):
            row = picture("The left sample, the mix of both, the right sample", height=300)
    gr.on(None, draw, [label, left, right, share], row, show_progress="hidden")


def class_control(model: GenerativeModel, *more: str) -> gr.components.Component:
    """The choice of a class, and of ``more`` than that; nothing to be seen if the model is unconditional."""
    if not model.generator.num_classes:
        return gr.State()
    choices: list[Any] = [*more, *model.classes]
    control = gr.Radio if len(model.classes) <= FEW else gr.Dropdown
    return control(choices, value=choices[0], label="Class")


def seed_control(label: str, value: int = 0) -> gr.Number:
    """A seed, and a button that draws lots for another."""
    with gr.Row():
        seed = gr.Number(value, label=label, precision=0, maximum=MAX_SEED, scale=3, min_width=120)
        shuffle = gr.Button("Shuffle", size="md", scale=1, min_width=90, elem_classes="shuffle")
    shuffle.click(lambda: random.randint(0, MAX_SEED), None, seed)
    return seed


def picture(label: str, value: str | None = None, height: int = 600, format: str = "png") -> gr.Image:
    """An image that is shown as large as there is room, its pixels sharp."""
    return gr.Image(
        value,
        label=label,
        height=height,
        format=format,
        interactive=False,
        buttons=["download"],
        elem_classes="picture",
    )
