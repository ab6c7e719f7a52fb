"""Figures of the user's own: torchmetrics metrics that are computed beside the others."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from gan_lightning.errors import UsageError
from gan_lightning.metrics.report import FIGURES, Figure

INPUTS = {
    "images": "uint8 (N, C, H, W)",
    "labels": "int64 (N,), what a conditional model was asked for",
    "features": "double (N, F), of the extractor",
    "logits": "float (N, K), of its classes",
}
"""What ``update`` of a metric may take, by the names of its parameters."""

SIDE = "real"
"""A parameter by which ``update`` is told whether it is given the real images of the test split or generated ones."""

ARROWS = {True: "↑", False: "↓", None: ""}
"""What ``higher_is_better`` of a metric means."""

BUILT_IN = dict(FIGURES)


def check_metrics(metrics: Sequence[Metric]) -> None:
    """Raises UsageError where ``update`` of a metric takes anything else than ``INPUTS`` and ``SIDE``."""
    for metric in metrics:
        unknown = set(parameters(metric)) - {*INPUTS, SIDE}
        if unknown or not set(parameters(metric)) & INPUTS.keys():
            raise UsageError(
                f"update of {type(metric).__name__} takes {', '.join(parameters(metric)) or 'nothing'}: name its "
                f"parameters {', '.join(INPUTS)} or {SIDE}, as many as it needs"
            )


def parameters(metric: Metric) -> list[str]:
    """The names of what ``update`` takes."""
    return list(inspect.signature(metric.update).parameters)


def extra_figures(
    metrics: Sequence[Metric], generated: Mapping[str, Tensor | None], real: Mapping[str, Tensor | None]
) -> dict[str, float]:
    """The figures of the metrics, by name; those that need labels are left out where there are none.

    Args:
        metrics: What is computed. They are as before afterwards.
        generated: ``INPUTS`` of this process's share of the generated images.
        real: The same of the real images.

    Raises:
        UsageError: One gives anything else than a number or numbers by name, or has the name of another figure.
    """
    found: dict[str, float] = {}
    for metric in metrics:
        taken = [name for name in parameters(metric) if name != SIDE]
        if any(generated[name] is None for name in taken):
            continue
        device = next(value.device for value in generated.values() if value is not None)
        metric.to(device)
        if SIDE in parameters(metric):
            metric.update(**{name: on(real[name], device) for name in taken}, **{SIDE: True})
            metric.update(**{name: on(generated[name], device) for name in taken}, **{SIDE: False})
        else:
            metric.update(**{name: on(generated[name], device) for name in taken})
        for name, value in named(metric, metric.compute()).items():
            if name in BUILT_IN or name in found:
                raise UsageError(f"there are two figures {name}: give that of {type(metric).__name__} another name")
            found[name] = value
            FIGURES[name] = Figure(name.replace("_", " "), ARROWS[metric.higher_is_better])
        metric.reset()
    return found


def on(value: Tensor | None, device: torch.device) -> Tensor | None:
    return None if value is None else value.to(device)


def named(metric: Metric, result: Any) -> dict[str, float]:
    """Numbers by name; a single one has the name of its class, as in stroke_width for StrokeWidth."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(metric).__name__).lower()
    values = result if isinstance(result, Mapping) else {name: result}
    try:
        return {str(key): float(value) for key, value in values.items()}
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"compute of {type(metric).__name__} has to give a number, or a dictionary of numbers: {error}"
        ) from error
