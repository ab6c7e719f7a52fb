"""The tab that puts two checkpoints side by side, which draw from the same seed."""

from __future__ import annotations

from gan_lightning.app.controls import ALL, gr, live, pictures, seed_control
from gan_lightning.app.draw import highest, sample, sheet
from gan_lightning.app.reference import report
from gan_lightning.app.runs import Runs
from gan_lightning.app.verdicts import comparison, verdicts


def compare_tab(runs: Runs, tab: gr.Tab) -> None:
    """The two, each with its figures; models whose latents are of one length draw from the same latents."""

    def show(name: str, rows: float, seed: float | None) -> tuple[str, str]:
        trained = runs.open(name)
        model = trained.model
        images, labels = sample(model, ALL, rows, seed, highest(model))
        said = verdicts(model, images, labels)
        names = [f"image {number}" for number in range(len(images))]
        figures = report(images, labels if model.generator.num_classes else None, trained.reference)
        sentence = comparison(model, said, labels, trained.reference)
        return sheet(model, images, names, said), f"{sentence}\n\n{figures}"

    with gr.Row():
        sides = [side(runs.names, name, title) for title, name in (("Left", runs.names[0]), ("Right", runs.names[-1]))]
    with gr.Row():
        rows, seed = gr.Slider(1, 10, 3, step=1, label="Rows", interactive=True), seed_control("Seed of both")
    for name, images, figures in sides:
        live(show, [name, rows, seed], [images, figures], tab)


def side(names: list[str], first: str, title: str) -> tuple[gr.Dropdown, gr.HTML, gr.Markdown]:
    """The choice of one of the two, its images and its figures."""
    with gr.Column(min_width=320):
        return (
            gr.Dropdown(names, value=first, label=title, elem_classes="run", interactive=True),
            pictures(),
            gr.Markdown(elem_classes="figures"),
        )
