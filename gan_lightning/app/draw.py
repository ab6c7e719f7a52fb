"""The tab that draws samples, says what the discriminator and the figures make of them, and keeps some."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import imageio.v3 as iio
import numpy as np
import torch
from torch import Tensor

from gan_lightning.app.cells import grid
from gan_lightning.app.controls import (
    ALL,
    class_control,
    columns_of,
    download,
    gr,
    live,
    pictures,
    seed_control,
    wanted,
    whole,
)
from gan_lightning.app.ends import MAX_NUMBER, Kept, render_ends, sample_end
from gan_lightning.app.reference import report
from gan_lightning.app.runs import Trained
from gan_lightning.app.verdicts import comparison, verdicts
from gan_lightning.networks import StyledGenerator
from gan_lightning.pictures.images import data_url, image_grid
from gan_lightning.sampling.generative import GenerativeModel

MOST_ROWS = 10
MOST_KEPT = 30

UNTRUNCATED = 3.0
"""The right end of the truncation's slider, where nothing is truncated; 1 for styles."""


def sample(
    model: GenerativeModel, label: int | str | None, rows: float, seed: float | None, truncation: float
) -> tuple[Tensor, Tensor]:
    """Whole rows of images uint8 (N, C, H, W), as ``model.sample`` draws them, and their labels (N,).

    Raises:
        UsageError: The seed is no whole number.
    """
    num, limit = int(rows) * columns_of(model), None if truncation >= highest(model) else truncation
    images = model.sample(num, wanted(label), whole(seed, "a seed"), limit).cpu()
    return images, model.sample_labels(num, wanted(label))


def highest(model: GenerativeModel) -> float:
    """The right end of the truncation's slider."""
    return 1.0 if isinstance(model.sampling_generator, StyledGenerator) else UNTRUNCATED


def kept_at(model: GenerativeModel, label: int | str | None, seed: float | None, index: int) -> Kept:
    """What to remember of the image ``index`` of those that ``sample`` drew."""
    shown = int(model.sample_labels(index + 1, wanted(label))[index]) if model.generator.num_classes else None
    return Kept(whole(seed, "a seed"), index, shown)


def sheet(model: GenerativeModel, images: Tensor, names: Sequence[str], said: Tensor | None) -> str:
    """The images as HTML, with the verdicts below them."""
    notes = [] if said is None else [f"{value:.2f}" for value in said.tolist()]
    return grid(images, names, columns_of(model), notes)


def draw_tab(trained: Trained) -> gr.State:
    """Samples of a class, with verdicts and figures; gives the samples that were kept, a list of ``Kept``."""
    model, reference = trained.model, trained.reference

    def show(label: int | str | None, rows: float, seed: float | None, truncation: float) -> tuple[str, str, str]:
        images, labels = sample(model, label, rows, seed, truncation)
        said = verdicts(model, images, labels)
        names = [str(kept_at(model, label, seed, index)) for index in range(len(images))]
        figures = report(images, labels if model.generator.num_classes else None, reference)
        return sheet(model, images, names, said), comparison(model, said, labels, reference), figures

    def toggle(label: int | str | None, seed: float | None, kept: list[Kept], event: gr.EventData) -> list[Kept]:
        chosen = kept_at(model, label, seed, whole(event.index, "an image's number", MAX_NUMBER))
        return [one for one in kept if one != chosen] if chosen in kept else [*kept, chosen][-MOST_KEPT:]

    def drop(kept: list[Kept], event: gr.EventData) -> list[Kept]:
        return kept[: event.index] + kept[event.index + 1 :]

    def as_png(*choices: Any) -> str:
        images, _ = sample(model, *choices)
        return data_url(iio.imwrite("<bytes>", image_grid(images, columns_of(model)), extension=".png"), "image/png")

    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            images, verdict = pictures(), gr.Markdown()
        with gr.Column(scale=2, min_width=320):
            choices = choose(model)
            with gr.Row():
                download("Save PNG", "samples.png", as_png, choices)
                download("Save npz", "samples.npz", lambda *chosen: arrays(model, *sample(model, *chosen)), choices)
            kept = gr.State([])
            hint, strip = gr.Markdown(hint_of([])), pictures("kept")
            with gr.Accordion("Figures", open=False):
                figures = gr.Markdown(elem_classes="figures")
    label, _, seed, _ = choices
    live(show, choices, [images, verdict, figures])
    images.select(toggle, [label, seed, kept], kept, show_progress="hidden")
    strip.select(drop, kept, kept, show_progress="hidden")
    kept.change(lambda kept: (hint_of(kept), strip_of(model, kept)), kept, [hint, strip], show_progress="hidden")
    return kept


def choose(model: GenerativeModel) -> list[gr.components.Component]:
    """What is to be drawn: a class, rows, a seed and a truncation."""
    label, seed = class_control(model, ALL), seed_control()
    rows = gr.Slider(1, MOST_ROWS, 5, step=1, label=f"Rows of {columns_of(model)} images", interactive=True)
    end = highest(model)
    share = "The share of the way from the mean style" if end == 1 else "The largest component of a latent"
    info = f"{share}: less is more typical, less varied. {end:g}: none."
    return [label, rows, seed, gr.Slider(0.1, end, end, step=0.1, label="Truncation", info=info, interactive=True)]


def hint_of(kept: list[Kept]) -> str:
    """What keeping images is for, or which are kept."""
    if not kept:
        return "Click an image to keep it by its seed and number, untruncated. Mix mixes the last two that are kept."
    return "Kept (click to drop): " + "; ".join(map(str, kept))


def strip_of(model: GenerativeModel, kept: list[Kept]) -> str:
    """The kept images as HTML."""
    if not kept:
        return ""
    images = render_ends(model, [sample_end(model, one) for one in kept])
    return grid(images, [f"drop {one}" for one in kept], columns_of(model), [f"{k.seed}:{k.number}" for k in kept])


def arrays(model: GenerativeModel, images: Tensor, labels: Tensor) -> str:
    """``images`` and, of a conditional model, ``labels`` as an .npz file, as ``generate`` writes it."""
    buffer = io.BytesIO()
    contents: dict[str, Any] = {"images": images.numpy()}
    if model.generator.num_classes:
        contents["labels"] = labels.to(torch.int64).numpy()
    np.savez_compressed(buffer, **contents)
    return data_url(buffer.getvalue(), "application/zip")
