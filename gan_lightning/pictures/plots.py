"""Curves as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gan_lightning.pictures.images import Picture

Curve = Sequence[tuple[float, float]]
"""Points (x, y)."""


def curves(panels: Mapping[str, Mapping[str, Curve]], x_label: str) -> Picture:
    """Panels one above the other, each with its title beside it and its curves by name, over the same x.

    Args:
        panels: The curves of each panel.
        x_label: What x is.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3 * len(panels)), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    all_axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, (title, named) in zip(all_axes, panels.items(), strict=True):
        for name, points in named.items():
            x, y = zip(*points, strict=True) if points else ((), ())
            axes.plot(x, y, label=name, linewidth=1)
        axes.set_ylabel(title)
        axes.grid(alpha=0.3)
        axes.legend(ncols=1 + (len(named) - 1) // 5, fontsize="small")
    all_axes[-1].set_xlabel(x_label)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
