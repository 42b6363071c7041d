"""F9: ablation sweeps of our method: its score along one setting at a time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from difsched.baselines.registry import METHODS
from difsched.evaluation.statistics import t_interval
from difsched.typing import Floats
from experiments.aggregate.intervals import OURS
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, look_of, save
from experiments.rendering.tex import escape, provenance, seed_count, write_figure
from experiments.studies.variants import Variant, variants
from paper.shared.left_out import write_not_run
from paper.shared.seeds import draw_seeds
from paper.table4 import BASE, STUDY, changes, episodes_note, load, own_settings, without_own

COLUMNS = 4
#: Measure -> what it is multiplied by, what an axis shows at least of it, so that chance does not
#: look like an effect, and what the axis is called.
MEASURES = {"score": (1, 10.0, "normalised score"), "loss": (100, 0.5, "packet loss (%)")}
#: What a run has on record of its own data.
RECORDED = {"n_windows": "data_windows", "random_share": "random_share"}
CAPTION = (
    r"Sweeps of one setting of {ours} at a time, on configuration {config}: normalised score (0 "
    r"equal split, 100 oracle with the same information); where packets are sent again, packet "
    r"loss, since the oracle is myopic there and sets no scale. Dots: the runs, {seeds}; circles: "
    r"their mean{bars}. Filled circle and vertical line: the setting that {ours} has; horizontal "
    r"line: the mean there. Vertical scales differ and show {span:g} points of score or more; "
    r"horizontal ones are logarithmic, but for the share of random data (square roots), the "
    r"expectile and $\gamma$. Candidates: the same weights decide.{episodes}{gamma}"
)
BARS = r", with its 95\,\% Student $t$ interval for other seeds on the same data and test windows"
GAMMA = r" With $\gamma > 0$ a value function is learned by expectile regression."


@dataclass(frozen=True)
class Panel:
    """What a panel shows.

    Attributes
    ----------
    field : str
        The setting along its axis.
    axis : str
        What the axis is called; ``{...}`` are filled with what the reference changes.
    reference : str
        A variant: the panel shows those that differ from it in nothing but the field.
    scale : {"linear", "log", "symlog", "root"}
        Of its axis; ``symlog`` has a place for 0, left of 1, and ``root`` spreads small values.
    unit : float
        What the setting is multiplied by along the axis.
    measure : {"score", "loss"}
        What is shown of the runs: the loss where the oracle, which is myopic, sets no scale.
    """

    field: str
    axis: str
    reference: str = BASE
    scale: str = "linear"
    unit: float = 1
    measure: str = "score"


PANELS = (
    Panel("diffusion_steps", "denoising steps $T$", scale="log"),
    Panel("eta", r"weight $\eta$ of the $Q$ loss", scale="symlog"),
    Panel("candidates", "candidates", scale="log"),
    Panel("critics", "critics", scale="log"),
    Panel("n_windows", "windows of data", scale="log"),
    Panel("random_share", "share of random data (%)", scale="root", unit=100),
    Panel("expectile", r"expectile at $\gamma$ = {discount:g}", "gamma_99"),
    Panel(
        "discount",
        "$\\gamma$, packets sent again\nfor {retransmit} windows",
        "retransmit",
        measure="loss",
    ),
)


def points(
    panel: Panel, rows: pd.DataFrame, study: Mapping[str, Variant], own: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the panel's runs: ``x``, ``seed``, ``value``, and whether it is the ``reference``.

    Parameters
    ----------
    panel : Panel
        What is asked for.
    rows : DataFrame
        Of one configuration; see ``ablation.csv``.
    study : mapping
        The variants by name.
    own : mapping
        What our method has where a variant changes nothing.
    """
    given, found = changes(study[panel.reference]), []
    for name, runs in rows[rows["field"].isna()].groupby("variant"):
        changed = changes(study[str(name)])
        if _without(changed, panel.field) == _without(given, panel.field):
            recorded = runs.get(RECORDED.get(panel.field, ""))
            x = changed.get(panel.field, own[panel.field]) if recorded is None else recorded
            found.append(runs.assign(x=x, reference=name == panel.reference))
    decided = rows[(rows["field"] == panel.field) & (rows["variant"] == panel.reference)]
    found.append(decided.assign(x=decided["value"], reference=False))
    scale = MEASURES[panel.measure][0]
    shown = pd.concat(found).assign(value=lambda runs: scale * runs[panel.measure])
    shown = shown[["x", "seed", "value", "reference"]]
    return shown.astype({"x": float}).sort_values(["x", "seed"])


def _without(settings: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != field}


def draw(axes: Axes, panel: Panel, shown: pd.DataFrame) -> None:
    """Draw the runs of a panel and the line through their means; see :func:`points`."""
    color, shown = look_of(OURS).color, shown.assign(x=panel.unit * shown["x"])
    means = shown.groupby("x")["value"].apply(t_interval)
    axes.errorbar(
        means.index,
        [mean.mean for mean in means],
        [mean.half_width for mean in means],
        color=color,
        marker="o",
        markersize=4,
        markerfacecolor="white",
        linewidth=0.9,
        elinewidth=0.7,
        capsize=1.5,
    )
    draw_seeds(axes, shown["x"], shown["value"], color)
    own = shown[shown["reference"]]
    if len(own):
        x, value = own["x"].iloc[0], own["value"].mean()
        axes.plot(x, value, "o", color=color, markersize=4, zorder=3)
        axes.axvline(x, color="0.6", linewidth=0.6, zorder=0)
        axes.axhline(value, color="0.6", linewidth=0.6, zorder=0)
    if panel.scale == "root":
        axes.set_xscale("function", functions=(_root, _square))
    else:
        axes.set_xscale(panel.scale)
    axes.margins(x=0.12)
    ticks = sorted(shown["x"].unique())
    axes.set_xticks(ticks, [tick_label(tick) for tick in ticks])
    axes.minorticks_off()
    span = MEASURES[panel.measure][1]
    axes.yaxis.set_major_locator(MaxNLocator(5))
    low, high = axes.get_ylim()
    spare = max(span - (high - low), 0) / 2
    axes.set_ylim(low - spare, high + spare)


def _root(x: Floats) -> Floats:
    return np.sign(x) * np.sqrt(np.abs(x))


def _square(x: Floats) -> Floats:
    return np.sign(x) * np.square(x)


def tick_label(value: float) -> str:
    """Return a number for an axis: 50k, 2, 0.5."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def main() -> None:
    """Write ``paper/figures/fig9`` as PDF, PNG and TeX."""
    options = arguments()
    study, every = variants(STUDY), load(options.aggregates, STUDY)
    if every.empty:
        write_not_run("fig9", "Sweeps of one setting at a time", options)
        return
    config = every["config"].min()
    every = every[every["config"] == config]
    own = own_settings(every)
    rows = without_own(every, own)
    found = [(panel, points(panel, rows, study, own)) for panel in PANELS]
    sweeps = [(panel, shown) for panel, shown in found if shown["x"].nunique() > 1]
    lines = max(1, math.ceil(len(sweeps) / COLUMNS))
    drawing, axes = figure(PAGE_INCHES, 1.85 * lines, lines, COLUMNS)
    for part in axes[len(sweeps) :]:
        part.set_visible(False)
    for place, (part, (panel, shown)) in enumerate(zip(axes, sweeps, strict=False)):
        draw(part, panel, shown)
        part.set_title(letter(place), loc="left")
        if place % COLUMNS == 0 or panel.measure != "score":
            part.set_ylabel(MEASURES[panel.measure][2])
        part.set_xlabel(panel.axis.format(**changes(study[panel.reference])))
    save(drawing, "fig9")
    seeds = rows["seed"].nunique()
    caption = CAPTION.format(
        ours=escape(METHODS[OURS].label),
        config=config,
        seeds=seed_count(seeds),
        bars="" if seeds == 1 else BARS,
        span=MEASURES["score"][1],
        episodes=episodes_note(rows, study),
        gamma=GAMMA if any(panel.field == "expectile" for panel, _ in sweeps) else "",
    )
    write_figure("fig9", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
