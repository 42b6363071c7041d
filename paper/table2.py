"""T2: the main result, methods x configurations."""

import math

import pandas as pd

from baselines.registry import METHODS
from difsched.evaluation.statistics import t_interval
from paper.style import arguments
from paper.tex import escape, number, provenance, write_table

CAPTION = (
    r"Main result on the common test windows. Top: packet loss in \%. Bottom: normalised score, "
    r"0 for the equal split and 100 for the oracle that takes what the method is shown, forecast "
    r"or truth, for the truth. "
    r"Learned methods: mean over {seeds} of the last checkpoint{interval}; the other methods "
    r"have no seed. Every method meets the same windows."
)


def cell(values: pd.Series, digits: int) -> str:
    """Return a mean with its interval, or a dash where there is no run."""
    known = values.dropna()
    if known.empty:
        return "--"
    summary = t_interval(known)
    text = number(summary.mean, digits)
    if math.isnan(summary.half_width):
        return text
    return rf"{text}\,{{\scriptsize$\pm${summary.half_width:.{digits}f}}}"


def main() -> None:
    """Write ``paper/tables/table2.tex``."""
    options = arguments()
    runs = pd.read_csv(options.aggregates / "main.csv")
    runs["percent"] = 100 * runs["loss"]
    configs = sorted(runs["config"].unique())
    names = [name for name in METHODS if name in set(runs["method"])]
    schedulers = [name for name in names if not name.startswith("oracle")]
    oracles = [name for name in names if name.startswith("oracle")]
    body: list[list[str]] = []
    for title, column, digits in (("Packet loss (\\%)", "percent", 1), ("Score", "score", 0)):
        body += [[], [title]] if body else [[title]]
        for group in filter(None, (schedulers, oracles)):
            body += [[]] if group is oracles else []
            for name in group:
                rows = runs[runs["method"] == name]
                cells = [cell(rows.loc[rows["config"] == c, column], digits) for c in configs]
                body.append([escape(METHODS[name].label), *cells])
    seeds = runs["seed"].nunique()
    caption = CAPTION.format(
        seeds="one seed" if seeds == 1 else f"{seeds} seeds",
        interval="" if seeds == 1 else r", $\pm$ its 95\,\% Student $t$ interval over seeds",
    )
    caption = f"{caption} {provenance(options.workspace)}"
    write_table("table2", caption, "l" + "r" * len(configs), ["Config", *map(str, configs)], body)


if __name__ == "__main__":
    main()
