"""A legend of many names covers no curve."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gan_lightning.pictures.plots import add_legend


@pytest.mark.parametrize("names", [list("0123456789"), [f"conditional_dcgan: textbook loop {i}" for i in range(8)]])
def test_more_than_five_names_stand_above_the_curves_and_within_the_picture(names):
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    canvas, axes = FigureCanvasAgg(figure), figure.subplots()
    for name in names:
        axes.plot([0, 1], [0, 1], label=name)
    add_legend(axes)
    canvas.draw()
    legend, panel, picture = axes.get_legend().get_window_extent(), axes.get_window_extent(), figure.bbox
    assert legend.y0 >= panel.y1 - 1
    assert legend.y1 <= picture.y1
    assert picture.x0 <= legend.x0
    assert legend.x1 <= picture.x1
