"""T6: what the methods cost: training, decisions, memory."""

from string import ascii_lowercase

import numpy as np
import pandas as pd

from difsched.baselines.registry import METHODS
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, count, escape, number, provenance, write_tables
from paper.shared.method_table import by_section
from paper.shared.seeds import listed, seeds_told

#: Columns of ``costs.csv`` that are shown by the number of users, and their headings.
MEASURES = {
    "fit_cpu_seconds": r"Fit (CPU\,s)",
    "parameters": "Parameters",
    "decide_ms_p50": "p50 (ms)",
    "decide_ms_p99": "p99 (ms)",
}
UNITS = {"gradient steps": "steps", "windows of interaction": "windows"}
#: Seconds from which on a method is said to fit anything.
LEAST_SECONDS = 0.01
MOST_DECIMALS = 3
CAPTION = (
    r"Cost{machine}. Training: gradient steps, or windows of interaction. Fit: "
    r"processor time from the data, or the environment, to the policy, without the points of its "
    r"learning curve; --: none, or less than {least:g}\,s. What MDP composes is made beforehand. "
    r"Parameters: the weights with which a policy decides. p50, p99: processor time of a decision, "
    r"one window at a time, median and 99th percentile. All of these are medians over {seeds} and "
    r"the configurations of $N$ users, on one core and one thread, while other jobs ran on other "
    r"cores. Peak: the most memory that a process had held at the end of a run, interpreter and "
    r"libraries included; runs of one job share a process, as do the seeds of a method, and all "
    r"methods that learn nothing.{missing}"
)
#: Where the runs are of one processor, and where of several, whose letters stand behind them.
ONE_MACHINE = ", on the machine at hand"
LETTERS = " On: the processor, {named}; times of different ones rank nothing."
MISSING = " n/a: no configuration of that size is served."


def amount(value: float) -> str:
    """Return a number, zero or more, with two digits at least, and at most three decimals."""
    decimals = 1 - int(np.floor(np.log10(value))) if value else 0
    decimals = int(np.clip(decimals, 0, MOST_DECIMALS))
    missing = ("" if decimals else ".") + "0" * (MOST_DECIMALS - decimals)
    # What is not there keeps its room: the points of a column stand below each other.
    return number(value, decimals) + (rf"\phantom{{{missing}}}" if decimals < MOST_DECIMALS else "")


def entry(measure: str, value: float) -> str:
    """Return the cell of a measure, NaN where there is nothing."""
    if measure == "parameters":
        return "--" if np.isnan(value) else count(round(value))
    if np.isnan(value):
        return "n/a"
    return "--" if measure == "fit_cpu_seconds" and value < LEAST_SECONDS else amount(value)


def processors(costs: pd.DataFrame) -> dict[str, str]:
    """Return processor -> its letter, the most used one first; empty where there is one alone."""
    names = costs["processor"].value_counts().index
    return dict(zip(names, ascii_lowercase, strict=False)) if len(names) > 1 else {}


def main() -> None:
    """Write ``paper/tables/table6.tex``."""
    options = arguments()
    costs, curves, datasets = (
        pd.read_csv(options.aggregates / f"{name}.csv") for name in ("costs", "curves", "datasets")
    )
    costs["N"] = costs["config"].map(datasets.set_index("config")["N_user"])
    medians = costs.groupby(["method", "N"])[list(MEASURES)].median()
    peaks = costs.groupby("method")["peak_mib"].max()
    training = {
        str(name): f"{count(points['amount'].max())} {UNITS[points['unit'].iloc[0]]}"
        for name, points in curves.groupby("method")
    }
    sizes = sorted(costs["N"].unique())
    letters = processors(costs)
    used = costs["processor"].map(letters).groupby(costs["method"]).unique()

    def line(name: str) -> list[str]:
        found = medians.loc[name].reindex(sizes)
        cells = [entry(measure, value) for measure in MEASURES for value in found[measure]]
        on = [", ".join(sorted(used[name]))] if letters else []
        return [training.get(name, "--"), *cells, count(round(peaks[name])), *on]

    caption = CAPTION.format(
        machine="" if letters else ONE_MACHINE,
        least=LEAST_SECONDS,
        seeds=seeds_told(costs.groupby("method")["seed"].nunique(), METHODS),
        missing=MISSING if medians["decide_ms_p50"].isna().any() else "",
    )
    if letters:
        named = listed([f"{letter} {escape(name)}" for name, letter in letters.items()])
        caption += LETTERS.format(named=named)
    table = Table(
        "table6",
        f"{caption} {provenance(options)}",
        "lr" + "r" * len(sizes) * len(MEASURES) + "r" + ("c" if letters else ""),
        [
            *("", "Training", *(f"$N={size}$" for _ in MEASURES for size in sizes), "Peak (MiB)"),
            *(["On"] if letters else []),
        ],
        by_section(METHODS, [name for name in METHODS if name in set(costs["method"])], line),
        [("", 2), *((title, len(sizes)) for title in MEASURES.values()), ("", 2 if letters else 1)],
    )
    write_tables("table6", [table])


if __name__ == "__main__":
    main()
