"""F10: when diffusion pays: data, coverage, behaviour and information."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from difsched.baselines.registry import METHODS
from difsched.evaluation.statistics import Interval, welch
from experiments.aggregate.intervals import LEVEL, OURS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, look_of, save, share_scale
from experiments.rendering.tex import count, escape, provenance, seed_count, write_figure
from paper.fig9 import tick_label
from paper.shared.left_out import write_not_run
from paper.shared.legend import legend, legend_inches
from paper.shared.seeds import draw_seeds
from paper.table4 import load, scores

STUDY = "payoff"
#: The same networks and critics with an actor that proposes one action, and the same weights with a
#: search around it: the setting of decisions that makes it one.
PLAIN, SEARCHED, SEARCH = "det_set", "det_search", "exchanged"
#: Decades between two methods at the same size of the data.
ASIDE = 0.1
ROW_INCHES = 0.9
#: Points from a line of differences to the next.
LINE_POINTS = 8
BEHAVIOURS = {"sub_agents": "sub-agents", "experts": "experts"}
INFORMATION = {"predicted": "forecast", "perfect": "truth"}
CAPTION = (
    r"When diffusion pays: normalised score (0 equal split, 100 oracle with the same information) "
    r"on configuration {config} against the windows of data. Dots: the runs, {seeds}; lines: their "
    r"mean; marks of one size of the data stand side by side. Rows: share of random reservations "
    r"in the data, each with a vertical scale of its own. Columns: who reserves in the rest of "
    r"them, composed sub-agents or experts that each time serve a random subset of the users as "
    r"well as can be, and what the method is shown, the forecast of demand or the truth. Every run "
    r"takes {steps} gradient steps. Above each panel: score of {ours} minus that of {rivals}. "
    r"{marks}"
)
MARKS = (
    r"Triangle up or down: its 95\,\% interval (Welch's, for other seeds on the same data and test "
    r"windows) is above or below zero; grey: it holds zero. {counts}; if two methods were alike, "
    r"{chance:.1f} would by chance."
)
COUNT = "{count} differences to {rival} {up} point up and {down} down"
ONE_SEED = "One seed gives it no interval, and so nothing can be marked."


def actors(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the runs on the first configuration score, the plain actor with search as one."""
    rows = rows[rows["config"] == rows["config"].min()]
    found = rows[(rows["method"] == PLAIN) & (rows["field"] == SEARCH)]
    return pd.concat([rows[rows["field"].isna()], found.assign(method=SEARCHED)])


def gains(rows: pd.DataFrame, rival: str = PLAIN) -> dict[int, Interval]:
    """Return by how much our method scores more than another, by windows of data.

    Parameters
    ----------
    rows : DataFrame
        The `actors` of one panel.
    rival : str, optional
    """
    found = {}
    for windows, part in rows.groupby("data_windows"):
        ours, theirs = (scores(part[part["method"] == name]) for name in (OURS, rival))
        if len(ours) and len(theirs):
            found[int(str(windows))] = welch(ours, theirs)
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


def write_gains(axes: Axes, found: dict[int, Interval], line: int) -> None:
    """Write differences above a panel, each over its size of the data, on a line from 0."""
    for windows, gain in found.items():
        axes.annotate(
            verdict(gain),
            (windows, 1),
            (0, 2 + LINE_POINTS * line),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            horizontalalignment="center",
            fontsize=6.5,
            fontweight="bold" if gain.excludes_zero else "normal",
            color="black" if gain.excludes_zero else "0.5",
        )


def marks_of(found: Mapping[str, list[Interval]]) -> str:
    """Return what marks of differences say, and how many there are of each rival, by its label."""
    known = {
        rival: [gain for gain in gains if not np.isnan(gain.half_width)]
        for rival, gains in found.items()
    }
    if not any(known.values()):
        return ONE_SEED
    counts = [
        COUNT.format(
            rival=rival,
            count=len(gains),
            up=sum(gain.low > 0 for gain in gains),
            down=sum(gain.high < 0 for gain in gains),
        )
        for rival, gains in known.items()
    ]
    chance = (1 - LEVEL) * max(map(len, known.values()))
    return MARKS.format(counts=f"Of {', of '.join(counts)}", chance=chance)


def main() -> None:
    """Write ``paper/figures/fig10`` as PDF, PNG and TeX."""
    options = arguments()
    rows = actors(load(options.aggregates, STUDY))
    if rows.empty:
        write_not_run("fig10", "When diffusion pays", options)
        return
    names = [name for name in METHODS if name in set(rows["method"])]
    rivals = [name for name in (PLAIN, SEARCHED) if name in names]
    sizes, shares = (sorted(rows[name].unique()) for name in ("data_windows", "random_share"))
    kinds = rows[["behaviour", "information"]].drop_duplicates().to_numpy().tolist()
    above = LINE_POINTS * len(rivals)
    height = 0.5 + (ROW_INCHES + above / 72) * len(shares) + legend_inches(names)
    drawing, axes = figure(PAGE_INCHES, height, len(shares), len(kinds))
    found: dict[str, list[Interval]] = {name: [] for name in rivals}
    for place, part in enumerate(axes):
        share, (behaviour, information) = shares[place // len(kinds)], kinds[place % len(kinds)]
        here = (rows["behaviour"] == behaviour) & (rows["information"] == information)
        shown = rows[here & (rows["random_share"] == share)]
        draw(part, shown, names)
        for line, rival in enumerate(reversed(rivals)):
            differences = gains(shown, rival)
            write_gains(part, differences, line)
            found[rival] += differences.values()
        part.axhline(100, color="0.6", linewidth=0.6, zorder=0)
        part.set(xscale="log", xlim=(sizes[0] / 2, sizes[-1] * 2))
        title = f"{letter(place)} {BEHAVIOURS[behaviour]}, {INFORMATION[information]}"
        part.set_title(title, loc="left", pad=5 + above)
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
    marks = marks_of({escape(METHODS[name].label): gains for name, gains in found.items()})
    seeds = rows["seed"].nunique()
    caption = CAPTION.format(
        config=rows["config"].min(),
        steps=count(rows["gradient_steps"].max()),
        seeds=seed_count(seeds),
        ours=escape(METHODS[OURS].label),
        rivals=" and, beneath, of ".join(escape(METHODS[name].label) for name in rivals),
        marks=marks,
    )
    write_figure("fig10", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
