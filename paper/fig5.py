"""F5: performance profiles of the normalised score."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from baselines.registry import METHODS
from difsched.env.slice.link import Floats
from difsched.evaluation.profiles import performance_profile, prediction_reach, profile_band
from difsched.evaluation.windows import EPISODE_WINDOWS
from experiments.summaries import OURS
from paper.legend import legend, legend_inches
from paper.style import PAGE_INCHES, arguments, figure, look_of, save
from paper.tex import escape, provenance, write_figure

#: Scores that are shown: what lies far below the equal split is in the tables.
SHOWN = (-10.0, 110.0)
#: And those that are shown again, larger.
CLOSE = (85.0, 108.0)
CAPTION = (
    r"Performance profiles: share of a method's runs with a normalised score of at least $\tau$ "
    r"(0 equal split, 100 oracle with the same information). Left and, larger, middle: methods "
    r"with seeds, {learned} runs each (configurations times seeds); right: the others, {fixed} "
    r"runs; {ours} in both. A marker is a run. Shaded: the profiles of all runs moved down and up "
    r"by half widths of 95\,\% prediction intervals, Student's $t$ over a configuration's seeds "
    r"joined with the jackknife over {episodes} test episodes of {windows} windows{bare}; middle: "
    r"of {ours} alone. Methods are shown on the configurations that they serve."
)
BARE = "; none where one seed gives no interval"


def draw_profile(axes: Axes, name: str, scores: Floats) -> None:
    """Draw a method's profile and a marker at each of its runs; scores (S, M)."""
    look, runs = look_of(name), np.sort(scores, axis=None)
    heights = performance_profile(scores, runs)
    # It falls just after the score of a run: a step that holds from the left up to the run.
    axes.step(
        [min(SHOWN[0], runs[0]), *runs, runs[-1]],
        [1, *heights, 0],
        where="pre",
        color=look.color,
        dashes=look.dashes or (None, None),
        linewidth=0.9,
    )
    axes.plot(runs, heights, look.marker, color=look.color, markersize=2.5, markeredgewidth=0.7)


def draw_band(axes: Axes, name: str, scores: Floats, reach: Floats) -> None:
    """Draw the band of a method's profile; scores (S, M), and their reach (M,)."""
    thresholds = np.unique([SHOWN[0], *(scores - reach).flat, *(scores + reach).flat])
    low, high = profile_band(scores, reach, thresholds)
    color = look_of(name).color
    axes.fill_between(thresholds, low, high, step="pre", color=color, alpha=0.15, linewidth=0)


def main() -> None:
    """Write ``paper/figures/fig5`` as PDF, PNG and TeX."""
    options = arguments()
    runs = pd.read_csv(options.aggregates / "main.csv").dropna(subset="score")
    summary = pd.read_csv(options.aggregates / "summary.csv").set_index("config")
    found = set(runs["method"]) - {"equal"}
    names = [name for name in METHODS if name in found and METHODS[name].section != "oracles"]
    learned = [name for name in names if METHODS[name].training is not None]
    fixed = [name for name in names if name not in learned]
    if OURS in learned and fixed:
        fixed.append(OURS)
    panels = [(learned, SHOWN), (learned, CLOSE), (fixed, SHOWN)]
    drawing, axes = figure(PAGE_INCHES, 2.2 + legend_inches(names), 1, len(panels))
    for part, (panel, limits) in zip(axes, panels, strict=True):
        for name in panel:
            rows = runs[runs["method"] == name]
            scores = rows.pivot(index="seed", columns="config", values="score")
            rows = summary[summary["method"] == name].loc[scores.columns]
            reach = prediction_reach(rows["score_seeds"], rows["score_episodes"], len(scores))
            draw_profile(part, name, scores.to_numpy())
            if np.isfinite(reach).all() and (limits == SHOWN or name == OURS):
                draw_band(part, name, scores.to_numpy(), reach)
        part.set(xlim=limits, ylim=(-0.03, 1.05), xlabel=r"normalised score $\tau$")
        part.axvline(100, color="0.6", linewidth=0.6, zorder=0)
    axes[0].set_ylabel("share of runs")
    legend(drawing, names)
    save(drawing, "fig5")
    sizes = runs.groupby("method").size()
    caption = CAPTION.format(
        learned=max((sizes[name] for name in learned), default=0),
        fixed=max((sizes[name] for name in fixed if name != OURS), default=0),
        ours=escape(METHODS[OURS].label),
        episodes=summary["episodes"].max(),
        windows=EPISODE_WINDOWS,
        bare=BARE if summary["score_half_width"].isna().any() else "",
    )
    write_figure("fig5", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
