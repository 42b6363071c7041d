"""The legend of figures that show many methods."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from difsched.baselines.method import Method
from difsched.baselines.registry import METHODS
from experiments.rendering.style import look_of

COLUMNS = 5
ROW_INCHES = 0.16


def legend_inches(names: Sequence[str]) -> float:
    """Return the height that a legend of so many methods takes."""
    return ROW_INCHES * math.ceil(len(names) / COLUMNS)


def legend(drawing: Figure, names: Sequence[str], known: Mapping[str, Method] = METHODS) -> None:
    """Write the methods' names above a figure, each beside its line and marker.

    Parameters
    ----------
    drawing : Figure
    names : sequence of str
    known : mapping
        The methods of the figure's family by name.
    """
    keys = []
    for name in names:
        look = look_of(name)
        key = Line2D([], [], color=look.color, marker=look.marker, markersize=3.5, linewidth=0.9)
        key.set_dashes(look.dashes or (None, None))
        key.set_label(known[name].label)
        keys.append(key)
    drawing.legend(
        handles=keys,
        loc="outside upper center",
        ncols=min(COLUMNS, len(keys)),
        handlelength=2.8,
        columnspacing=1.2,
    )
