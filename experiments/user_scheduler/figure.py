"""The figure of a scheduler from outside: its scores beside those of the reference."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from difsched.baselines.registry import METHODS
from difsched.evaluation.statistics import Interval
from experiments.aggregate.rows import ConfigId, SummaryRow
from experiments.rendering.style import LOOKS, PAGE_INCHES, Look, figure, look_of, save

#: How the scheduler is drawn: like no method of the suite.
OWN_LOOK = Look("#000000", "*", ())
#: They are what a score is measured by.
SCALE = ("equal", "oracle_predicted", "oracle")
HEIGHT = 3.0
#: Scores that are shown: what lies far below the equal split is in the table.
LOWEST = -50.0
WIDTH = 0.7


def draw(rows: Sequence[SummaryRow], own: str, folder: Path) -> None:
    """Write ``score.pdf`` and ``score.png``.

    Parameters
    ----------
    rows : sequence of SummaryRow
        Of ``summary.csv``; of the others those methods are drawn that have a look of their
        own in the paper.
    own : str
        The scheduler's name.
    folder : Path
    """
    scored: dict[str, dict[ConfigId, Interval]] = {}
    for row in rows:
        shown = row.method == own or (row.method in LOOKS and row.method not in SCALE)
        if shown and row.score is not None:
            scored.setdefault(row.method, {})[row.config] = row.score
    configs = list(dict.fromkeys(row.config for row in rows))
    drawing, (axes,) = figure(PAGE_INCHES, HEIGHT)
    for place, (name, found) in enumerate(scored.items()):
        look = OWN_LOOK if name == own else look_of(name)
        shift = WIDTH * (place - (len(scored) - 1) / 2) / len(scored)
        half_widths = [score.half_width for score in found.values()]
        axes.errorbar(
            [configs.index(config) + shift for config in found],
            [score.mean for score in found.values()],
            yerr=np.nan_to_num(np.array(half_widths, dtype=np.float64)),
            fmt=look.marker,
            color=look.color,
            markersize=8 if name == own else 3.5,
            elinewidth=0.9,
            label=METHODS[name].label,
        )
    axes.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    axes.axhline(100, color="0.6", linewidth=0.6, zorder=0)
    axes.set_ylim(bottom=max(LOWEST, axes.get_ylim()[0]))
    axes.set_xticks(range(len(configs)), [str(config) for config in configs])
    axes.set(xlabel="configuration", ylabel="normalised score\n(0 equal split, 100 oracle)")
    if scored:
        drawing.legend(loc="outside upper center", ncols=min(5, len(scored)), columnspacing=1.2)
    # An absolute path: not beside the paper's figures.
    save(drawing, str(folder.resolve() / "score"))
