"""The web page of ``python -m gan_lightning app``: draws from trained generators, and shows how they were trained."""

from __future__ import annotations

from gan_lightning.app.compare import compare_tab
from gan_lightning.app.controls import Page, gr
from gan_lightning.app.draw import draw_tab
from gan_lightning.app.find import find_tab
from gan_lightning.app.mix import mix_tab
from gan_lightning.app.runs import Runs, Trained
from gan_lightning.app.style import has_handles, style_tab
from gan_lightning.app.training import training_tab


def build(runs: Runs) -> Page:
    """The page of trained models, to be launched with ``controls.LOOKS``.

    Raises:
        UsageError: The first model cannot be shown.
    """
    runs.open(runs.names[0])
    with Page(title="GAN Lightning", analytics_enabled=False) as page:
        chosen = gr.Dropdown(runs.names, value=runs.names[0], label="Run", elem_classes="run", interactive=True)

        @gr.render(inputs=[chosen], show_progress="hidden")
        def tabs_of(name: str) -> None:
            tabs(runs.open(name), runs)

    return page


def tabs(trained: Trained, runs: Runs) -> None:
    """The tabs that a model has something to show in."""
    model = trained.model
    with gr.Tabs(selected="Draw"):
        with gr.Tab("Draw", id="Draw"):
            kept = draw_tab(trained)
        with gr.Tab("Mix") as tab:
            left, right = mix_tab(model, kept, tab)
        with gr.Tab("Find"):
            find_tab(model, left, right)
        if has_handles(model):
            with gr.Tab("Style") as tab:
                style_tab(model, tab)
        with gr.Tab("Training") as tab:
            training_tab(trained.folder, tab)
        if len(runs.names) > 1:
            with gr.Tab("Compare") as tab:
                compare_tab(runs, tab)
