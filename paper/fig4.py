"""F4: learning curves of every method that learns, on every configuration."""

import math

import pandas as pd
from matplotlib.axes import Axes

from difsched.baselines.registry import METHODS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, look_of, save
from experiments.rendering.tex import count, provenance, write_figure
from paper.shared.legend import legend, legend_inches
from paper.shared.seeds import seeds_told

COLUMNS = 4
#: Drawn as levels: they do not learn.
LEVELS = {"equal", "oracle_predicted"}
CAPTION = (
    r"Learning curves: packet loss on {windows} windows of the test trace during training, as a "
    r"share of each method's training ({budgets}). Thick lines: mean over {seeds}; thin lines: "
    r"each seed. Levels: equal split and oracle on the forecast, on all test windows. Vertical "
    r"scales differ. Nothing is selected by these curves: every table reports the last point's "
    r"policy."
)


def draw(axes: Axes, curves: pd.DataFrame, runs: pd.DataFrame) -> None:
    """Draw one configuration: levels of the references, then a line a method."""
    for reference in sorted(LEVELS):
        level = runs.loc[runs["method"] == reference, "loss"]
        if len(level):
            look = look_of(reference)
            axes.plot(
                (0, 100),
                [100 * level.mean()] * 2,
                color=look.color,
                dashes=look.dashes,
                marker=look.marker,
                markersize=2.5,
                linewidth=0.8,
            )
    for name, rows in curves.groupby("method", sort=False):
        look = look_of(str(name))
        for _, seed in rows.groupby("seed"):
            axes.plot(seed["share"], 100 * seed["loss"], color=look.color, linewidth=0.4, alpha=0.7)
        mean = rows.groupby("share")["loss"].mean()
        axes.plot(
            mean.index,
            100 * mean,
            color=look.color,
            dashes=look.dashes or (None, None),
            marker=look.marker,
            markersize=2.5,
        )


def main() -> None:
    """Write ``paper/figures/fig4`` as PDF, PNG and TeX."""
    options = arguments()
    curves = pd.read_csv(options.aggregates / "curves.csv")
    runs = pd.read_csv(options.aggregates / "main.csv")
    totals = curves.groupby("method", sort=False)[["amount", "unit"]].max()
    curves["share"] = 100 * curves["amount"] / curves["method"].map(totals["amount"])
    configs = sorted(curves["config"].unique())
    rows = math.ceil(len(configs) / COLUMNS)
    learned = [name for name in METHODS if name in totals.index]
    names = [name for name in METHODS if name in learned or name in set(runs["method"]) & LEVELS]
    height = 1.5 * rows + 0.2 + legend_inches(names)
    drawing, axes = figure(PAGE_INCHES, height, rows, COLUMNS)
    for index, config in enumerate(configs):
        draw(axes[index], curves[curves["config"] == config], runs[runs["config"] == config])
        axes[index].set_title(f"config {config}", loc="left")
        axes[index].set_xlim(0, 102)
        if index % COLUMNS == 0:
            axes[index].set_ylabel("packet loss (%)")
        if index >= len(configs) - COLUMNS:
            axes[index].set_xlabel("share of training (%)")
    for spare in axes[len(configs) :]:
        spare.set_axis_off()
    legend(drawing, names)
    save(drawing, "fig4")
    budgets = "; ".join(
        f"{METHODS[name].label}: {count(totals['amount'][name])} {totals['unit'][name]}"
        for name in learned
    )
    caption = CAPTION.format(
        windows=curves["windows"].max(),
        budgets=budgets,
        seeds=seeds_told(curves.groupby("method")["seed"].nunique(), METHODS),
    )
    write_figure("fig4", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
