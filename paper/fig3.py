"""F3: several modes. What diffusion, CVAE and Gaussian actors make of mixtures and of tied users."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from difsched.evaluation.statistics import t_interval
from experiments.mixtures import MIXTURES, NEAR_SD, Mixture
from paper.style import PAGE_INCHES, arguments, figure, save
from paper.tex import provenance, write_figure

#: Columns of the grid: six panels of two above four of three.
COLUMNS = 12
#: The top row, from left to right, and the rows of panel (g) from above.
SCATTERED = {
    "data": "exact sample",
    "diffusion_50_cosine": "diffusion, T = 50",
    "diffusion_5_cosine": "diffusion, T = 5",
    "diffusion_5_vp": "T = 5, vp",
    "cvae": "CVAE",
    "gaussian": "Gaussian",
}
#: The rows of panel (j): model and action.
TAKEN = {
    ("shuffled", "sample"): "perfect clone",
    ("diffusion_50_cosine", "sample"): "diffusion, T = 50",
    ("diffusion_5_cosine", "sample"): "diffusion, T = 5",
    ("diffusion_5_vp", "sample"): "T = 5, vp",
    ("cvae", "sample"): "CVAE",
    ("gaussian", "sample"): "Gaussian",
    ("gaussian", "mean"): "Gaussian's mean",
    ("deterministic", "sample"): "deterministic",
    ("diffusion_50_cosine", "mean"): "diffusion's mean",
}
#: Blocks of panel (h).
GRANTED = {"oracle": "optimum", "diffusion_50_cosine": "diffusion", "gaussian": "Gaussian"}
#: Lines of panel (i): label, colour, line.
LINES = {
    "diffusion_50_cosine": ("diffusion, T = 50", "#D55E00", "-"),
    "diffusion_5_vp": ("T = 5, vp", "#CC79A7", "--"),
    "gaussian": ("Gaussian", "#0072B2", ":"),
}
#: Marker and filling of a mixture or a slice, in this order.
MARKS = (("o", "black"), ("s", "white"))
POINT, MODE = "#0072B2", "#BBBBBB"


def panels() -> tuple[Figure, list[Axes]]:
    """Return a figure of a row of six panels above a row of four, and its axes in reading order."""
    drawing, (whole,) = figure(PAGE_INCHES, 3.7)
    whole.remove()
    rows = drawing.subfigures(2, 1, height_ratios=(1, 1.6))
    top = rows[0].subplots(1, 6, sharex=True, sharey=True)
    return drawing, [*top, *rows[1].subplots(1, 4)]


def draw_points(axes: Axes, mixture: Mixture, points: pd.DataFrame) -> None:
    """Draw points over circles that hold almost all of each mode."""
    for mean in mixture.means:
        axes.add_patch(Circle(tuple(mean), NEAR_SD * mixture.sd, color=MODE, linewidth=0))
    axes.plot(points["x"], points["y"], ".", color=POINT, markersize=1.5, markeredgewidth=0)
    axes.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), aspect="equal", xlabel="$x_1$")
    axes.set(xticks=(-2, 0, 2), yticks=(-2, 0, 2))


def draw_rows(axes: Axes, values: pd.DataFrame, kinds: dict[object, str]) -> None:
    """Draw a row for each column, and in it a marker a seed for each kind.

    Parameters
    ----------
    axes : Axes
        Where.
    values : DataFrame
        Indexed by kind and seed; one column a row of the panel.
    kinds : dict
        Kind -> label.
    """
    for aside, (kind, label), (marker, face) in zip((-0.15, 0.15), kinds.items(), MARKS, strict=False):
        chosen = values.loc[kind]
        for row, name in enumerate(values.columns):
            axes.plot(
                chosen[name],
                np.full(len(chosen), row + aside),
                marker,
                color="black",
                markerfacecolor=face,
                markersize=3,
                markeredgewidth=0.6,
                label=label if row == 0 else None,
            )
    axes.set_yticks(range(values.shape[1]), values.columns)
    axes.set_ylim(values.shape[1] - 0.5, -0.5)
    axes.grid(axis="y", linewidth=0.3, color="0.85")
    axes.legend(fontsize=6, handletextpad=0.1, borderpad=0.1)


def draw_grants(axes: Axes, grants: pd.DataFrame) -> None:
    """Draw windows as rows and users as columns, a block a model, grants in grey."""
    blocks, middles, start = [], [], 0
    for model in GRANTED:
        block = grants[grants["model"] == model].pivot(index="window", columns="user", values="rbs")
        blocks += [block.to_numpy(float), np.full((1, block.shape[1]), np.nan)]
        middles.append(start + (len(block) - 1) / 2)
        start += len(block) + 1
    table = np.concatenate(blocks[:-1])
    image = axes.imshow(table, cmap="Greys", vmin=0, vmax=20, aspect="auto", interpolation="none")
    axes.set_yticks(middles, list(GRANTED.values()), rotation=90, va="center")
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel="user", xticks=(0, 9, 19), xticklabels=(1, 10, 20))
    axes.figure.colorbar(image, ax=axes, label="RBs granted", extend="max", aspect=30, pad=0.02)


def draw_histogram(axes: Axes, grants: pd.DataFrame, average: float) -> None:
    """Draw the distribution of a user's grant: the optima's, and a line a model."""
    def shares(model: str) -> pd.Series:
        rows = grants[(grants["model"] == model) & (grants["action"] == "sample")]
        return 100 * rows.groupby("rbs")["share"].sum() / rows["seed"].nunique()

    optimum = shares("oracle")
    axes.bar(optimum.index, optimum, width=1, color=MODE, label="optimum")
    for model, (label, color, line) in LINES.items():
        share = shares(model).reindex(range(31), fill_value=0)
        axes.plot(share.index, share, line, color=color, linewidth=1, label=label)
    axes.axvline(average, color="black", linewidth=0.7)
    axes.legend(fontsize=6)
    axes.set(xlabel="RBs granted", ylabel="user-windows (%)", xlim=(-0.8, 26), yscale="log")


def main() -> None:
    """Write ``paper/figures/fig3`` as PDF, PNG and TeX."""
    options = arguments()
    tables = {
        name: pd.read_csv(options.aggregates / f"{name}.csv")
        for name in ("mixtures", "mixture_samples", "ties", "tie_grants", "tie_examples")
    }
    drawing, axes = panels()
    points = tables["mixture_samples"]
    for part, (model, label) in zip(axes, SCATTERED.items(), strict=False):
        chosen = (points["mixture"] == "ring") & (points["model"] == model)
        draw_points(part, MIXTURES["ring"], points[chosen])
        part.set_title(label)
    axes[0].set_ylabel("$x_2$")
    distance = tables["mixtures"].pivot(index=["mixture", "seed"], columns="model", values="energy_distance")
    draw_rows(axes[6], distance[list(SCATTERED)].rename(columns=SCATTERED), {"ring": "ring", "unbalanced": "unbalanced"})
    axes[6].set(xscale="log", xlabel="energy distance")
    ties = tables["ties"]
    config = ties["config"].max()
    examples = tables["tie_examples"]
    draw_grants(axes[7], examples[(examples["config"] == config) & (examples["action"] == "sample")])
    grants = tables["tie_grants"]
    draw_histogram(axes[8], grants[grants["config"] == config], 10)
    loss = 100 * ties.pivot(index=["config", "seed"], columns=["model", "action"], values="loss")
    above = loss.sub(loss["oracle", "sample"], axis=0)[list(TAKEN)]
    above.columns = list(TAKEN.values())
    draw_rows(axes[9], above, {0: "N = 8", 1: "N = 20"})
    axes[9].set(xlabel="loss above the optimum (points)", xlim=(0, None))
    save(drawing, "fig3")


if __name__ == "__main__":
    main()
