"""Curves as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gan_lightning.pictures.images import Picture

Curve = Sequence[tuple[float, float]]
"""Points (x, y)."""


def curves(
    panels: Mapping[str, Mapping[str, Curve]],
    x_label: str,
    logarithmic: bool = False,
    runs: Mapping[str, Sequence[Curve]] | None = None,
    floor: tuple[str, float] | None = None,
) -> Picture:
    """Panels one above the other, each with its title beside it and its curves by name, over the same x.

    Args:
        panels: The curves of each panel.
        x_label: What x is.
        logarithmic: Whether both axes are.
        runs: Thin curves, by the name of the one that stands for them, in its colour.
        floor: The name and the height of a dashed line.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, max(3 * len(panels), 4.5 if logarithmic else 0)), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    all_axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, (title, named) in zip(all_axes, panels.items(), strict=True):
        for name, points in named.items():
            thin = (runs or {}).get(name, ())
            dot = "." if len(points) == 1 else None
            (line,) = axes.plot(*columns(points), label=name, linewidth=2 if thin else 1, marker=dot)
            for one in thin:
                axes.plot(*columns(one), color=line.get_color(), linewidth=0.7, alpha=0.6)
        if floor is not None:
            axes.axhline(floor[1], label=floor[0], color="black", linestyle="--", linewidth=1)
        if logarithmic:
            make_logarithmic(axes)
        axes.set_ylabel(title)
        axes.grid(alpha=0.3, which="both")
        axes.legend(ncols=1 + (len(axes.get_legend_handles_labels()[1]) - 1) // 5, fontsize="small")
    all_axes[-1].set_xlabel(x_label)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def columns(points: Curve) -> tuple[Sequence[float], Sequence[float]]:
    """The x and the y of the points."""
    x, y = zip(*points, strict=True) if points else ((), ())
    return x, y


def make_logarithmic(axes: Any) -> None:
    """Both axes, with plain numbers at their ticks; what is not positive is left out."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_xscale("log", nonpositive="mask")
    axes.set_yscale("log", nonpositive="mask")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axis.set_minor_formatter(NullFormatter())
