"""One look for every figure: sizes, fonts, and a colour, line and marker for each method."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from difsched.baselines.registry import METHODS
from difsched.utils.files import atomic
from experiments.rendering import tex

COLUMN_INCHES = 3.5  # an IEEE column
PAGE_INCHES = 7.13  # both columns; figures are printed as large as they are drawn


@dataclass(frozen=True)
class Look:
    """How a method is drawn: the same in every figure.

    Colours are Okabe and Ito's (2008), which colour-blind readers tell apart, but for their yellow,
    too light for a line; dashes and markers tell the methods apart in grey.
    """

    color: str
    marker: str
    dashes: tuple[int, ...]


LOOKS = {
    "equal": Look("#999999", "x", (1, 1)),
    "proportional": Look("#56B4E9", "+", (3, 1)),
    "mdp": Look("#E69F00", "^", (5, 1)),
    "sac": Look("#009E73", "v", (3, 1, 1, 1)),
    "bc": Look("#8C6D1F", "D", (2, 2)),
    "dql": Look("#CC79A7", "s", (6, 2)),
    "dql_set": Look("#D55E00", "o", ()),
    "oracle_predicted": Look("#0072B2", "<", (4, 2, 1, 2)),
    "oracle_bayes": Look("#5D3A9B", "P", (1, 1, 4, 1)),
    "oracle": Look("#000000", ">", (1, 2)),
    "det_set": Look("#8C3B00", "d", (4, 1)),
    "gaussian_set": Look("#E8A07A", "p", (2, 1, 1, 1)),
    "flow_set": Look("#2F6B3C", "8", (2, 1, 4, 1)),
    "dql_set_support": Look("#7F3300", "o", (1, 1, 3, 1)),
    "shortcut_set": Look("#6B8E23", "h", (4, 1, 1, 1)),
    "det_search": Look("#5C2700", "D", (1, 1)),
    "dql_published": Look("#9E4A73", "s", (3, 1, 1, 1, 1, 1)),
    "idql": Look("#B5651D", "H", (6, 1, 1, 1)),
    "rebrac": Look("#3A6EA5", "X", (2, 2, 4, 2)),
    "sac_set": Look("#00664B", "^", (1, 1, 3, 1)),
    "estimate_then_optimize": Look("#004D40", "*", (5, 1, 1, 1)),
    "neural_estimate": Look("#7A0177", "X", (3, 1, 3, 2)),
    "critic_exact": Look("#1B7837", "H", (7, 1)),
    "spo_plus": Look("#4D4D4D", "1", (1, 1, 3, 1)),
    "ips": Look("#2166AC", "2", (2, 3)),
    "dr": Look("#B2182B", "3", (4, 3)),
    "mdp_joint": Look("#B8860B", "h", (3, 2)),
    # Of allocation.
    "load_first": Look("#E69F00", "^", (5, 1)),
    "dqn": Look("#CC79A7", "s", (6, 2)),
    "ppo": Look("#0072B2", "<", (4, 2, 1, 2)),
    # Of edge computing, where they stand for what the slice's of the same look do.
    "all_local": Look("#999999", "x", (1, 1)),
    "most_late": Look("#56B4E9", "+", (3, 1)),
    "greedy": Look("#E69F00", "^", (5, 1)),
    "optimum": Look("#000000", ">", (1, 2)),
    "ppo_shared": Look("#009E73", "v", (3, 1, 1, 1)),
}
COLORS = ("#777777", "#3B7FA6", "#A65B8D", "#6B8E23", "#B36B00", "#44546A")
MARKERS = ("1", "2", "3", "4", "|", "_", ".", "X", "H", "8")
DASHES = ((4, 1, 1, 1), (2, 1), (6, 1), (1, 3), (3, 3), (8, 2))


def look_of(name: str) -> Look:
    """Return how a method is drawn; one without a look of its own gets one by its place.

    Parameters
    ----------
    name : str
        A method of the registry, or any other name, which looks like the first method without one.
    """
    if name in LOOKS:
        return LOOKS[name]
    others = [method for method in METHODS if method not in LOOKS]
    place = others.index(name) if name in others else 0
    return Look(
        COLORS[place % len(COLORS)], MARKERS[place % len(MARKERS)], DASHES[place % len(DASHES)]
    )


def figure(
    width: float, height: float, rows: int = 1, columns: int = 1
) -> tuple[Figure, list[Axes]]:
    """Return a figure of the paper's style and its axes in reading order.

    Parameters
    ----------
    width, height : float
        Inches; use ``COLUMN_INCHES`` or ``PAGE_INCHES``.
    rows, columns : int
        Grid of axes.
    """
    import seaborn  # slow to import

    seaborn.set_theme(
        context="paper",
        style="ticks",
        font_scale=0.85,
        rc={
            "font.family": "DejaVu Sans",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.6,
            "lines.linewidth": 1.2,
            "legend.frameon": False,
            "pdf.fonttype": 42,
            "savefig.dpi": 200,
        },
    )
    drawing, axes = plt.subplots(
        rows, columns, figsize=(width, height), layout="constrained", squeeze=False
    )
    return drawing, list(axes.flat)


def letter(place: int) -> str:
    """Return the letter of a panel by its place: ``(a)``, ``(b)``."""
    return f"({ascii_lowercase[place]})"


def share_scale(row: Sequence[Axes]) -> None:
    """Give a row of axes one vertical scale, written at its left end."""
    limits = [axes.get_ylim() for axes in row]
    for axes in row:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
    for axes in row[1:]:
        axes.set_yticklabels([])


def save(drawing: Figure, name: str) -> None:
    """Write ``paper/figures/NAME.pdf`` and ``.png``; equal drawings give equal bytes."""
    # Axes within a part of a figure have their final places at the second drawing.
    drawing.draw_without_rendering()
    for suffix, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
        with atomic(tex.FIGURES / f"{name}.{suffix}") as path:
            drawing.savefig(path, metadata=metadata)
    plt.close(drawing)
