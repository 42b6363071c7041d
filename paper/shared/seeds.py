"""How many seeds stand behind a mean, in words, and a dot for each beside its mark."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from difsched.baselines.method import Method
from experiments.rendering.tex import escape, seed_count

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


def seeds_told(counts: "pd.Series[int]", known: Mapping[str, Method]) -> str:
    """Return how many seeds the methods that are trained by gradient have: ``3 seeds``.

    Where some have more than the rest they are named: ``3 seeds (10 of Det-Set and DQL-Set)``.

    Parameters
    ----------
    counts : Series
        Method -> its seeds.
    known : mapping
        The methods of a family by name.
    """
    trained = counts[[known[str(name)].training is not None for name in counts.index]]
    usual = int(trained.mode().max()) if len(trained) else 1
    told = [
        f"{count} of {listed([escape(one.label) for name, one in known.items() if name in some])}"
        for count, some in trained[trained > usual].groupby(trained)
    ]
    return seed_count(usual) + (f" ({', '.join(told)})" if told else "")


def listed(words: list[str]) -> str:
    """Return words as a sentence lists them: ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
