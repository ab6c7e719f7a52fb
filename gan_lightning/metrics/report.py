"""Figures as a table and as JSON, with all that has to be said of how they were measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gan_lightning.storage.writing import write_text


class Figure(NamedTuple):
    """How a figure is shown."""

    title: str
    better: str
    """An arrow to where it gets better, or nothing where the real images' own value is the aim."""
    meaning: str = ""
    """What it says, in a line."""


FIGURES = {
    "fid": Figure("Fréchet distance", "↓", "how far generated images are from real ones, all in all"),
    "kid": Figure("kernel distance", "↓", "the same by another distance, which does not depend on their number"),
    "kid_std": Figure("its deviation over subsets", "", "how far the kernel distance can be trusted"),
    "inception_score": Figure("inception score", "↑", "whether each image is of one class, and the classes vary"),
    "precision": Figure("precision", "↑", "share of generated images that lie among real ones"),
    "recall": Figure("recall", "↑", "share of real images that lie among generated ones"),
    "density": Figure("density", "↑", "precision, counted by how many real images are near"),
    "coverage": Figure("coverage", "↑", "share of real images with a generated one near"),
    "nn_distance_ratio": Figure("nearest-neighbour distance ratio", "", "near 0: training images are copied"),
    "label_accuracy": Figure("label accuracy", "↑", "share of images that show what was asked for"),
    "class_kl": Figure("classes' KL to the real ones", "↓", "how far the classes' shares are from the real ones"),
    "modes": Figure("classes present", "↑", "classes that are drawn at all"),
    "mode_kl": Figure("classes' KL to uniform", "↓", "how far the classes' shares are from equal ones"),
    "pixel_diversity": Figure("pixel diversity", "", "how much a pixel varies from image to image"),
    "sharpness": Figure("sharpness", "", "how crisp edges are"),
    "contrast": Figure("contrast", "", "how much intensity varies within an image"),
}
"""All figures, in the order in which they are shown."""


def about(name: str) -> Figure:
    """How a figure is shown, also one of the user's own that was measured elsewhere."""
    return FIGURES.get(name, Figure(name.replace("_", " "), ""))


@dataclass(frozen=True)
class Protocol:
    """How figures were measured. Those of different protocols cannot be compared."""

    num_images: int
    """Generated images."""
    dataset: str
    image_shape: list[int]
    classes: list[int]
    """The classes that were kept of the data set."""
    split: str
    """Which images of the data set are the reference."""
    reference_images: int
    features: str
    """The extractor's name."""
    fingerprint: str
    """Of the extractor's weights."""
    floor_images: int
    """Training images that were measured in place of generated ones."""

    def __str__(self) -> str:
        return (
            f"{self.num_images:,} images against the {self.reference_images:,} of the {self.split} split of "
            f"{self.dataset}; features of {self.features}; real: {self.floor_images:,} training images measured alike"
        )


def as_text(name: str, value: float) -> str:
    """A figure's value with as many digits as are worth reading."""
    if name == "modes":
        return f"{value:.0f}"
    return f"{value:.3g}" if 0 < abs(value) < 0.1 else f"{value:.3f}"


def table(figures: Mapping[str, float], floor: Mapping[str, float]) -> str:
    """The figures of generated and of real images as a Markdown table."""
    lines = ["| figure | | generated | real |", "| --- | --- | ---: | ---: |"]
    for name, value in figures.items():
        title, better, _ = about(name)
        real = as_text(name, floor[name]) if name in floor else ""
        lines.append(f"| {title} (`{name}`) | {better} | {as_text(name, value)} | {real} |")
    return "\n".join(lines)


def write_metrics(
    path: Path, figures: Mapping[str, float], floor: Mapping[str, float], protocol: Protocol, source: Mapping[str, Any]
) -> None:
    """Writes all of it as JSON; ``source`` says where the images come from."""
    content = {
        "figures": dict(figures),
        "real": dict(floor),
        "protocol": asdict(protocol),
        "source": dict(source),
    }
    write_text(path, json.dumps(content, indent=2) + "\n")
