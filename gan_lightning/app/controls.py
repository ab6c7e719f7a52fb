"""What the tabs of the page share: choices of classes and seeds, pictures, downloads, and mistakes told as toasts."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from typing import Any

from gan_lightning.app.cells import STATIC, script
from gan_lightning.errors import UsageError
from gan_lightning.sampling.generative import GenerativeModel

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads these when it is imported
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr

ALL = "all"
"""The choice of every class in turn."""

FEW = 12
"""Up to so many classes have a button, and a column of the grid, each."""

COLUMNS = 10
"""Images in a row, unless the classes ask for another number."""

MAX_SEED = 2**31 - 1

AT_ONCE = 2
"""Requests that are drawn at once, of all who look at the page; the others wait their turn."""

TOAST = 6
"""Seconds that a mistake is shown for."""

LOOKS: dict[str, Any] = {
    "theme": gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    "css": (STATIC / "page.css").read_text(encoding="utf-8"),
    "footer_links": [],
}
"""Options of ``gr.Blocks.launch``. The fonts are the system's: others would have to come from another host."""


class Page(gr.Blocks):
    """A page that tells mistakes as toasts, which go away, and prints nothing about them in the terminal."""

    async def process_api(self, *args: Any, **kwargs: Any) -> Any:
        """Gradio's, with its complaints about values out of range and ours made toasts."""
        try:
            return await super().process_api(*args, **kwargs)
        except (UsageError, gr.Error) as error:
            sentence = getattr(error, "message", str(error))
            raise gr.Error(sentence, duration=TOAST, print_exception=False) from None


def whole(value: float | None, name: str, highest: int = MAX_SEED) -> int:
    """``value`` as an int. Raises UsageError where it is no whole number from 0 to ``highest``."""
    if value is None or not 0 <= value <= highest or value != int(value):
        given = "nothing" if value is None else f"{value:.15g}"
        raise UsageError(f"{name} is a whole number from 0 to {highest}, not {given}")
    return int(value)


def wanted(label: int | str | None) -> int | None:
    """The ``labels`` of ``model.sample`` for a choice on the page."""
    return None if label is None or label == ALL else int(label)


def columns_of(model: GenerativeModel) -> int:
    """Images in a row: a multiple of few classes, so that each has columns of its own, when all are drawn in turn."""
    classes = len(model.classes) if model.generator.num_classes else 1
    return max(COLUMNS // classes * classes, classes) if classes <= FEW else COLUMNS


def class_control(model: GenerativeModel, *more: str, small: bool = False) -> gr.components.Component:
    """The choice of a class, and of ``more`` than that; nothing to be seen if the model is unconditional.

    It is one line of a list if it is to be ``small``, or there are more than a few.
    """
    if not model.generator.num_classes:
        return gr.State()
    choices: list[Any] = [*more, *model.classes]
    control = gr.Radio if len(model.classes) <= FEW and not small else gr.Dropdown
    return control(choices, value=choices[0], label="Class", min_width=80, interactive=True)


def seed_control(label: str = "Seed", value: int = 0) -> gr.Number:
    """A seed, and a button that draws lots for another."""
    with gr.Row():
        seed = gr.Number(value, label=label, scale=3, min_width=120, interactive=True)
        shuffle = gr.Button("Shuffle", size="md", scale=1, min_width=90, elem_classes="shuffle")
    shuffle.click(lambda: random.randint(0, MAX_SEED), None, seed, show_progress="hidden")
    return seed


def pictures(*classes: str, script_name: str = "grid") -> gr.HTML:
    """A place for ``cells.grid``, whose ``select`` says which image was chosen, or for other HTML with a script."""
    return gr.HTML("", js_on_load=script(script_name), apply_default_css=False, elem_classes=["pictures", *classes])


def live(function: Callable[..., Any], inputs: Sequence[Any], outputs: Any, tab: gr.Tab | None = None) -> None:
    """Has ``function`` give ``outputs`` when one of ``inputs`` changes, and when its ``tab``, or the page, opens."""
    triggers = tab and [tab.select, *(control.change for control in inputs)]
    options = {"show_progress": "hidden", "trigger_mode": "always_last"}
    gr.on(triggers, function, list(inputs), outputs, concurrency_id="draw", concurrency_limit=AT_ONCE, **options)


def download(label: str, name: str, make: Callable[..., str], inputs: Sequence[Any]) -> None:
    """A button that saves the file ``name``, whose content ``make`` gives as ``cells.data_url`` does."""
    button, address = gr.Button(label, size="sm", min_width=90), gr.Textbox(visible="hidden")
    made = button.click(make, list(inputs), address, show_progress="hidden")
    made.success(None, address, None, js=f'(address) => ({script("save")})("{name}", address)')
