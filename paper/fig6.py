"""F6: loss against the budget, for every scheduler that needs no training."""

import pandas as pd
from matplotlib.axes import Axes

from difsched.baselines.registry import METHODS
from difsched.config import ConfigManager
from difsched.family import EPISODE_WINDOWS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, look_of, save
from experiments.rendering.tex import count, provenance, write_figure

#: Both dataflows, small and simple and large with five channel classes; the CSV has every one.
SHOWN = (0, 3, 4, 7)
#: Each method marks every third point, from the second on for the second method: where two lines
#: coincide the markers of both are seen.
MARK_EVERY = 3
#: Points of loss at the bottom of the logarithmic axis.
LEAST = 0.01
CAPTION = (
    r"Loss against the budget $B$, schedulers that need no training; every budget and scheduler "
    r"meets the same {windows} test windows. Vertical line: the configuration's own budget. Top: "
    r"mean packet loss; half widths of its 95\,\% Student $t$ interval over {episodes} test "
    r"episodes are {half_width} points at most. Bottom, logarithmic: the same above the dual's "
    r"certified lower bound on the loss of any scheduler, the truth known; {least:g} and less at "
    r"the lower edge. The optimum is in the grey area, whose upper edge is the dual's own feasible "
    r"point: over the budgets of all {configs} configurations {median} points above the bound in "
    r"the median, {most} at most."
)


def shown_configs(present: list[int]) -> list[int]:
    """Return the configurations of ``SHOWN`` that there are, or else the first ones."""
    return [config for config in SHOWN if config in present] or present[: len(SHOWN)]


def draw(axes: Axes, values: pd.DataFrame) -> None:
    """Draw a line a scheduler.

    Parameters
    ----------
    axes : Axes
        Where.
    values : DataFrame
        Percent, one row a budget, one column a method.
    """
    for place, name in enumerate(name for name in METHODS if name in values):
        look = look_of(name)
        axes.plot(
            values.index,
            values[name],
            color=look.color,
            dashes=look.dashes or (None, None),
            marker=look.marker,
            markersize=3.5,
            markevery=(place % MARK_EVERY, MARK_EVERY),
            linewidth=0.9,
            label=METHODS[name].label,
        )


def certified_gap(points: pd.DataFrame) -> "pd.Series[float]":
    """Return how far the dual's feasible point is above its bound, points of loss.

    Parameters
    ----------
    points : DataFrame
        See ``budget.csv``; one number for each of its configurations and budgets.
    """
    loss = points.pivot(index=["config", "B"], columns="method", values="loss")
    return 100 * (loss["optimum_upper"] - loss["optimum_lower"])


def main() -> None:
    """Write ``paper/figures/fig6`` as PDF, PNG and TeX."""
    options = arguments()
    points = pd.read_csv(options.aggregates / "budget.csv")
    manager = ConfigManager()
    present = sorted(points["config"].unique())
    shown = shown_configs(present)
    drawing, axes = figure(PAGE_INCHES, 3.4, 2, len(shown))
    for column, config in enumerate(shown):
        rows = points[points["config"] == config]
        percent = 100 * rows.pivot(index="B", columns="method", values="loss")
        above = percent.sub(percent["optimum_lower"], axis=0)
        own = manager.load_env_config(manager.load_experiment_config(int(config)).env)
        top, bottom = axes[column], axes[column + len(shown)]
        draw(top, percent)
        draw(bottom, above.clip(LEAST))
        bottom.fill_between(
            above.index, LEAST, above["optimum_upper"].clip(LEAST), color="0.8", linewidth=0
        )
        top.set_title(f"config {config} (N = {own.N_user})", loc="left")
        top.set(ylim=(0, 102), xticklabels=[])
        bottom.set(
            yscale="log",
            ylim=(LEAST, max(50, 1.2 * above.max().max())),
            xlabel="budget B (RBs per slot)",
        )
        bottom.yaxis.set_major_formatter("{x:g}")
        for part in (top, bottom):
            part.set_xlim(0, 1.02 * above.index.max())
            part.axvline(own.B, color="0.6", linewidth=0.6, zorder=0)
            if column:
                part.set_yticklabels([])
    axes[0].set_ylabel("packet loss (%)")
    axes[len(shown)].set_ylabel("above the bound (points)")
    handles, labels = axes[0].get_legend_handles_labels()
    handles, labels = [*handles, axes[-1].collections[0]], [*labels, "Optimum"]
    drawing.legend(handles, labels, loc="outside upper center", ncols=len(labels), columnspacing=1)
    save(drawing, "fig6")
    windows, gap = points["windows"].max(), certified_gap(points)
    caption = CAPTION.format(
        windows=count(windows),
        least=LEAST,
        episodes=windows // EPISODE_WINDOWS,
        configs=len(present),
        half_width=f"{100 * points['half_width'].max():.1f}",
        median=f"{gap.median():.2f}",
        most=f"{gap.max():.1f}",
    )
    write_figure("fig6", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
