"""F12: load balancing: what states data and augmentations cover, and what the latter are worth."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from difsched.evaluation.statistics import t_interval
from difsched.family import FAMILIES
from experiments.products import PRODUCTS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, save
from experiments.rendering.tex import count, escape, provenance, seed_count, write_figure
from paper.shared.left_out import left_out
from paper.shared.seeds import draw_seeds
from paper.table4 import load

TABLES = PRODUCTS["fig12"].reads
#: Configurations beside each other.
WIDTH = 3
#: States -> label, colour (Okabe and Ito 2008) and marker; the later ones lie above.
STATES = {
    "source": ("source classes", "#BBBBBB", "o"),
    "noise": ("noise", "#E69F00", "x"),
    "space": ("in space", "#56B4E9", "s"),
    "cf": ("counterfactual", "#D55E00", "^"),
    "unseen": ("target, unseen files", "#009E73", "+"),
    "target": ("target, training files", "#000000", "."),
}
#: Groups of the study: marker, its face, and how far aside they are drawn.
CREDITS = (("o", "black", -0.15), ("s", "white", 0.15))
#: The label of the study's base.
NONE = "none"
LEGEND_INCHES, ROW_INCHES = 0.5, 2.1
CAPTION = (
    r"Load balancing, {names}: what augmentations cover, and what they are worth. Top: states, "
    r"each a mark, on the two principal components of all kinds together (a state: received "
    r"powers of each cell in ascending order; an axis tells its share of the variance). Squared "
    r"maximum mean discrepancy from unseen files of the target class, and distance of powers from "
    r"those of any position, dB: {realism}. Bottom: normalised score (0 static, 100 exact one-step "
    r"optimum, which looking further can exceed) of a deterministic actor, with nothing or 4,800 "
    r"windows of each kind beside {windows} windows: marks: mean with its 95\,\% interval; dots: "
    r"{seeds}, each with training files and networks of its own. {verdict}"
)
EMPTY = "The profile runs none of it."


def draw_states(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the states of a dataset on its principal components."""
    for name, (label, color, marker) in STATES.items():
        part = rows[rows["states"] == name]
        axes.plot(
            part["x"],
            part["y"],
            marker,
            color=color,
            label=label,
            markersize=2.6,
            markeredgewidth=0.6,
            markerfacecolor="none" if marker in "s^" else color,
            linestyle="none",
            alpha=0.8,
        )
    if len(rows):
        first, second = rows[["share_x", "share_y"]].iloc[0]
        axes.set_xlabel(f"first component ({100 * first:.0f} %), dB")
        axes.set_ylabel(f"second ({100 * second:.0f} %), dB")


def draw_worth(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the score with each augmentation by credit: mean, interval and every seed."""
    for (group, part), (marker, face, aside) in zip(
        rows.groupby("group", sort=False), CREDITS, strict=False
    ):
        means = part.groupby("x")["score"].apply(lambda scores: t_interval(scores.to_numpy()))
        at = means.index.to_numpy(float) + aside
        axes.errorbar(
            at,
            [one.mean for one in means],
            yerr=np.nan_to_num([one.half_width for one in means]),
            marker=marker,
            color="black",
            markerfacecolor=face,
            markersize=4,
            linewidth=0.7,
            linestyle="none",
            label=str(group).lower(),
        )
        draw_seeds(axes, part["x"] + aside, part["score"], "#0072B2")
    labels = rows.drop_duplicates("x").sort_values("x")
    words = labels["label"].replace("counterfactual", "counter-\nfactual")
    axes.set_xticks(labels["x"], list(words))
    axes.grid(axis="y", linewidth=0.3, color="0.85")
    axes.margins(x=0.1)


def realism(rows: pd.DataFrame, config: int) -> str:
    """Return what is told of each kind of states, on a configuration."""
    return ", ".join(
        f"{STATES[str(row.states)][0]} {row.discrepancy:.2f} and {row.space_error:.1f}"
        for row in rows[rows["config"] == config].itertuples()
    )


def verdict(rows: pd.DataFrame) -> str:
    """Return how much each augmentation adds, by credit, over configurations, TeX."""
    found = []
    for group, part in rows.groupby("group", sort=False):
        score = part.pivot_table(index=["config", "seed"], columns="label", values="score")
        if NONE not in score or len(score) < 2:
            continue
        gains = {
            name: t_interval((score[name] - score[NONE]).to_numpy())
            for name in part.sort_values("x")["label"].unique()
            if name != NONE
        }
        told = (
            rf"{name} ${gain.mean:+.0f}\pm{gain.half_width:.0f}$" for name, gain in gains.items()
        )
        found.append(f"{escape(str(group).lower())}: {', '.join(told)}")
    if not found:
        return ""
    return (
        "Points gained over none, mean over all panels and seeds with its "
        rf"95\,\% interval: {'; '.join(found)}."
    )


def main() -> None:
    """Write ``paper/figures/fig12`` as PDF, PNG and TeX."""
    options = arguments()
    if left_out("fig12", "Load balancing", TABLES, options):
        return
    coverage, real = (pd.read_csv(options.aggregates / f"{name}.csv") for name in TABLES[:2])
    study = load(options.aggregates, TABLES[2]).dropna(subset="score")
    every = sorted({*study["config"]} or {*coverage["config"]})
    configs = every[:WIDTH]
    columns = max(len(configs), 1)
    drawing, axes = figure(PAGE_INCHES, 2 * ROW_INCHES + LEGEND_INCHES, 2, columns)
    for place, config in enumerate(configs):
        above, below = axes[place], axes[place + columns]
        draw_states(above, coverage[coverage["config"] == config])
        draw_worth(below, study[study["config"] == config])
        name = FAMILIES["mlb"].name_of(config).replace("_", " ")
        above.set_title(f"{letter(place)} {name}", loc="left")
        below.set_title(f"{letter(place + columns)} {name}", loc="left")
    axes[columns].set_ylabel("normalised score")
    if configs:
        handles, labels = axes[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside upper center", ncols=6, columnspacing=1.2)
        handles, labels = axes[columns].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=2)
    save(drawing, "fig12")
    shown = study[study["config"].isin(configs)]
    names = [FAMILIES["mlb"].name_of(config).replace("_", " ") for config in configs]
    caption = CAPTION.format(
        names=escape(" and ".join(names)),
        realism=realism(real, configs[0]) if configs else "",
        windows=count(FAMILIES["mlb"].windows(FAMILIES["mlb"].load(configs[0]))) if configs else "",
        seeds=seed_count(shown["seed"].nunique()),
        verdict=verdict(shown),
    )
    text = caption if configs else EMPTY
    write_figure("fig12", f"{text} {provenance(options, traffic=False)}", wide=True)


if __name__ == "__main__":
    main()
