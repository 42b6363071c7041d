"""F3: data with several modes, cloned by diffusion, CVAE and Gaussian actors."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from difsched.utils.files import read_json
from experiments.multimodality.gaussian_mixtures import MIXTURES, NEAR_SD, Mixture
from experiments.multimodality.near_ties import DEMAND, SPREAD
from experiments.products import PRODUCTS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, save
from experiments.rendering.tex import count, notes, write_figure

Tables = dict[str, pd.DataFrame]

TABLES = PRODUCTS["fig3"].reads
#: The top row, and the rows of (g).
CLONES = {
    "data": "exact sample",
    "diffusion_50_cosine": "diffusion, T = 50",
    "diffusion_5_cosine": "diffusion, T = 5",
    "diffusion_5_vp": "T = 5, vp (dql)",
    "cvae": "CVAE",
    "gaussian": "Gaussian",
}
#: The rows of (j): model and action.
TAKEN = {("shuffled", "sample"): "perfect clone"}
TAKEN |= {(model, "sample"): label for model, label in CLONES.items() if model != "data"}
TAKEN |= {
    ("gaussian", "mean"): "Gaussian's mean",
    ("deterministic", "sample"): "deterministic",
    ("diffusion_50_cosine", "mean"): "diffusion's mean",
}
#: The blocks of (h) from above.
BLOCKS = {"oracle": "optimum", "diffusion_50_cosine": "diffusion", "gaussian": "Gaussian"}
#: The lines of (i): colour and dashes.
LINES = {
    "diffusion_50_cosine": ("#D55E00", "-"),
    "diffusion_5_vp": ("#CC79A7", "--"),
    "gaussian": ("#0072B2", ":"),
}
#: Marker, its face and how far below the row of the first and the second kind in (g) and (j).
MARKS = (("o", "black", -0.2), ("s", "white", 0.2))
SEED_STEP = 0.1  # rows between two seeds
POINT, MODE = "#0072B2", "#BBBBBB"
SHOWN_RBS = 24
RING = 2.3  # sd to each side that the top row shows at least
#: A legend beside the panel's letter, where no grid line runs through its words.
ABOVE: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1.0, 0.98), "ncols": 2}
ABOVE |= {"borderaxespad": 0, "columnspacing": 0.8, "handletextpad": 0.2, "handlelength": 0.8}
#: Ten panels need small print, points.
SMALL: dict[Any, float] = {
    "axes.titlesize": 6.5,
    "axes.labelsize": 6.5,
    "axes.labelpad": 2,
    "axes.titlepad": 3,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 6,
    "legend.handlelength": 1.8,
    "legend.borderpad": 0.1,
}
CAPTION = (
    r"Data with several modes, by cloning alone. (a)--(f) Samples of actors that cloned {data} "
    r"points of eight Gaussians on a ring ({steps} gradient steps), 500 of the first seed. Discs "
    r"hold {disc:.0f}\,\% of a mode. Above: share of samples in discs, and modes that have at "
    r"least half of their share, in {seeds}. T: denoising steps, cosine schedule unless said; "
    r"\texttt{{dql}} has $T=5$ and \texttt{{vp}}. (g) Energy distance to {samples} fresh points, "
    r"every seed, also of two Gaussians of weights 0.9 and 0.1: in the lighter one are {lighter} "
    r"of the samples, in this order. (h)--(j) Near ties in a slice: demands of all users are "
    r"normal, ${demand:g}\pm{spread:g}$ packets, and actors that do not see them cloned {data} "
    r"optima ({tie_steps} steps, one network for all users). (h) Grants, $N={users}$, "
    r"$B={budget}$, eight windows each: the optimum drops {dropped} users, and single packets "
    r"decide which. (i) Grants over all windows and seeds; {beyond:.1f}\,\% at most are of more "
    r"than {most} RBs; vertical line: mean of any of them, the equal split. (j) Expected loss "
    r"above the optimum's ({optima}) on {windows} windows, every seed. Perfect clone: the optimum "
    r"of another window. A Gaussian's mean and a deterministic actor give users that look alike "
    r"the same, as does the mean of the diffusion's samples: this costs {costs}."
)


def panels(drawing: Figure) -> list[Axes]:
    """Return the axes of a row of six panels above a row of four."""
    top, bottom = drawing.subfigures(2, 1, squeeze=False, height_ratios=(1, 1.4))[:, 0]
    upper = top.subplots(1, 6, sharex=True, sharey=True)
    return [*upper, *bottom.subplots(1, 4, width_ratios=(1, 1.1, 1.1, 1))]


def draw_points(axes: Axes, mixture: Mixture, points: pd.DataFrame) -> None:
    """Draw points over discs that hold almost all of each mode."""
    for x, y in mixture.means:
        axes.add_patch(Circle((x, y), NEAR_SD * mixture.sd, color=MODE, linewidth=0))
    axes.plot(points["x"], points["y"], ".", color=POINT, markersize=1.6, markeredgewidth=0)
    axes.set(aspect="equal", xlabel="$x_1$ (sd)", xticks=(-2, 0, 2), yticks=(-2, 0, 2))


def draw_rows(axes: Axes, values: pd.DataFrame, kinds: Mapping[Any, str]) -> None:
    """Draw a row for each column of values, and in it a marker a seed for each kind.

    ``values`` is indexed by kind and seed; ``kinds`` are one or two and their labels.
    """
    names = list(values.columns)
    for (kind, label), (marker, face, aside) in zip(kinds.items(), MARKS, strict=False):
        chosen = values.loc[[kind]].to_numpy()
        # Seeds lie a little below one another: where they agree each is still seen.
        seeds = SEED_STEP * (np.arange(len(chosen)) - (len(chosen) - 1) / 2)
        rows = np.arange(len(names)) + aside + seeds[:, None]
        lines = axes.plot(chosen.ravel(), rows.ravel(), marker, color="black", label=label)
        lines[0].set(markerfacecolor=face, markersize=2.4, markeredgewidth=0.5)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", linewidth=0.3, color="0.85")


def draw_grants(axes: Axes, grants: pd.DataFrame) -> None:
    """Draw a block a model: windows are rows, users columns, RBs grey."""
    blocks = [
        rows.pivot(index="window", columns="user", values="rbs").to_numpy(float)
        for rows in (grants[grants["model"] == model] for model in BLOCKS)
    ]
    windows, users = blocks[0].shape
    gap = np.full((1, users), np.nan)
    table = np.concatenate([part for block in blocks for part in (block, gap)][:-1])
    image = axes.imshow(table, cmap="Greys", vmin=0, vmax=20, aspect="auto", interpolation="none")
    middles = np.arange(len(blocks)) * (windows + 1) + (windows - 1) / 2
    axes.set_yticks(middles, list(BLOCKS.values()), rotation=90, va="center")
    axes.tick_params(axis="y", length=0)
    axes.set_xticks([0, users // 2 - 1, users - 1], ["1", str(users // 2), str(users)])
    axes.set_xlabel("user")
    bar = axes.figure.colorbar(image, ax=axes, extend="max", aspect=30, pad=0.02, ticks=(0, 10, 20))
    bar.set_label("RBs granted")


def draw_distribution(axes: Axes, grants: pd.DataFrame, average: float) -> None:
    """Draw how often a user gets so many RBs: the optimum in grey, a line a model."""
    rbs = np.arange(SHOWN_RBS + 1)

    def percent(model: str) -> pd.Series:
        rows = grants[grants["model"] == model]
        shares = rows.groupby("rbs")["share"].sum() / rows["seed"].nunique()
        return 100 * shares.reindex(rbs, fill_value=0.0)

    axes.bar(rbs, percent("oracle"), width=1, color=MODE, linewidth=0, label="optimum")
    for model, (color, line) in LINES.items():
        label = CLONES[model]
        axes.plot(rbs, percent(model), line, color=color, linewidth=1.1, label=label)
    axes.vlines(average, 0, 0.9 * axes.get_ylim()[1], color="black", linewidth=0.6)
    axes.set(xlabel="RBs granted", ylabel="user-windows (%)", xlim=(-0.6, SHOWN_RBS + 0.6))
    # Room for the legend.
    axes.set_ylim(0, 1.6 * axes.get_ylim()[1])


def draw_mixtures(axes: list[Axes], scores: pd.DataFrame, points: pd.DataFrame) -> None:
    """Draw (a) to (g): samples on the ring, and the energy distance on every mixture."""
    for place, (part, (model, label)) in enumerate(zip(axes, CLONES.items(), strict=False)):
        shown = points[(points["mixture"] == "ring") & (points["model"] == model)]
        draw_points(part, MIXTURES["ring"], shown)
        rows = scores[(scores["mixture"] == "ring") & (scores["model"] == model)]
        covered = ", ".join(map(str, rows["covered"]))
        share = 100 * rows["near"].mean()
        part.set_title(f"{letter(place)} {label}\n{share:.0f} %; {covered} of 8", loc="left")
    # One scale for all; an actor may put points far from the ring.
    ring = points.loc[points["mixture"] == "ring", ["x", "y"]]
    reach = max(RING, 1.05 * ring.abs().to_numpy().max())
    axes[0].set(xlim=(-reach, reach), ylim=(-reach, reach), ylabel="$x_2$ (sd)")
    index = ["mixture", "seed"]
    distance = scores.pivot(index=index, columns="model", values="energy_distance")
    kinds = {name: name for name in MIXTURES}
    draw_rows(axes[6], distance[list(CLONES)].rename(columns=CLONES), kinds)
    axes[6].set(xscale="log", xlabel="energy distance (sd)")
    axes[6].legend(**ABOVE)


def draw_ties(axes: list[Axes], tables: Tables, slices: pd.DataFrame) -> None:
    """Draw (h) to (j): grants of the last slice, and the loss in each of the slices."""
    config, users, budget = slices.iloc[-1]
    examples, grants = (
        tables[name][tables[name]["config"] == config] for name in ("tie_examples", "tie_grants")
    )
    draw_grants(axes[0], examples)
    draw_distribution(axes[1], grants, budget / users)
    axes[1].legend(loc="upper right", borderaxespad=0)
    above = extra_loss(tables["ties"])[list(TAKEN)].set_axis(list(TAKEN.values()), axis=1)
    draw_rows(axes[2], above, {row.config: f"N = {row.N_user}" for row in slices.itertuples()})
    axes[2].set_xlabel("loss above the\noptimum (points)")
    axes[2].set_xlim(left=min(0, axes[2].get_xlim()[0]))
    axes[2].legend(**ABOVE)


def extra_loss(ties: pd.DataFrame) -> pd.DataFrame:
    """Return points of loss above the optimum's, by slice and seed, of each model and action."""
    loss = 100 * ties.pivot(index=["config", "seed"], columns=["model", "action"], values="loss")
    return loss.sub(loss["oracle", "sample"], axis=0)


def describe(tables: Tables, slices: pd.DataFrame) -> str:
    """Return the caption, TeX."""
    scores, ties, examples = tables["mixtures"], tables["ties"], tables["tie_examples"]
    config, users, budget = slices.iloc[-1]
    seeds = scores["seed"].nunique()
    unbalanced = scores[scores["mixture"] == "unbalanced"].groupby("model")["lightest"].mean()
    optimum = examples[(examples["config"] == config) & (examples["model"] == "oracle")]
    best = ties[ties["model"] == "oracle"].groupby("config")["loss"].mean()
    equal = extra_loss(ties)["gaussian", "mean"].groupby("config").mean()

    def each(values: pd.Series, unit: str) -> str:
        rows = slices.itertuples(index=False)
        return " and ".join(f"{values[c]:.1f}{unit} at $N={n}$, $B={b}$" for c, n, b in rows)

    grants = tables["tie_grants"]
    wide = grants[(grants["config"] == config) & (grants["rbs"] > SHOWN_RBS)]
    beyond = wide.groupby(["model", "seed"])["share"].sum().max()
    return CAPTION.format(
        data=count(scores["data"].max()),
        samples=count(scores["samples"].max()),
        steps=count(scores["gradient_steps"].max()),
        disc=-100 * np.expm1(-(NEAR_SD**2) / 2),
        seeds="one seed" if seeds == 1 else f"each of {seeds} seeds",
        lighter=", ".join(f"{100 * unbalanced[model]:.0f}" for model in CLONES) + r"\,\%",
        demand=DEMAND,
        spread=SPREAD,
        tie_steps=count(ties["gradient_steps"].max()),
        users=users,
        budget=budget,
        dropped=(optimum["rbs"] == 0).groupby(optimum["window"]).sum().max(),
        optima=each(100 * best, r"\,\%"),
        windows=count(ties["windows"].max()),
        most=SHOWN_RBS,
        beyond=100 * (0 if np.isnan(beyond) else beyond),
        costs=each(equal, " points"),
    )


def main() -> None:
    """Write ``paper/figures/fig3`` as PDF, PNG and TeX."""
    options = arguments()
    tables = {name: pd.read_csv(options.aggregates / f"{name}.csv") for name in TABLES}
    slices = tables["ties"][["config", "N_user", "B"]].drop_duplicates().tail(len(MARKS))
    drawing, (whole,) = figure(PAGE_INCHES, 3.1)
    whole.remove()
    with plt.rc_context(SMALL):
        axes = panels(drawing)
        draw_mixtures(axes[:7], tables["mixtures"], tables["mixture_samples"])
        draw_ties(axes[7:], tables, slices)
        for place, part in enumerate(axes[6:], start=6):
            part.set_title(letter(place), loc="left")
        save(drawing, "fig3")
    # No traffic is behind it, but the profile is.
    said = [describe(tables, slices), *notes(read_json(options.workspace / "spec.json"))]
    write_figure("fig3", " ".join(said), wide=True)


if __name__ == "__main__":
    main()
