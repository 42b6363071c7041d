"""F7: what more users bring and cost: loss, certified gap, and time of the oracle."""

import pandas as pd
from matplotlib.axes import Axes

from difsched.baselines.registry import METHODS
from difsched.config import ConfigManager
from difsched.evaluation.across import normalised_score
from difsched.family import EPISODE_WINDOWS
from difsched.typing import Floats
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, look_of, save
from experiments.rendering.tex import count, escape, provenance, write_figure
from paper.shared.seeds import listed

SOLVERS = {"dp": ("exact", "o", "-"), "dual": ("dual", "s", "--")}
#: Methods with scores 0 and 100.
SCALE = ("equal", "oracle_predicted")
#: Octaves between two methods at the same N.
ASIDE = 0.12
#: Points of loss that the logarithmic axis shows at least.
LEAST = 0.001
CAPTION = (
    r"Scaling in the number of users $N$, users and channel as in configuration {config} with $B = "
    r"{share:g} N$, with logarithmic axes of $N$, of the gap and of time. (a) Mean packet loss on "
    r"{windows} test windows; bars: 95\,\% Student $t$ intervals over {episodes} test episodes; "
    r"the marks of one $N$ stand side by side{learned}. (b) How far the loss of the dual's "
    r"feasible point is, in the mean, above its certified bound on the loss of any scheduler. The "
    r"bound allows parts of RBs, the point does not: that part of the gap stays as $N$ grows. The "
    r"exact optimum is at most {missed} points below the feasible point. (c) Time a window of the "
    r"exact optimum and of the dual on {timed} windows at once, one core of the machine at hand, "
    r"the least of several calls."
)
#: Of what was trained at another number of users, after the first panel.
LEARNED = (
    r"; {names}: the weights of configuration {config} as they are, trained with $N={users}$, mean "
    r"of their seeds, with normalised scores over all $N$ of {scores}"
)


def mark(axes: Axes, values: pd.Series) -> None:
    """Label a logarithmic axis at 1, 2, 5, 10, ... around its values."""
    ticks = [digit * 10.0**power for power in range(-5, 7) for digit in (1, 2, 5)]
    axes.set_yticks([tick for tick in ticks if values.min() / 1.5 < tick < values.max() * 1.5])
    axes.yaxis.set_major_formatter("{x:g}")


def draw_loss(axes: Axes, points: pd.DataFrame) -> None:
    """Draw a line a scheduler, each a little aside so that its bars are seen."""
    names = [name for name in METHODS if name in set(points["method"])]
    for place, name in enumerate(names):
        look, rows = look_of(name), points[points["method"] == name]
        axes.errorbar(
            rows["N_user"] * 2 ** (ASIDE * (place - len(names) / 2)),
            100 * rows["loss"],
            100 * rows["half_width"],
            color=look.color,
            dashes=look.dashes or (None, None),
            marker=look.marker,
            markersize=3.5,
            linewidth=0.9,
            elinewidth=0.6,
            label=METHODS[name].label,
        )
    axes.set(ylabel="packet loss (%)", ylim=(0, None))


def losses(points: pd.DataFrame) -> pd.DataFrame:
    """Return the losses of a sweep on one configuration: a row a number of users N."""
    return points.pivot(index="N_user", columns="method", values="loss")


def trained_scores(loss: pd.DataFrame) -> dict[str, Floats]:
    """Return the scores of methods that were trained, one for each number of users N.

    Empty where the sweep leaves out what scores are measured against.
    """
    if not set(SCALE) <= set(loss):
        return {}
    names = [name for name in METHODS if name in loss and METHODS[name].training is not None]
    zero, hundred = (loss[name] for name in SCALE)
    return {name: normalised_score(loss[name], zero, hundred) for name in names}


def learned_told(loss: pd.DataFrame, config: int) -> str:
    """Return the clause of the caption on those that were trained, empty without any."""
    scores = trained_scores(loss)
    if not scores:
        return ""
    return LEARNED.format(
        names=listed([escape(METHODS[name].label) for name in scores]),
        config=config,
        users=ConfigManager().load_env_config(config).N_user,
        scores=listed([f"{each.min():.1f} to {each.max():.1f}" for each in scores.values()]),
    )


def draw_gap(axes: Axes, loss: pd.DataFrame) -> None:
    """Draw how far the bound is from what is certainly possible."""
    gap = (100 * (loss["optimum_upper"] - loss["optimum_lower"])).clip(LEAST)
    axes.plot(gap.index, gap, "s--", color="black", markersize=3.5)
    axes.set(ylabel="certified gap (points of loss)", yscale="log")
    mark(axes, gap)


def draw_time(axes: Axes, times: pd.DataFrame) -> None:
    """Draw the solvers' times."""
    for method, (label, marker, line) in SOLVERS.items():
        rows = times[times["method"] == method]
        axes.plot(
            rows["N_user"],
            rows["microseconds"],
            line,
            marker=marker,
            color="black",
            markersize=3.5,
            label=label,
        )
    axes.set(ylabel="time a window (µs)", yscale="log")
    mark(axes, times["microseconds"])
    axes.legend(loc="upper left")


def main() -> None:
    """Write ``paper/figures/fig7`` as PDF, PNG and TeX."""
    options = arguments()
    points = pd.read_csv(options.aggregates / "scaling.csv")
    times = pd.read_csv(options.aggregates / "scaling_time.csv")
    config = points["config"].min()
    points, times = (table[table["config"] == config] for table in (points, times))
    drawing, axes = figure(PAGE_INCHES, 2.5, 1, 3)
    draw_loss(axes[0], points)
    loss = losses(points)
    draw_gap(axes[1], loss)
    draw_time(axes[2], times)
    users = sorted(points["N_user"].unique())
    for place, part in enumerate(axes):
        part.set_title(letter(place), loc="left")
        part.set_xscale("log", base=2)
        part.set_xticks(users, [str(n) for n in users])
        part.minorticks_off()
        part.set_xlabel("users N")
    handles, labels = axes[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper center", ncols=min(6, len(labels)))
    save(drawing, "fig7")
    windows = points["windows"].max()
    caption = CAPTION.format(
        config=config,
        learned=learned_told(loss, int(config)),
        share=(points["B"] / points["N_user"]).mean(),
        windows=count(windows),
        episodes=windows // EPISODE_WINDOWS,
        missed=f"{100 * (loss['optimum_upper'] - loss['oracle']).max():.3f}",
        timed=count(times["windows"].max()),
    )
    write_figure("fig7", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
