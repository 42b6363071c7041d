"""F11: edge computing: learning, scores by size, and the schedule of a slot."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from difsched.baselines.mec.greedy import greedy
from difsched.baselines.mec.oracle import optimum
from difsched.baselines.mec.solution import evaluate
from difsched.baselines.registry import methods
from difsched.env.mec.actions import decode
from difsched.env.mec.columns import Column
from difsched.env.mec.config import CONFIGURATIONS, MecConfig
from difsched.env.mec.schedule import bars
from difsched.env.mec.simulator import Simulator
from difsched.env.mec.slot import run_slot
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, look_of, save
from experiments.rendering.tex import escape, provenance, seed_count, write_figure
from paper.shared.gantt import draw_schedule, schedule_keys
from paper.shared.left_out import left_out
from paper.shared.legend import legend, legend_inches
from paper.shared.seeds import draw_seeds

TABLES = ("mec_main", "mec_summary", "mec_curves")
#: Whose learning is shown, on which configurations, beside the levels of what learns nothing.
LEARNED = ("det_set", "gaussian_set", "flow_set", "dql_set", "ppo_shared")
LEVELS = ("all_local", "greedy", "optimum")
CURVES = ("code_n5", "fixed_n5")
#: What is summed over the UEs, and its unit.
SUMS = {"qos": "sum of QoS", "energy_j": "sum of energy (J)"}
#: Whose scores are shown by size, 0 and 100 being all local and the reference.
SIZED = ("most_late", "greedy", *LEARNED)
#: Name of configurations of one kind, without the number behind it -> what that is.
SIZES = {"code_n": "UEs N (code)", "fixed_n": "UEs N (fixed)", "scaled_k": "clusters K (scaled)"}
#: The slot of the charts: the one of so many in which the optimum gains most over greedy.
SLOTS = 40
ASIDE = 0.1
#: Of the three rows, inches.
HEIGHTS = (1.9, 1.9, 1.8)
CAPTION = (
    r"Edge computing. Top: sums of QoS and energy over the UEs of a slot during training, mean of "
    r"{windows} test slots, against the share of each method's training; thick lines: mean over "
    r"{seeds}; thin lines: each seed. Levels: methods that learn nothing, on all test slots. "
    r"Nothing is selected by these curves. Middle: normalised score (0 all local, 100 the "
    r"certified optimum, of clusters the search, which has no certificate) by the number of UEs "
    r"and of clusters of {users} UEs; bars: 95\,\% intervals for other seeds and other test slots, "
    r"where there is more than one seed; dots: each seed; marks of one size stand side by side. "
    r"Bottom: one slot of {example} under greedy and under the optimum, which earn {rewards} a UE: "
    r"the one of {slots} slots in which they differ most."
)


@dataclass(frozen=True)
class Example:
    """A slot of one window with two actions, and the rewards of these."""

    config: MecConfig
    seen: Floats
    actions: tuple[Floats, Floats]
    rewards: tuple[float, float]


def most_different(config: MecConfig, slots: int) -> Example:
    """Return the slot in which the optimum gains most over greedy."""
    seed = seed_sequence(config.randomSeed, "schedule")
    seen = Simulator(config, slots, seed).observe()
    rule, best = greedy(seen, config), optimum(seen, config).action
    earned = evaluate(rule, seen, config), evaluate(best, seen, config)
    at = int((earned[1] - earned[0]).argmax())
    rewards = float(earned[0][at]), float(earned[1][at])
    return Example(config, seen[at : at + 1], (rule[at : at + 1], best[at : at + 1]), rewards)


def draw_curves(
    axes: Axes, curves: pd.DataFrame, runs: pd.DataFrame, measure: str, users: int
) -> None:
    """Draw a measure's sum over the UEs: levels, then a line a method and a thin one a seed."""
    for name in LEVELS:
        level = users * runs.loc[runs["method"] == name, measure]
        if len(level):
            look = look_of(name)
            axes.axhline(level.mean(), color=look.color, dashes=look.dashes, linewidth=0.9)
    for name in LEARNED:
        rows = curves[curves["method"] == name]
        look = look_of(name)
        for _, seed in rows.groupby("seed"):
            axes.plot(seed["share"], users * seed[measure], color=look.color, linewidth=0.4)
        mean = users * rows.groupby("share")[measure].mean()
        axes.plot(
            mean.index,
            mean,
            color=look.color,
            dashes=look.dashes or (None, None),
            marker=look.marker,
            markersize=3,
        )
    axes.set(xlim=(0, 103), xlabel="share of training (%)", ylabel=SUMS[measure])


def sizes_of(kind: str, configs: Sequence[int]) -> dict[int, int]:
    """Return configuration -> its number of UEs or clusters, of those of a kind."""
    named = {config: CONFIGURATIONS.name_of(config) for config in configs}
    return {
        config: int(name.removeprefix(kind))
        for config, name in named.items()
        if name.startswith(kind)
    }


def draw_sizes(
    axes: Axes, sizes: dict[int, int], summary: pd.DataFrame, runs: pd.DataFrame
) -> None:
    """Draw each method's score by size, with its interval and its seeds."""
    shown = [name for name in SIZED if name in set(runs["method"])]
    for place, name in enumerate(shown):
        look = look_of(name)
        aside = ASIDE * (place - (len(shown) - 1) / 2)
        rows = summary[(summary["method"] == name) & summary["config"].isin(list(sizes))]
        rows = rows.dropna(subset="score")
        at = rows["config"].map(sizes) + aside
        axes.errorbar(
            at,
            rows["score"],
            yerr=rows["score_half_width"].fillna(0),
            color=look.color,
            marker=look.marker,
            markersize=3,
            linewidth=0.7,
            linestyle="none",
        )
        each = runs[(runs["method"] == name) & runs["config"].isin(list(sizes))]
        each = each.dropna(subset="score")
        if each["seed"].nunique() > 1:
            draw_seeds(axes, each["config"].map(sizes) + aside, each["score"], look.color)
    axes.set_xticks(sorted(sizes.values()))
    axes.grid(axis="y", linewidth=0.3, color="0.9")


def draw_slot(axes: Axes, example: Example, which: int) -> None:
    """Draw the schedule of one of an example's actions."""
    config, seen = example.config, example.seen
    slot = run_slot(decode(example.actions[which], seen, config), seen, config)
    draw_schedule(axes, bars(slot, seen, config), seen[0, :, Column.DEADLINE])
    axes.set_xlabel("time after the slot's start (s)")


def main() -> None:
    """Write ``paper/figures/fig11`` as PDF, PNG and TeX."""
    options = arguments()
    if left_out("fig11", "Edge computing", TABLES, options):
        return
    runs, summary, curves = (pd.read_csv(options.aggregates / f"{name}.csv") for name in TABLES)
    curves = curves[curves["method"].isin(LEARNED)]
    totals = curves.groupby(["method", "config"])["amount"].transform("max")
    curves = curves.assign(share=100 * curves["amount"] / totals)
    configs = sorted(summary["config"].unique())
    known = methods("mec")
    ran = {*LEVELS, *SIZED} & set(runs["method"])
    names = [name for name in known if name in ran]
    drawing, (canvas,) = figure(PAGE_INCHES, sum(HEIGHTS) + legend_inches(names))
    canvas.remove()
    top, middle, bottom = drawing.subfigures(3, 1, squeeze=False, height_ratios=HEIGHTS)[:, 0]
    letters = map(letter, itertools.count())

    shown = list(itertools.product(CURVES, SUMS))
    for axes, (name, measure) in zip(top.subplots(1, len(shown)), shown, strict=True):
        number, users = CONFIGURATIONS.names()[name], CONFIGURATIONS.load(name).users
        learning, whole = (table[table["config"] == number] for table in (curves, runs))
        draw_curves(axes, learning, whole, measure, users)
        axes.set_title(f"{next(letters)} {name.replace('_', ' ')}", loc="left")

    row = middle.subplots(1, len(SIZES), sharey=True)
    row[0].set_ylabel("normalised score")
    for axes, (kind, label) in zip(row, SIZES.items(), strict=True):
        draw_sizes(axes, sizes_of(kind, configs), summary, runs)
        axes.set_xlabel(label)
        axes.set_title(next(letters), loc="left")

    example = most_different(CONFIGURATIONS.load(CURVES[0]), SLOTS)
    row = bottom.subplots(1, 2, sharex=True, sharey=True)
    for which, (axes, name) in enumerate(zip(row, ("greedy", "optimum"), strict=True)):
        draw_slot(axes, example, which)
        axes.set_title(f"{next(letters)} {known[name].label}", loc="left")
    bottom.legend(handles=schedule_keys(), loc="outside right center", handlelength=1.6)

    legend(drawing, names, known)
    save(drawing, "fig11")
    caption = CAPTION.format(
        windows=curves["windows"].max() if len(curves) else 0,
        seeds=seed_count(curves["seed"].nunique()),
        users=CONFIGURATIONS.load("scaled_k4").users,
        example=escape(CURVES[0].replace("_", " ")),
        rewards=" and ".join(f"{reward:.3f}" for reward in example.rewards),
        slots=SLOTS,
    )
    write_figure("fig11", f"{caption} {provenance(options, traffic=False)}", wide=True)


if __name__ == "__main__":
    main()
