"""Dots for single seeds, beside the mark of their mean."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

#: Points to the right of the mean.
BESIDE = 3.5


def draw_seeds(axes: Axes, x: "pd.Series[float]", y: "pd.Series[float]", color: str) -> None:
    """Draw a dot for each seed, right beside its mean.

    Parameters
    ----------
    axes : Axes
        Where; its limits come to hold every dot, unless they are set by hand.
    x, y : Series
        A seed each, in data coordinates; ``x`` is where the mean is drawn.
    color : str
        Of the method.
    """
    beside = offset_copy(axes.transData, axes.get_figure(root=True), x=BESIDE, units="points")
    axes.plot(x, y, ".", color=color, markersize=2.5, transform=beside)
    # Of a line with a transform of its own the axes take no notice.
    axes.update_datalim(np.column_stack([x, y]))
    axes.autoscale_view()
