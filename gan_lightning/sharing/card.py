"""A model card: Markdown that says what a generator is and how it is used, with the front matter of the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from gan_lightning.metrics.report import about, as_text, table
from gan_lightning.networks import CodedPrior, StyledGenerator
from gan_lightning.pictures.images import columns_for, image_grid, write_png
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.sharing.origin import Origin
from gan_lightning.storage.writing import write_text

CARD, PICTURE = "README.md", "samples.png"
"""What both are called in a repository."""

ON_THE_HUB = {
    "mnist": "ylecun/mnist",
    "mnist_5k": "ylecun/mnist",
    "fashion_mnist": "zalando-datasets/fashion_mnist",
    "stacked_mnist": "ylecun/mnist",
}
"""Data sets by the names that they have there."""

IMAGES = 100
"""In the picture."""


class Usage(NamedTuple):
    """How a file is used.

    Args:
        title: What it is.
        code: Lines of Python that draw from it.
        pixels: What a program's images are made of; nothing for weights, whose model has its own methods.
    """

    title: str
    code: str
    pixels: str = ""


def write_card(card: Path, picture: Path, title: str, model: GenerativeModel, origin: Origin, usage: Usage) -> None:
    """Writes the card and the picture of samples that it shows, which lies beside it."""
    images, labels = model.sample(IMAGES), model.sample_labels(IMAGES)
    classes = len(labels.unique()) if model.generator.num_classes else 1
    write_png(picture, image_grid(images, columns_for(IMAGES, classes)))
    write_text(card, text(picture.name, title, model, origin, usage))


def text(picture: str, title: str, model: GenerativeModel, origin: Origin, usage: Usage) -> str:
    """The whole card."""
    sections = [
        f"---\n{as_yaml(front_matter(title, origin))}---",
        f"# {title}",
        f"{described(model, origin)} Made with GAN Lightning: {usage.title}.",
        f"![Samples]({picture})",
        f"## Use\n\n```python\n{usage.code.strip()}\n```",
        *([f"## Inputs and outputs\n\n{inputs(model, usage.pixels)}"] if usage.pixels else []),
        "## Figures\n\n" + (f"{table(origin.figures, origin.real)}\n\n{origin.protocol}." if origin.figures else NONE),
        *([f"## Recipe\n\n```yaml\n{as_yaml({'model': recipe(origin)})}```"] if origin.recipe else []),
    ]
    return "\n\n".join(sections) + "\n"


FROM_DATA = "image_shape", "num_classes", "value_range", "classes"

NONE = "It was not measured: `python -m gan_lightning test` does so before a run is exported."


def recipe(origin: Origin) -> dict[str, Any]:
    """The model without what follows from the data."""
    options = origin.recipe.get("init_args", {})
    own = {name: value for name, value in options.items() if name not in FROM_DATA}
    return {"class_path": origin.recipe.get("class_path"), "init_args": own}


def front_matter(title: str, origin: Origin) -> dict[str, Any]:
    """What the hub reads of a card."""
    name = str(origin.data.get("dataset", ""))
    matter: dict[str, Any] = {
        "license": "mit",
        "library_name": "gan_lightning",
        "pipeline_tag": "unconditional-image-generation",
        "tags": ["gan", *([name] if name else [])],
    }
    if name in ON_THE_HUB:
        matter["datasets"] = [ON_THE_HUB[name]]
    if origin.figures:
        metrics = [
            {"type": figure, "name": about(figure).title, "value": float(as_text(figure, value))}
            for figure, value in origin.figures.items()
            if about(figure).better
        ]
        task = {"type": matter["pipeline_tag"]}
        data = ON_THE_HUB.get(name, name)
        result = {"task": task, "dataset": {"type": data, "name": data}, "metrics": metrics}
        matter["model-index"] = [{"name": title, "results": [result]}]
    return matter


def described(model: GenerativeModel, origin: Origin) -> str:
    """What the generator draws, and what it was trained on."""
    channels, height, width = model.generator.image_shape
    kind = "A conditional" if model.generator.num_classes else "An unconditional"
    weights = sum(p.numel() for p in model.sampling_generator.parameters())
    seen = f", trained on {origin.images_seen:,} images" if origin.images_seen else ""
    chosen = {name: value for name, value in origin.data.items() if name != "dataset"}
    data = f" of {origin.data['dataset']}" if "dataset" in origin.data else ""
    options = f" ({', '.join(f'{name} {value}' for name, value in chosen.items())})" if chosen else ""
    return (
        f"{kind} {type(model.sampling_generator).__name__} of {weights:,} parameters{seen}{data}{options}. It draws "
        f"{'grey images' if channels == 1 else f'images of {channels} channels'} of {height}×{width} pixels."
    )


def inputs(model: GenerativeModel, pixels: str) -> str:
    """What goes into a program and what comes out."""
    generator = model.sampling_generator
    codes = model.prior if isinstance(model.prior, CodedPrior) else None
    lines = [f"- `z`, float32 (N, {generator.latent_dim}): latents from N(0, 1)"]
    if codes is not None:
        lines[0] += (
            f", but for the first {codes.code_dim}: one-hot codes of {codes.categories} categories, then "
            f"{codes.continuous} codes from -1 to 1"
        )
    if generator.num_classes:
        lines.append(f"- `labels`, int64 (N,): {', '.join(map(str, model.classes))}")
    if isinstance(generator, StyledGenerator):
        lines.append("- `truncation`, float32 (): from 0, the mean image, to 1, all the variety; 0.7 is usual")
    shape = ", ".join(map(str, generator.image_shape))
    lines.append(f"- `images`, {pixels.partition(' ')[0]} (N, {shape}): {pixels.partition(' ')[2]}")
    return "\n".join(lines)


def as_yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
