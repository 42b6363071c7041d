"""T2: the main result, methods x configurations."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.baselines.method import SECTIONS
from difsched.baselines.registry import METHODS
from difsched.family import EPISODE_WINDOWS
from experiments.rendering.style import arguments
from experiments.rendering.tex import (
    Table,
    escape,
    number,
    profile_of,
    provenance,
    seed_count,
    write_tables,
)

#: Column of ``summary.csv`` -> decimals: methods lie hundredths of a point of loss apart.
DIGITS = {"loss": 2, "score": 1}
CAPTION = (
    r"Main result: packet loss in \% on the common test windows. Methods that are trained by "
    r"gradient: mean over {seeds} of the last checkpoint. The others have one run each: no chance "
    r"is in what they fit or decide, but for the draws of Random. $\pm$: half width of the 95\,\% "
    r"interval for other seeds and other test windows ({episodes} episodes of {windows}), where it "
    r"does not round to 0. {marks}{missing}"
)
SCORE = (
    r"Normalised score of the runs of Table~\ref{{tab:table2}}: 0 for the equal split and 100 for "
    r"the oracle that takes what the method is shown, forecast or truth, for the truth. Intervals "
    r"and marks as there.{missing}{unscored}"
)
UNSCORED = (
    r" --: no score, where packets wait, for which the oracle is no bound, or the equal split "
    r"loses no more than the oracle."
)
MARKS = (
    r"Bold: the scheduler of least loss, where the 95\,\% interval of its paired difference to "
    r"every other one excludes zero; otherwise $\dagger$ marks it and all whose interval with it "
    r"holds zero. Oracles take no part."
)
ONE_SEED = r"One seed gives a method that is trained no interval, and so nothing can be marked."


def leaders(losses: "pd.Series[float]", pairs: pd.DataFrame) -> list[str]:
    """Return the scheduler of least loss and all that cannot be told apart from it.

    Parameters
    ----------
    losses : Series
        Scheduler -> loss, on one configuration.
    pairs : DataFrame
        The rows of ``pairs.csv`` of that configuration.

    Returns
    -------
    list of str
        Empty where a comparison with the best has no interval, or there is none to make.
    """
    best = str(losses.idxmin())
    rivals = pairs[pairs["method"].isin(losses.index) & pairs["against"].isin(losses.index)]
    rivals = rivals[(rivals["method"] == best) | (rivals["against"] == best)]
    if rivals.empty or rivals[["low", "high"]].isna().to_numpy().any():
        return []
    tied = rivals[(rivals["low"] <= 0) & (rivals["high"] >= 0)]
    return [best, *tied["against"].where(tied["method"] == best, tied["method"])]


def cell(value: float, half_width: float, digits: int, tied: int = 0) -> str:
    """Return a value with its interval, or a dash where there is none.

    Parameters
    ----------
    value, half_width : float
        NaN where unknown.
    digits : int
        Decimals.
    tied : int
        Bold if 1: the value leads alone; a dagger if more: it is one of so many.
    """
    if pd.isna(value):
        return "--"
    text = number(value, digits)
    if tied:
        # A mark of no height leaves the rows as close as they are.
        text = rf"\textbf{{{text}}}" if tied == 1 else rf"{text}\smash{{$^\dagger$}}"
    if half_width >= 0.5 * 10**-digits:
        return rf"{text}\,{{\scriptsize$\pm${half_width:.{digits}f}}}"
    return text


def by_section(names: Iterable[str], line: Callable[[str], list[str]]) -> list[list[str]]:
    """Return the rows of a table of methods: each section's heading, then a line a method.

    Parameters
    ----------
    names : iterable of str
        Methods in the order of the tables.
    line : callable
        What follows the label in a method's row.
    """
    lines: list[list[str]] = []
    for section, group in groupby(names, key=lambda name: METHODS[name].section):
        lines += [[], [SECTIONS[section]]] if lines else [[SECTIONS[section]]]
        lines += [[escape(METHODS[name].label), *line(name)] for name in group]
    return lines


def planned(workspace: Path) -> dict[str, int]:
    """Return method -> runs that its profile asks for on a configuration."""
    profile = profile_of(workspace)
    return {
        name: len(profile.seeds[group]) for group, names in profile.groups.items() for name in names
    }


def body(
    table: pd.DataFrame,
    column: str,
    scale: float,
    best: dict[int, list[str]],
    runs: Mapping[str, int],
) -> list[list[str]]:
    """Return the rows of a table: each section's heading, then its methods.

    Parameters
    ----------
    table : DataFrame
        A row (method, config) of every method and configuration; see ``summary.csv``.
    column : str
        What is shown.
    scale : float
        What it is multiplied by.
    best : dict
        Configuration -> its :func:`leaders`.
    runs : mapping
        Method -> runs of a cell; one that rests on fewer says on how many.
    """

    def entry(row: "pd.Series[Any]", name: str, config: int) -> str:
        if pd.notna(row["not_served"]):
            return "n/a"
        tied = best.get(config, [])
        value, half_width = (float(row[part]) for part in (column, f"{column}_half_width"))
        mark = len(tied) if name in tied else 0
        text = cell(scale * value, scale * half_width, DIGITS[column], mark)
        n = 0 if pd.isna(row["seeds"]) else int(row["seeds"])
        return text if n == runs[name] else rf"{text}\,{{\scriptsize($n = {n}$)}}"

    def line(name: str) -> list[str]:
        return [entry(row, name, int(str(c))) for c, row in table.loc[name].iterrows()]

    return by_section(map(str, table.index.unique("method")), line)


def main() -> None:
    """Write ``paper/tables/table2.tex``."""
    options = arguments()
    key = ["method", "config"]
    runs = pd.read_csv(options.aggregates / "main.csv")
    summary = pd.read_csv(options.aggregates / "summary.csv").set_index(key)
    pairs = pd.read_csv(options.aggregates / "pairs.csv")
    configs = sorted(runs["config"].unique())
    runs_of = planned(options.workspace)
    names = [name for name in METHODS if name in runs_of]
    every = pd.MultiIndex.from_product([names, configs], names=key)
    results = summary.reindex(every).join(runs.groupby(key)["not_served"].first())
    schedulers = [name for name in names if METHODS[name].section != "oracles"]
    best = {
        int(str(config)): leaders(row.dropna(), pairs[pairs["config"] == config])
        for config, row in results["loss"].unstack("method")[schedulers].iterrows()
        if row.notna().any()
    }
    seeds = runs["seed"].nunique()
    reasons = ", ".join(sorted(set(results["not_served"].dropna())))
    missing = f" n/a: {escape(reasons)}." if reasons else ""
    caption = CAPTION.format(
        seeds=seed_count(seeds),
        episodes=int(results["episodes"].max()),
        windows=EPISODE_WINDOWS,
        marks=MARKS if any(best.values()) else ONE_SEED,
        missing=missing,
    )
    columns, header = "l" + "r" * len(configs), ["Config", *map(str, configs)]
    source = provenance(options)
    loss, score = (
        body(results, column, scale, best, runs_of)
        for column, scale in (("loss", 100), ("score", 1))
    )
    without = (results["loss"].notna() & results["score"].isna()).any()
    second = SCORE.format(missing=missing, unscored=UNSCORED if without else "")
    parts = [("table2", caption, loss), ("table2-score", second, score)]
    tables = [
        Table(label, f"{text} {source}", columns, header, rows) for label, text, rows in parts
    ]
    write_tables("table2", tables)


if __name__ == "__main__":
    main()
