"""T3: statistics of the normalised score across configurations."""

from itertools import groupby

import pandas as pd

from difsched.baselines.method import SECTIONS
from difsched.baselines.registry import METHODS
from difsched.evaluation.across import GAMMA
from difsched.family import EPISODE_WINDOWS
from experiments.aggregate.intervals import OURS
from experiments.phrases import counted
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, escape, number, provenance, write_tables
from paper.shared.seeds import seeds_told

COLUMNS = {
    "iqm": "IQM",
    "mean": "Mean",
    "optimality_gap": "Optimality gap",
    "improvement": "P(ours better)",
}
CAPTION = (
    r"Normalised score (0 equal split, 100 oracle with the same information) across "
    r"{configs}{seeds}. IQM: mean of the middle half of the runs. Optimality gap: by how much "
    r"runs miss {gamma:.0f} on average; less is better. In brackets 95\,\% intervals for other "
    r"seeds and other test windows: Student's $t$ over seeds within configurations, the jackknife "
    r"over {episodes} episodes of {windows} windows. P(ours better): the chance that a run of "
    r"{ours} scores more than one of the method on the same configuration; Clopper--Pearson "
    r"over seeds, after a shift by what other episodes may do.{partial}"
)
PARTIAL = r" $^n$: only $n$ configurations, those that the method serves and that have scores."


def entry(rows: pd.DataFrame, statistic: str) -> str:
    """Return a statistic of a method with its interval in brackets, where it has one."""
    found = rows[rows["statistic"] == statistic]
    if found.empty:
        return "--"
    digits = 2 if statistic == "improvement" else 1
    value, *ends = (float(found[column].iloc[0]) for column in ("value", "low", "high"))
    text = number(value, digits)
    if pd.isna(ends[0]) or ends[0] == ends[1]:
        return text
    low, high = (number(end, digits) for end in ends)
    return rf"{text}\,{{\scriptsize[{low}, {high}]}}"


def main() -> None:
    """Write ``paper/tables/table3.tex``."""
    options = arguments()
    overall = pd.read_csv(options.aggregates / "overall.csv")
    episodes = pd.read_csv(options.aggregates / "summary.csv")["episodes"]
    most = overall["configs"].max() if len(overall) else 0
    body: list[list[str]] = []
    names = [name for name in METHODS if name in set(overall["method"])]
    for section, group in groupby(names, key=lambda name: METHODS[name].section):
        body += [[], [SECTIONS[section]]] if body else [[SECTIONS[section]]]
        for name in group:
            rows = overall[overall["method"] == name]
            served = rows["configs"].max()
            label = escape(METHODS[name].label) + ("" if served == most else f"$^{{{served}}}$")
            body.append([label, *(entry(rows, statistic) for statistic in COLUMNS)])
    seeds = seeds_told(overall.groupby("method")["seeds"].max(), METHODS)
    caption = CAPTION.format(
        configs=counted(most, "configuration"),
        seeds=""
        if overall["seeds"].max() == 1 or overall.empty
        else f" and {seeds} of each method that is trained by gradient",
        gamma=GAMMA,
        episodes=episodes.max(),
        windows=EPISODE_WINDOWS,
        ours=escape(METHODS[OURS].label),
        partial=PARTIAL if overall["configs"].nunique() > 1 else "",
    )
    caption = f"{caption} {provenance(options)}"
    table = Table("table3", caption, "lrrrr", ["Method", *COLUMNS.values()], body)
    write_tables("table3", [table])


if __name__ == "__main__":
    main()
