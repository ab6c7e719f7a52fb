"""Curves as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gan_lightning.pictures.images import Picture

Curve = Sequence[tuple[float, float]]
"""Points (x, y)."""

LEGEND_WIDTH = 100
"""Characters that fit above a panel, six for each name's line among them."""


def curves(
    panels: Mapping[str, Mapping[str, Curve]],
    x_label: str,
    logarithmic: bool = False,
    runs: Mapping[str, Sequence[Curve]] | None = None,
    floor: tuple[str, float] | None = None,
    real: Mapping[str, Mapping[str, float]] | None = None,
    across: int = 1,
) -> Picture:
    """Panels one above the other, each with its title beside it and its curves by name, over the same x.

    Args:
        panels: The curves of each panel.
        x_label: What x is.
        logarithmic: Whether both axes are.
        runs: Thin curves, by the name of the one that stands for them, in its colour.
        floor: The name and the height of a dashed line.
        real: The values of real images, by panel and curve, as dashed lines in the colours of the curves.
        across: How many panels stand side by side.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = -(-len(panels) // across)
    size = 7 * across, max(3 * rows, 4.5 if logarithmic else 0)
    figure = Figure(figsize=size, dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    all_axes = figure.subplots(rows, across, sharex=True, squeeze=False).flatten()
    for axes in all_axes[len(panels) :]:
        axes.set_visible(False)
    for axes, (title, named) in zip(all_axes, panels.items(), strict=False):
        levels = (real or {}).get(title, {})
        for name, points in named.items():
            thin = (runs or {}).get(name, ())
            marker = "o" if len(points) == 1 else None
            (line,) = axes.plot(*columns(points), label=name, linewidth=2 if thin else 1, marker=marker)
            for one in thin:
                axes.plot(*columns(one), color=line.get_color(), linewidth=0.7, alpha=0.6)
            if name in levels:
                axes.axhline(levels[name], color=line.get_color(), linestyle="--", linewidth=1)
        if floor is not None:
            axes.axhline(floor[1], label=floor[0], color="black", linestyle="--", linewidth=1)
        if levels:
            axes.plot([], [], color="black", linestyle="--", linewidth=1, label="real images")
        if logarithmic:
            make_logarithmic(axes)
        axes.set_ylabel(title)
        axes.grid(alpha=0.3, which="both")
        add_legend(axes)
    for axes in all_axes[max(0, len(panels) - across) : len(panels)]:
        axes.set_xlabel(x_label)
        axes.tick_params(labelbottom=True)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def add_legend(axes: Any) -> None:
    """Beside the curves if it has up to five names, above them if it has more."""
    names = axes.get_legend_handles_labels()[1]
    if len(names) <= 5:
        axes.legend(fontsize="small")
    else:
        across = max(1, LEGEND_WIDTH // (6 + max(map(len, names))))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=across, fontsize="small", frameon=False)


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
