"""F5: performance profiles of the normalised score."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from difsched.baselines.registry import METHODS
from difsched.evaluation.profiles import performance_profile, prediction_reach, profile_band
from difsched.family import EPISODE_WINDOWS
from difsched.typing import Floats
from experiments.aggregate.intervals import OURS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, look_of, save
from experiments.rendering.tex import escape, provenance, write_figure
from paper.shared.legend import legend, legend_inches

#: Least score that is shown, what lies far below the equal split is in the tables; and the least
#: of those that are shown again, larger.
LEAST, CLOSE = -10.0, 85.0
CAPTION = (
    r"Performance profiles: share of a method's runs with a normalised score of at least $\tau$ (0 "
    r"equal split, 100 oracle with the same information). (a) and, larger, (b): methods that are "
    r"trained by gradient, {learned} runs each (configurations times seeds); (c): the others, "
    r"{fixed} runs, and {ours}. A marker is a run{below}. Shaded: the profiles of all runs moved "
    r"down and up by half widths of 95\,\% prediction intervals, Student's $t$ over a "
    r"configuration's seeds joined with the jackknife over {episodes} test episodes of {windows} "
    r"windows{bare}; (b): of {ours} alone. Methods are shown on the configurations that they serve."
)
BARE = "; none where one seed gives no interval"
BELOW = r"; runs below ${least:g}$ are left of the axes: {names}"


def draw_profile(axes: Axes, name: str, scores: Floats, least: float) -> None:
    """Draw a method's profile from a score on, and a marker at each of its runs; scores (S, M)."""
    look, runs = look_of(name), np.sort(scores[scores >= least], axis=None)
    heights = performance_profile(scores, runs)
    end = runs[-1] if len(runs) else least
    # It falls just after the score of a run: a step that holds from the left up to the run.
    axes.step(
        [least, *runs, end],
        [*performance_profile(scores, np.array([least])), *heights, 0],
        where="pre",
        color=look.color,
        dashes=look.dashes or (None, None),
        linewidth=0.9,
    )
    axes.plot(runs, heights, look.marker, color=look.color, markersize=2.5, markeredgewidth=0.7)


def draw_band(axes: Axes, name: str, scores: Floats, reach: Floats, least: float) -> None:
    """Draw the band of a method's profile from a score on; scores (S, M), and reach (M,)."""
    ends = np.concatenate([scores - reach, scores + reach], axis=None)
    thresholds = np.unique([least, *ends[ends >= least]])
    low, high = profile_band(scores, reach, thresholds)
    color = look_of(name).color
    axes.fill_between(thresholds, low, high, step="pre", color=color, alpha=0.15, linewidth=0)


def below(runs: pd.DataFrame, names: list[str]) -> str:
    """Return the clause of the caption on runs that score less than is shown, empty without any."""
    counts = runs[runs["score"] < LEAST].groupby("method").size()
    found = [f"{counts[name]} of {escape(METHODS[name].label)}" for name in names if name in counts]
    return BELOW.format(least=LEAST, names=", ".join(found)) if found else ""


def spread(counts: list[int]) -> str:
    """Return counts in words: ``24``, or ``24 to 80`` where they differ."""
    ends = sorted({min(counts, default=0), max(counts, default=0)})
    return " to ".join(map(str, ends))


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
    panels = [(learned, LEAST), (learned, CLOSE), (fixed, LEAST)]
    drawing, axes = figure(PAGE_INCHES, 2.2 + legend_inches(names), 1, len(panels))
    for place, (part, (panel, least)) in enumerate(zip(axes, panels, strict=True)):
        for name in panel:
            rows = runs[runs["method"] == name]
            scores = rows.pivot(index="seed", columns="config", values="score")
            rows = summary[summary["method"] == name].loc[scores.columns]
            reach = prediction_reach(rows["score_seeds"], rows["score_episodes"], len(scores))
            draw_profile(part, name, scores.to_numpy(), least)
            if np.isfinite(reach).all() and (least == LEAST or name == OURS):
                draw_band(part, name, scores.to_numpy(), reach, least)
        part.set(ylim=(-0.03, 1.05), xlabel=r"normalised score $\tau$")
        part.set_xlim(least, max(100 + (100 - least) / 12, part.get_xlim()[1]))
        part.set_title(letter(place), loc="left")
        part.axvline(100, color="0.6", linewidth=0.6, zorder=0)
    axes[0].set_ylabel("share of runs")
    legend(drawing, names)
    save(drawing, "fig5")
    sizes = runs.groupby("method").size()
    caption = CAPTION.format(
        learned=spread([int(sizes[name]) for name in learned]),
        fixed=max((sizes[name] for name in fixed if name != OURS), default=0),
        ours=escape(METHODS[OURS].label),
        episodes=summary["episodes"].max(),
        windows=EPISODE_WINDOWS,
        below=below(runs, names),
        bare=BARE if summary["score_half_width"].isna().any() else "",
    )
    write_figure("fig5", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
