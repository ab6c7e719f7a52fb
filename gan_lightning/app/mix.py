"""The tab that walks from one image to another, and plays the walk."""

from __future__ import annotations

from typing import Any

from gan_lightning.app.cells import film
from gan_lightning.app.controls import class_control, download, gr, live, pictures, seed_control, whole
from gan_lightning.app.ends import MAX_NUMBER, End, Kept, between, sample_end
from gan_lightning.errors import UsageError
from gan_lightning.networks import StyledGenerator
from gan_lightning.pictures.images import data_url, gif_bytes, single
from gan_lightning.sampling.generative import GenerativeModel

SAMPLE, FOUND = "a sample", "the image found"
STRIP = 11
"""Frames side by side, at most."""


class Side:
    """The controls of one end of the walk.

    Args:
        model: What draws it.
        title: Left or right.
        seed: Of its sample, at first.
    """

    def __init__(self, model: GenerativeModel, title: str, seed: int) -> None:
        self.model = model
        with gr.Column(min_width=220):
            gr.Markdown(f"**{title}**")
            self.seed = seed_control("Seed", seed)
            with gr.Row():
                self.label = class_control(model, small=True)
                self.number = gr.Number(0, label="Image", min_width=80, interactive=True)
            self.origin = gr.Radio([SAMPLE, FOUND], value=SAMPLE, label="Take", visible=False, interactive=True)
        self.found = gr.State()
        """The ``End`` that Find has found for this side."""

    @property
    def inputs(self) -> list[Any]:
        return [self.label, self.seed, self.number, self.origin, self.found]

    def end(self, label: int | None, seed: float | None, number: float | None, origin: str, found: End | None) -> End:
        """Where the walk begins or ends, as the controls say. Raises UsageError where a number is no whole one."""
        if origin == FOUND and found is not None:
            return found
        chosen = Kept(whole(seed, "a seed"), whole(number, "an image's number", MAX_NUMBER), label)
        return sample_end(self.model, chosen)


def mix_tab(model: GenerativeModel, kept: gr.State, tab: gr.Tab) -> tuple[Side, Side]:
    """The walk between two samples; the last two that are ``kept`` become its ends."""
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            shown = pictures(script_name="film")
        with gr.Column(scale=2, min_width=320):
            frames = gr.Slider(1, 31, 9, step=2, label="Frames between the two", interactive=True)
            layers = layer_control(model)
            with gr.Row():
                left, right = Side(model, "Left", 0), Side(model, "Right", 1)
            gif = gr.Row()

    def walk(*choices: Any) -> Any:
        *ends, count, chosen = choices
        middle = len(ends) // 2
        return between(model, left.end(*ends[:middle]), right.end(*ends[middle:]), int(count), layers_of(model, chosen))

    def as_gif(*choices: Any) -> str:
        pictures = [single(image) for image in walk(*choices)]
        return data_url(gif_bytes([*pictures, *pictures[-2:0:-1]], 12, rest=1 / 12), "image/gif")

    inputs = [*left.inputs, *right.inputs, frames, layers]
    with gif:
        download("Save GIF", "walk.gif", as_gif, inputs)
    live(lambda *choices: film(walk(*choices), STRIP), inputs, shown, tab)
    for side, back in ((left, 2), (right, 1)):
        controls = [side.label, side.seed, side.number, side.origin]
        kept.change(lambda kept, back=back: fill(kept, back), kept, controls, show_progress="hidden")
    return left, right


def fill(kept: list[Kept], back: int) -> list[Any]:
    """The controls of a side for the kept sample so many from the last; as they are if fewer than two are kept."""
    if len(kept) < 2:
        return [gr.skip()] * 4
    one = kept[-back]
    return [gr.skip() if one.label is None else one.label, one.seed, one.number, SAMPLE]


def layer_control(model: GenerativeModel) -> gr.components.Component:
    """Which layers' styles go over from left to right; nothing to be seen if there are no styles."""
    if not isinstance(model.sampling_generator, StyledGenerator):
        return gr.State()
    names = [str(layer) for layer in range(model.sampling_generator.num_layers)]
    info = "Layers whose style comes from the right, from coarse to fine."
    return gr.CheckboxGroup(names, value=names, label="Layers", info=info, interactive=True)


def layers_of(model: GenerativeModel, chosen: list[str] | None) -> list[int] | None:
    """The layers that were chosen; None for all. Raises UsageError where it is none."""
    if chosen is None or len(chosen) == model.styled_generator.num_layers:
        return None
    if not chosen:
        raise UsageError("choose a layer whose style is to come from the right")
    return sorted(map(int, chosen))
