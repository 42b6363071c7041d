"""F13: allocation: scores by mode and size, learning by interaction, and its ablations."""

from collections.abc import Mapping, Sequence
from itertools import count

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from difsched.baselines.method import Method
from difsched.baselines.registry import methods
from difsched.env.alloc.config import CONFIGURATIONS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, look_of, save
from experiments.rendering.tex import escape, provenance, seed_count, write_figure
from paper.shared.left_out import left_out

TABLES = ("alloc_main", "alloc_summary", "alloc_curves", "alloc_ablation")
#: Whose scores are shown, top down, and in which modes at which sizes.
SHOWN = (
    *("random", "proportional", "drf", "load_first", "linear", "stochastic", "aged"),
    *("bc", "iql", "cql", "td3_bc", "det_set", "gaussian_set", "flow_set", "dql_set"),
    *("dqn", "ppo", "sac"),
)
MODES = ("leontief", "forecast", "backlog")
#: Size -> whether its marks are filled, and how far its marks stand above the middle of the row.
SIZES = {"3x5": (True, 0.17), "5x10": (False, -0.17)}
#: Whose learning is shown, on which configurations, beside the levels of what learns nothing.
LEARNED = ("dqn", "ppo", "sac")
LEVELS = ("equal", "load_first", "oracle")
CURVES = ("leontief_3x5", "backlog_3x5")
#: Scores below this are drawn at the edge.
LEAST = -30.0
#: Of the two rows, inches.
HEIGHTS = (3.1, 3.3)
CAPTION = (
    r"Allocation. Top: normalised score (0 the equal split, waste returned, 100 the optimum with "
    r"everything known, which none can exceed) of rules and learners; filled: R 3, T 5, open: R 5, "
    r"T 10; bars: 95\,\% intervals for other seeds and other test episodes, where there is more "
    r"than one seed; dots: each seed. {cut}Bottom: reward during training by interaction, mean of "
    r"{windows} test windows; thick lines: mean over {seeds}, thin lines: each seed; levels: "
    r"methods that learn nothing, on all test windows. Nothing is selected by these curves. "
    r"{below} Right: the ablations on leontief 3x5, 32,000 windows of interaction each; circles: "
    r"mean, dots: each seed; the dotted line: DQN as it is. Reward and scaling are scored by the "
    r"references of their own problem; windows do not depend on one another, so double Q-learning "
    r"changes nothing."
)


def draw_scores(
    axes: Axes, mode: str, names: Sequence[str], summary: pd.DataFrame, runs: pd.DataFrame
) -> None:
    """Draw the scores of a mode, a method a row, at both sizes."""
    places = {name: -place for place, name in enumerate(names)}
    numbers = CONFIGURATIONS.names()
    for size, (filled, above) in SIZES.items():
        config = numbers[f"{mode}_{size}"]
        rows = summary[(summary["config"] == config) & summary["method"].isin(names)]
        for row in rows.dropna(subset="score").to_dict("records"):
            look, at = look_of(str(row["method"])), places[str(row["method"])] + above
            width = 0.0 if pd.isna(row["score_half_width"]) else float(row["score_half_width"])
            axes.errorbar(
                max(float(row["score"]), LEAST),
                at,
                xerr=width if row["score"] > LEAST else 0,
                color=look.color,
                marker="o",
                markersize=3.2,
                markerfacecolor=look.color if filled else "white",
                linewidth=0.7,
            )
            each = runs[(runs["config"] == config) & (runs["method"] == row["method"])]
            if len(each) > 1:
                below = at - 0.13
                axes.plot(each["score"].clip(LEAST), [below] * len(each), ".k", markersize=1.8)
    axes.axvline(100, color="black", linewidth=0.6, dashes=(1, 2))
    axes.axvline(0, color="0.6", linewidth=0.6, dashes=(1, 1))
    axes.set_yticks(list(places.values()))
    axes.set(xlabel="normalised score", xlim=(LEAST - 3, 104), ylim=(-len(names) + 0.4, 0.6))
    axes.grid(axis="y", linewidth=0.3, color="0.92")


def draw_curves(axes: Axes, curves: pd.DataFrame, runs: pd.DataFrame) -> None:
    """Draw the reward by windows of interaction: levels, a line a method and a thin one a seed."""
    for name in LEVELS:
        level, look = -runs.loc[runs["method"] == name, "loss"], look_of(name)
        if len(level):
            axes.axhline(level.mean(), color=look.color, dashes=look.dashes, linewidth=0.9)
    for name in LEARNED:
        rows, look = curves[curves["method"] == name], look_of(name)
        for _, seed in rows.groupby("seed"):
            axes.plot(seed["amount"] / 1000, -seed["loss"], color=look.color, linewidth=0.4)
        place = rows.groupby("seed").cumcount()
        mean = rows.groupby(place)[["amount", "loss"]].mean()
        axes.plot(
            mean["amount"] / 1000,
            -mean["loss"],
            color=look.color,
            dashes=look.dashes or (None, None),
            marker=look.marker,
            markersize=3,
        )
    axes.set(xlabel="windows of interaction (1,000)", ylabel="mean reward")


def draw_ablation(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the scores of the ablations, a variant a row, in the order of the study."""
    rows = rows[rows["tested"].isna()]
    names = list(dict.fromkeys(rows["variant"]))
    labels = []
    for place, name in enumerate(names):
        own = rows[rows["variant"] == name]
        color = look_of(str(own["method"].iloc[0])).color
        axes.plot(own["score"].clip(LEAST), [-place - 0.38] * len(own), ".k", markersize=1.8)
        axes.plot(max(own["score"].mean(), LEAST), -place, "o", color=color, markersize=3.2)
        group, label = own["group"].iloc[0], own["label"].iloc[0]
        labels.append(str(label) if group == "Exploration" else f"{group}: {label}")
    if "dqn" in names:
        level = rows.loc[rows["variant"] == "dqn", "score"].mean()
        axes.axvline(level, color="0.4", linewidth=0.6, dashes=(1, 2))
    axes.set_yticks([-place for place in range(len(names))], labels, fontsize=6)
    axes.set(xlabel="normalised score", ylim=(-max(len(names), 1) + 0.4, 0.6))
    axes.grid(axis="y", linewidth=0.3, color="0.92")


def not_above(summary: pd.DataFrame, known: Mapping[str, Method]) -> str:
    """Return the sentence that says whose training ends no higher than the equal split."""
    numbers = [CONFIGURATIONS.names()[name] for name in CURVES]
    rows = summary[summary["method"].isin(LEARNED) & summary["config"].isin(numbers)]
    low = rows[rows["score"] <= 0]
    if low.empty:
        return "All that are shown end above the equal split."
    named = [
        f"{known[str(row['method'])].label} on {CONFIGURATIONS.name_of(int(row['config']))}"
        for row in low.to_dict("records")
    ]
    return escape(f"No higher than the equal split ends: {', '.join(named)}.".replace("_", " "))


def keys(names: Sequence[str], known: Mapping[str, Method]) -> list[Line2D]:
    """Return the keys of lines."""
    found = []
    for name in names:
        look = look_of(name)
        marker = look.marker if name in LEARNED else ""
        key = Line2D([], [], color=look.color, marker=marker, markersize=3, linewidth=0.9)
        key.set_dashes(look.dashes or (None, None))
        key.set_label(known[name].label)
        found.append(key)
    return found


def main() -> None:
    """Write ``paper/figures/fig13`` as PDF, PNG and TeX."""
    options = arguments()
    if left_out("fig13", "Allocation", TABLES, options):
        return
    text = {"group": str, "label": str}
    runs, summary, curves, ablation = (
        pd.read_csv(options.aggregates / f"{name}.csv", dtype=text) for name in TABLES
    )
    known = methods("alloc")
    names = [name for name in SHOWN if name in set(summary["method"])]
    drawing, (canvas,) = figure(PAGE_INCHES, sum(HEIGHTS))
    canvas.remove()
    top, bottom = drawing.subfigures(2, 1, squeeze=False, height_ratios=HEIGHTS)[:, 0]
    letters = map(letter, count())

    row = top.subplots(1, len(MODES), sharey=True)
    for axes, mode in zip(row, MODES, strict=True):
        draw_scores(axes, mode, names, summary, runs)
        axes.set_title(f"{next(letters)} {mode}", loc="left")
    row[0].set_yticklabels([known[name].label for name in names])

    left, right = bottom.subfigures(1, 2, squeeze=False, width_ratios=(1, 1.25))[0]
    for axes, name in zip(left.subplots(len(CURVES), 1, sharex=True), CURVES, strict=True):
        number = CONFIGURATIONS.names()[name]
        draw_curves(axes, *(table[table["config"] == number] for table in (curves, runs)))
        axes.set_title(f"{next(letters)} {name.replace('_', ' ')}", loc="left")
        axes.label_outer()
    shown = [name for name in (*LEVELS, *LEARNED) if name in set(runs["method"])]
    left.legend(handles=keys(shown, known), loc="outside upper center", ncols=2, handlelength=2.6)
    axes = right.subplots()
    draw_ablation(axes, ablation)
    axes.set_title(f"{next(letters)} ablations", loc="left")

    save(drawing, "fig13")
    learning = curves[curves["method"].isin(LEARNED)]
    shown_scores = summary.loc[summary["method"].isin(names), "score"]
    cut = min(shown_scores.min(), ablation["score"].min()) < LEAST
    caption = CAPTION.format(
        cut=rf"Scores below ${LEAST:g}$ stand at the edge. " if cut else "",
        windows=learning["windows"].max() if len(learning) else 0,
        seeds=seed_count(learning["seed"].nunique()),
        below=not_above(summary, known),
    )
    write_figure("fig13", f"{caption} {provenance(options, traffic=False)}", wide=True)


if __name__ == "__main__":
    main()
