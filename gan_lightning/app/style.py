"""The tab that moves a sample along the directions of its styles, or by its codes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_lightning.app.cells import grid
from gan_lightning.app.controls import class_control, gr, live, pictures, seed_control, wanted, whole
from gan_lightning.networks import CodedPrior
from gan_lightning.networks.style import StyleGenerator
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sampling.styles import find_directions, parse_layers

DIRECTIONS = 6
FARTHEST_STYLE, FARTHEST_CODE = 6.0, 2.0
"""How far a style or a code can be moved: styles are about as long as √latent_dim, codes are within ±1."""


def has_handles(model: GenerativeModel) -> bool:
    """Whether there is anything to be moved."""
    return isinstance(model.sampling_generator, StyleGenerator) or isinstance(model.prior, CodedPrior)


def moved_styles(
    model: GenerativeModel, label: int | None, seed: float | None, layers: str | None, amounts: list[float]
) -> Tensor:
    """The sample of a seed, uint8 (1, C, H, W), moved by ``amounts`` along the first directions in some layers.

    Raises:
        UsageError: The seed is no whole number, or there are not these layers.
    """
    chosen = parse_layers(layers or None, model.styled_generator.num_layers)
    vectors = find_directions(model.styled_generator, chosen).vectors[: len(amounts)]
    styles = model.styles(model.latents(1, whole(seed, "a seed")), model.sample_labels(1, wanted(label)))
    styles[:, chosen] += (torch.tensor(amounts, dtype=torch.float32) @ vectors).to(styles)
    return model.render_styles(styles).cpu()


def moved_codes(
    model: GenerativeModel, label: int | None, seed: float | None, categories: list[int], values: list[float]
) -> Tensor:
    """The sample of a seed, uint8 (1, C, H, W), with these codes in place of its own.

    Raises:
        UsageError: The seed is no whole number.
    """
    assert isinstance(model.prior, CodedPrior)
    z = model.latents(1, whole(seed, "a seed"))
    codes = [torch.eye(count)[chosen] for count, chosen in zip(model.prior.categories, categories, strict=True)]
    codes.append(torch.tensor(values, dtype=torch.float32))
    z[0, : sum(map(len, codes))] = torch.cat(codes)
    return model.render(z, model.sample_labels(1, wanted(label))).cpu()


def style_tab(model: GenerativeModel, tab: gr.Tab) -> None:
    """A slider for each direction, or for each code."""
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            image = pictures("one")
        with gr.Column(scale=3, min_width=320):
            label, seed = class_control(model), seed_control()
            handles = code_handles(model.prior) if isinstance(model.prior, CodedPrior) else style_handles()
            reset = gr.Button("Back to the sample", size="sm")
    start = [handle.value for handle in handles]
    reset.click(lambda: start if len(start) > 1 else start[0], None, handles, show_progress="hidden")

    def show(label: int | None, seed: float | None, *values: Any) -> str:
        if isinstance(model.prior, CodedPrior):
            count = len(model.prior.categories)
            drawn = moved_codes(model, label, seed, list(values[:count]), list(values[count:]))
        else:
            drawn = moved_styles(model, label, seed, values[-1], list(values[:-1]))
        return grid(drawn, ["the sample, moved"], 1, plain=True)

    live(show, [label, seed, *handles], image, tab)


def style_handles() -> list[gr.components.Component]:
    """A slider for each direction, the one that changes most first, and the layers that are moved."""
    sliders: list[gr.components.Component] = [
        gr.Slider(-FARTHEST_STYLE, FARTHEST_STYLE, 0, step=0.1, label=f"Direction {number}", interactive=True)
        for number in range(1, DIRECTIONS + 1)
    ]
    info = "From coarse to fine, such as 0-3 or 0,2,5; empty: all."
    return [*sliders, gr.Textbox("", label="Layers", info=info, max_lines=1, interactive=True)]


def code_handles(prior: CodedPrior) -> list[gr.components.Component]:
    """A choice for each categorical code, and a slider for each continuous one."""
    choices: list[gr.components.Component] = [
        gr.Radio(list(range(count)), value=0, label=f"Categorical code {number}", interactive=True)
        for number, count in enumerate(prior.categories, 1)
    ]
    sliders = [
        gr.Slider(-FARTHEST_CODE, FARTHEST_CODE, 0, step=0.05, label=f"Continuous code {number}", interactive=True)
        for number in range(1, prior.continuous + 1)
    ]
    return [*choices, *sliders]
