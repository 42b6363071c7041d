"""F10: when diffusion pays: data, coverage, behaviour and information."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from difsched.baselines.registry import METHODS
from difsched.evaluation.statistics import Interval, welch
from experiments.aggregate.intervals import OURS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, look_of, save, share_scale
from experiments.rendering.tex import count, escape, provenance, seed_count, write_figure
from paper.fig9 import tick_label
from paper.shared.legend import legend, legend_inches
from paper.shared.seeds import draw_seeds
from paper.table4 import load, scores

STUDY = "payoff"
#: The same networks and critics with an actor that proposes one action.
PLAIN = "det_set"
#: Decades between two methods at the same size of the data.
ASIDE = 0.1
ROW_INCHES = 1.2
BEHAVIOURS = {"sub_agents": "sub-agents", "experts": "experts"}
INFORMATION = {"predicted": "forecast", "perfect": "truth"}
CAPTION = (
    r"When diffusion pays: normalised score (0 equal split, 100 oracle with the same information) "
    r"on configuration {config} against the windows of data. Dots: the runs, {seeds}; lines: their "
    r"mean; marks of one size of the data stand side by side. Rows: share of random reservations "
    r"in the data, each with a vertical scale of its own. Columns: who reserves in the rest of "
    r"them, composed sub-agents or experts that each time serve a random subset of the users as "
    r"well as can be, and what the method is shown, the forecast of demand or the truth. Every run "
    r"takes {steps} gradient steps. Above each panel: score of {ours} minus that of {plain}. "
    r"{marks}"
)
MARKS = (
    r"Triangle up or down: its 95\,\% interval (Welch's, for other seeds on the same data and test "
    r"windows) is above or below zero; grey: it holds zero. Of {count} differences {up} point up "
    r"and {down} down; if the two methods were alike, {chance:.1f} would by chance."
)
ONE_SEED = "One seed gives it no interval, and so nothing can be marked."


def gains(rows: pd.DataFrame) -> dict[int, Interval]:
    """Return by how much our method scores more than the plain one, by windows of data.

    Parameters
    ----------
    rows : DataFrame
        Of one panel; see ``payoff.csv``.
    """
    found = {}
    for windows, part in rows.groupby("data_windows"):
        ours, plain = (scores(part[part["method"] == name]) for name in (OURS, PLAIN))
        if len(ours) and len(plain):
            found[int(str(windows))] = welch(ours, plain)
    return found


def verdict(gain: Interval) -> str:
    """Return a difference as text, with a mark of its sign if its interval excludes zero."""
    text = f"{round(gain.mean, 1) + 0.0:+.1f}".replace("-", "\N{MINUS SIGN}")
    mark = "▲" if gain.low > 0 else "▼"
    return mark + text if gain.excludes_zero else text


def draw(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """Draw a line through the means of each method, and a dot for each of its seeds."""
    for place, name in enumerate(names):
        look, of_method = look_of(name), rows[rows["method"] == name]
        aside = 10 ** (ASIDE * (place - (len(names) - 1) / 2))
        means = of_method.groupby("data_windows")["score"].mean()
        axes.plot(
            means.index * aside,
            means,
            color=look.color,
            dashes=look.dashes or (None, None),
            marker=look.marker,
            markersize=3.5,
            linewidth=0.9,
        )
        draw_seeds(axes, of_method["data_windows"] * aside, of_method["score"], look.color)


def write_gains(axes: Axes, found: dict[int, Interval]) -> None:
    """Write the differences above a panel, each over its size of the data."""
    for windows, gain in found.items():
        axes.text(
            windows,
            1.03,
            verdict(gain),
            transform=axes.get_xaxis_transform(),
            horizontalalignment="center",
            fontsize=6.5,
            fontweight="bold" if gain.excludes_zero else "normal",
            color="black" if gain.excludes_zero else "0.5",
        )


def main() -> None:
    """Write ``paper/figures/fig10`` as PDF, PNG and TeX."""
    options = arguments()
    rows = load(options.aggregates, STUDY)
    config = rows["config"].min()
    rows = rows[rows["config"] == config]
    names = [name for name in METHODS if name in set(rows["method"])]
    sizes, shares = (sorted(rows[name].unique()) for name in ("data_windows", "random_share"))
    kinds = rows[["behaviour", "information"]].drop_duplicates().to_numpy().tolist()
    height = 0.5 + ROW_INCHES * len(shares) + legend_inches(names)
    drawing, axes = figure(PAGE_INCHES, height, len(shares), len(kinds))
    found = []
    for place, part in enumerate(axes):
        share, (behaviour, information) = shares[place // len(kinds)], kinds[place % len(kinds)]
        here = (rows["behaviour"] == behaviour) & (rows["information"] == information)
        shown = rows[here & (rows["random_share"] == share)]
        draw(part, shown, names)
        differences = gains(shown)
        write_gains(part, differences)
        found += list(differences.values())
        part.axhline(100, color="0.6", linewidth=0.6, zorder=0)
        part.set(xscale="log", xlim=(sizes[0] / 2, sizes[-1] * 2))
        title = f"{letter(place)} {BEHAVIOURS[behaviour]}, {INFORMATION[information]}"
        part.set_title(title, loc="left", pad=13)
        bottom = place >= len(axes) - len(kinds)
        part.set_xticks(sizes, [tick_label(size) if bottom else "" for size in sizes])
        part.minorticks_off()
        if bottom:
            part.set_xlabel("windows of data")
        if place % len(kinds) == 0:
            part.set_ylabel(f"{100 * share:g} % random data\nnormalised score")
    for first in range(0, len(axes), len(kinds)):
        share_scale(axes[first : first + len(kinds)])
    legend(drawing, names)
    save(drawing, "fig10")
    known = [gain for gain in found if not np.isnan(gain.half_width)]
    marks = MARKS.format(
        chance=0.05 * len(known),
        count=len(known),
        up=sum(gain.low > 0 for gain in known),
        down=sum(gain.high < 0 for gain in known),
    )
    seeds = rows["seed"].nunique()
    caption = CAPTION.format(
        config=config,
        steps=count(rows["gradient_steps"].max()),
        seeds=seed_count(seeds),
        ours=escape(METHODS[OURS].label),
        plain=escape(METHODS[PLAIN].label),
        marks=marks if known else ONE_SEED,
    )
    write_figure("fig10", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
