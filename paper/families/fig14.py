"""F14: the map of methods: what each kind loses, by memory, link and logged data."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from difsched.baselines.method import Method
from difsched.baselines.registry import methods
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, save
from experiments.rendering.tex import provenance, seed_count, write_figure
from paper.shared.left_out import left_out, write_not_run

TABLE = "sequential_map"
#: Words of a variant's name, by axis: their order in the figure, and how they are printed.
MEMORY = {
    "none": "nothing waits",
    "waiting": "packets wait",
    "hidden": "they wait, channel hidden",
}
LINK = {"logistic": "logistic link", "plateaus": "two plateaus"}
#: Logs: the marker, and how far its marks stand above the middle of the row.
DATA = {
    "random": ("o", 0.26, "all random"),
    "mixed": ("s", 0.0, "half random"),
    "narrow": ("^", -0.26, "sub-agents alone"),
}
TOLD = "told"
#: Whose losses are lines instead of rows: the scale's two ends.
LINES = {"oracle_predicted": ("0.35", (3, 1.5)), "bound": ("0", (1, 1.5))}
#: Kind of method -> its colour, its name, and its methods, top down.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "told the link": (
        "#0072B2",
        ("deadline", "round_robin", "predictive", "filter_round_robin", "filter_predictive"),
    ),
    "estimate, then optimise": (
        "#004D40",
        (
            *("estimate_then_optimize", "estimate_isotonic", "neural_estimate"),
            *("estimate_memory", "estimate_round_robin"),
        ),
    ),
    "critic, then optimise": ("#CC79A7", ("critic_exact",)),
    "actor and critic": ("#D55E00", ("det_set", "dql_set")),
}
#: Of the horizontal axes, percent.
TICKS = (0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 70, 100)
#: How far a row's horizontal axis goes beyond its least and its most, as a factor.
BEYOND = 1.1
#: Inches a row of methods, and of a row's title and axis.
ROW, AROUND = 0.12, 0.5
CAPTION = (
    r"Lost packets of new ones, where methods differ in what they know, by what makes windows "
    r"depend on one another (rows) and by the link (columns), on eight users of five channel "
    r"classes. Circles, squares, triangles: learned from windows that are all random, half random, "
    r"or the sub-agents' alone; diamonds: told the link, which takes no log. Marks: means over "
    r"{seeds}; dots: each seed. Dashed: the oracle of the window, told the link, its forecast "
    r"taken for the truth (score 0); dotted: the certified bound (100). Horizontal axes are "
    r"logarithmic."
)


def split(runs: pd.DataFrame) -> pd.DataFrame:
    """Return runs with the words of their variant's name in columns of their own."""
    words = runs["variant"].str.split("_", expand=True).reindex(columns=range(3))
    return runs.assign(memory=words[0], link=words[1], data=words[2])


def rows_of(runs: pd.DataFrame) -> list[str]:
    """Return the methods that are drawn in a row of panels, top down."""
    there = set(runs["method"])
    return [name for _, names in KINDS.values() for name in names if name in there]


def draw(axes: Axes, names: Sequence[str], runs: pd.DataFrame) -> None:
    """Draw a panel: a method a row, a mark a log, and the scale's two ends as lines."""
    colors = {name: color for color, members in KINDS.values() for name in members}
    for place, name in enumerate(names):
        for data, own in runs[runs["method"] == name].groupby("data"):
            marker, above, _ = DATA.get(str(data), ("D", 0.0, ""))
            lost, at = 100 * own["loss"], above - place
            if len(own) > 1:
                axes.plot(lost, [at] * len(own), ".k", markersize=2, zorder=3)
            color = colors[name]
            axes.plot(lost.mean(), at, marker, color=color, markersize=4, markeredgewidth=0)
    for name, (color, dashes) in LINES.items():
        level = runs.loc[runs["method"] == name, "loss"]
        if len(level):
            axes.axvline(100 * level.mean(), color=color, linewidth=0.9, dashes=dashes, zorder=0)
    axes.set_xscale("log")
    axes.set_yticks([-place for place in range(len(names))])
    axes.set_ylim(0.4 - max(len(names), 1), 0.6)
    axes.grid(axis="y", linewidth=0.3, color="0.9")


def scale(axes: Axes, runs: pd.DataFrame) -> None:
    """Let the horizontal axis, which a row of panels shares, span what the row's runs lost."""
    low, high = 100 * runs["loss"].min() / BEYOND, 100 * runs["loss"].max() * BEYOND
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(low, high)


def keys() -> list[Line2D]:
    """Return the keys of kinds and logs."""
    kinds = [(color, "D", name) for name, (color, _) in KINDS.items()]
    logs = [("0.3", marker, words) for marker, _, words in DATA.values()]
    return [
        Line2D([], [], color=color, marker=marker, linestyle="", markersize=4, label=label)
        for color, marker, label in (*kinds, *logs)
    ]


def draw_all(runs: pd.DataFrame, known: dict[str, Method]) -> None:
    """Draw and save the figure."""
    memories = {word: said for word, said in MEMORY.items() if word in set(runs["memory"])}
    named = {word: rows_of(runs[runs["memory"] == word]) for word in memories}
    heights = [AROUND + ROW * len(names) for names in named.values()] or [1.0]
    drawing, (canvas,) = figure(PAGE_INCHES, sum(heights) + 0.4)
    canvas.remove()
    panels = drawing.subplots(
        len(heights), len(LINK), squeeze=False, sharex="row", height_ratios=heights
    )
    for i, (memory, names) in enumerate(named.items()):
        row = runs[runs["memory"] == memory]
        for j, (link, said) in enumerate(LINK.items()):
            axes = panels[i, j]
            own = row[row["link"] == link]
            draw(axes, names, own)
            title = f"{letter(len(LINK) * i + j)} {memories[memory]}, {said}"
            axes.set_title(title, loc="left", fontsize=8)
            axes.set_yticklabels([known[name].label for name in names] if j == 0 else [])
        scale(panels[i, 0], row)
    for axes in panels[-1]:
        axes.set_xlabel("lost packets (%)")
    drawing.legend(handles=keys(), loc="outside upper center", ncols=4, handletextpad=0.2)
    save(drawing, "fig14")


def main() -> None:
    """Write ``paper/figures/fig14`` as PDF, PNG and TeX."""
    options = arguments()
    if left_out("fig14", "The map of methods", [TABLE], options):
        return
    runs = pd.read_csv(options.aggregates / f"{TABLE}.csv")
    if runs.empty:
        write_not_run("fig14", "The map of methods", options)
        return
    draw_all(split(runs), dict(methods("sequential")))
    caption = CAPTION.format(seeds=seed_count(runs["seed"].nunique()))
    write_figure("fig14", f"{caption} {provenance(options, traffic=False)}", wide=True)


if __name__ == "__main__":
    main()
