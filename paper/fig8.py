"""F8: fairness: distribution of loss over user-windows, Jain's index and starvation."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from difsched.baselines.registry import METHODS
from difsched.config import ConfigManager
from difsched.family import EPISODE_WINDOWS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, look_of, save, share_scale
from experiments.rendering.tex import provenance, write_figure
from paper.fig6 import shown_configs
from paper.shared.legend import legend, legend_inches

#: More lines than these could not be told apart.
LINES = ("equal", "proportional", "mdp", "sac", "dql", "dql_set", "oracle_predicted", "oracle")
MARK_EVERY = 20
MEASURES = {"jain": "Jain's index", "starved": "starved (%)"}
DISTRIBUTION_INCHES, METHOD_INCHES = 1.7, 0.13
#: Many panels need small print, points.
SMALL: dict[Any, float] = {"axes.titlesize": 7.0, "axes.labelsize": 7.0, "xtick.labelsize": 6.5}
SMALL |= {"ytick.labelsize": 6.5, "xtick.major.size": 2.5, "ytick.major.size": 2.5}
SCALES = {"jain": 1, "starved": 100}
CAPTION = (
    r"Who bears the loss, on {episodes} test episodes of {windows} windows. Top: share of "
    r"user-windows with traffic whose packet loss is at most so much, mean over seeds, with its "
    r"95\,\% interval (shaded); up to 10\,\% (dotted) their QoS is met. Below: Jain's index of "
    r"the users' delivered shares over an episode ({seconds:g}\,s), and share of user-windows "
    r"granted fewer than {floor:g} RBs a slot. Marks: mean over seeds with its 95\,\% interval "
    r"for other seeds and other episodes{bare}; dots under them: each seed."
)
BARE = ", which one seed of a method that is trained by gradient does not give"


def draw_distribution(axes: Axes, rows: pd.DataFrame, names: Sequence[str]) -> None:
    """Draw the distribution function of the loss of each method; see ``user_loss.csv``."""
    for place, name in enumerate(names):
        look, of_method = look_of(name), rows[rows["method"] == name]
        loss, share, half_width = (
            100 * of_method[column] for column in ("loss", "share", "half_width")
        )
        low, high = np.clip([share - half_width, share + half_width], 0, 100)
        axes.fill_between(loss, low, high, color=look.color, alpha=0.2, linewidth=0)
        axes.plot(
            loss,
            share,
            color=look.color,
            dashes=look.dashes or (None, None),
            marker=look.marker,
            markersize=3,
            markevery=(2 * place, MARK_EVERY),
            linewidth=0.9,
        )
    axes.axvline(10, color="0.6", linewidth=0.6, linestyle=":", zorder=0)
    axes.set(xlim=(0, 100), ylim=(0, 102))


def draw_measure(
    axes: Axes, measure: str, summary: pd.DataFrame, runs: pd.DataFrame, names: Sequence[str]
) -> None:
    """Draw a point with its interval for each method, and a dot for each of its seeds.

    Both measures are shares: no interval leaves 0 to 1.
    """
    scale = SCALES[measure]
    for place, name in enumerate(names):
        look, rows = look_of(name), summary[summary["method"] == name]
        means, half_widths = rows[measure].to_numpy(), rows[f"{measure}_half_width"].to_numpy()
        reach = np.maximum(np.minimum(half_widths, [means, 1 - means]), 0)
        axes.errorbar(
            scale * means,
            np.full(len(rows), place),
            xerr=scale * reach,
            color=look.color,
            marker=look.marker,
            markersize=3,
            linewidth=0.8,
            linestyle="none",
        )
        seeds = scale * runs.loc[runs["method"] == name, measure]
        if len(seeds) > 1:
            axes.plot(seeds, np.full(len(seeds), place + 0.4), ".", color="0.3", markersize=2)
    axes.set_ylim(len(names) - 0.2, -0.8)
    axes.grid(axis="y", linewidth=0.3, color="0.9")


def share_measures(row: Sequence[Axes]) -> None:
    """Give panels of one measure one horizontal scale."""
    limits = [axes.get_xlim() for axes in row]
    for axes in row:
        axes.set_xlim(min(low for low, _ in limits), max(high for _, high in limits))


def panels(drawing: Figure, shown: int, methods: int) -> tuple[list[Axes], list[list[Axes]]]:
    """Return the axes of the distributions, and of each measure, a panel a configuration."""
    heights = (DISTRIBUTION_INCHES, METHOD_INCHES * methods + 0.6)
    top, bottom = drawing.subfigures(2, 1, squeeze=False, height_ratios=heights)[:, 0]
    rows = bottom.subplots(1, shown * len(MEASURES), sharey=True, squeeze=False)[0]
    parts = [list(rows[first : first + shown]) for first in range(0, len(rows), shown)]
    return list(top.subplots(1, shown, squeeze=False)[0]), parts


def main() -> None:
    """Write ``paper/figures/fig8`` as PDF, PNG and TeX."""
    options = arguments()
    tables = ("main", "summary", "user_loss")
    runs, summary, losses = (pd.read_csv(options.aggregates / f"{name}.csv") for name in tables)
    manager = ConfigManager()
    present = sorted(summary["config"].unique())
    shown = shown_configs(present)
    names = [name for name in METHODS if name in set(summary["method"])]
    lines = [name for name in LINES if name in names]
    environments = [
        manager.load_env_config(manager.load_experiment_config(int(config)).env) for config in shown
    ]
    height = DISTRIBUTION_INCHES + METHOD_INCHES * len(names) + 0.6 + legend_inches(lines)
    drawing, (whole,) = figure(PAGE_INCHES, height)
    whole.remove()
    with plt.rc_context(SMALL):
        distributions, measures = panels(drawing, len(shown), len(names))
        for column, (config, environment) in enumerate(zip(shown, environments, strict=True)):
            of_config = [table[table["config"] == config] for table in (runs, summary, losses)]
            part = distributions[column]
            draw_distribution(part, of_config[2], lines)
            part.set_title(f"config {config} (N = {environment.N_user})", loc="left")
            part.set_xlabel("loss of a user-window (%)")
            for measure, row in zip(MEASURES, measures, strict=True):
                draw_measure(row[column], measure, of_config[1], of_config[0], names)
                row[column].set_title(f"config {config}", loc="left")
        distributions[0].set_ylabel("share of user-windows (%)")
        share_scale(distributions)
        for label, row in zip(MEASURES.values(), measures, strict=True):
            share_measures(row)
            for part in row:
                part.set_xlabel(label)
                part.xaxis.set_major_locator(MaxNLocator(3))
        measures[0][0].set_yticks(range(len(names)), [METHODS[name].label for name in names])
        for part in (part for row in measures for part in row):
            part.tick_params(axis="y", length=0)
        legend(drawing, lines)
        save(drawing, "fig8")
    caption = CAPTION.format(
        episodes=summary["episodes"].max(),
        windows=EPISODE_WINDOWS,
        seconds=EPISODE_WINDOWS * environments[0].LEN_window / 1000,
        floor=environments[0].r_bar,
        bare=BARE if summary["jain_half_width"].isna().any() else "",
    )
    write_figure("fig8", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
