"""Tables of methods by configuration: sections, cells with intervals, marks of the best."""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import groupby
from typing import Any

import pandas as pd

from difsched.baselines.method import SECTIONS, Method
from experiments.profiles.profile import Part
from experiments.rendering.tex import escape, number

#: What is shown -> decimals: methods lie hundredths of a point of loss apart.
DIGITS = {"loss": 2, "score": 1}
MARKS = (
    r"Bold: the scheduler of least loss, where the 95\,\% interval of its paired difference to "
    r"every other one excludes zero; otherwise $\dagger$ marks it and all whose interval with it "
    r"holds zero. Oracles take no part."
)
#: What stands behind what breaks constraints.
BREAKS = r"\smash{$^\ddagger$}"
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


def by_section(
    known: Mapping[str, Method], names: Iterable[str], line: Callable[[str], list[str]]
) -> list[list[str]]:
    """Return the rows of a table of methods: each section's heading, then a line a method.

    Parameters
    ----------
    known : mapping
        The methods of a family by name.
    names : iterable of str
        Methods in the order of the tables.
    line : callable
        What follows the label in a method's row.
    """
    lines: list[list[str]] = []
    for section, group in groupby(names, key=lambda name: known[name].section):
        lines += [[], [SECTIONS[section]]] if lines else [[SECTIONS[section]]]
        lines += [[escape(known[name].label), *line(name)] for name in group]
    return lines


def planned(part: Part) -> dict[tuple[str, int], int]:
    """Return (method, configuration) -> runs that a profile asks for there."""
    return {
        (name, config): len(part.seeds[group])
        for group, names in part.groups.items()
        for name in names
        for config in part.on(name)
    }


def dashes(reasons: Iterable[str]) -> str:
    """Return what a caption says of dashes: why there is no number, or nothing without reasons."""
    said = "; ".join(reasons)
    return f" --: {said}." if said else ""


def left_out(every: Iterable[Any], runs: Mapping[tuple[str, int], int]) -> list[str]:
    """Return the reason of a dash where a profile runs not all methods on all configurations."""
    return ["not run there"] if set(every) - set(runs) else []


def best_of(
    losses: pd.DataFrame, pairs: pd.DataFrame, known: Mapping[str, Method]
) -> dict[int, list[str]]:
    """Return configuration -> its :func:`leaders`, of those where there is a loss.

    Parameters
    ----------
    losses : DataFrame
        Configuration by method.
    pairs : DataFrame
        The rows of ``pairs.csv``.
    known : mapping
        The methods of a family by name.
    """
    schedulers = [name for name in losses if known[str(name)].section != "oracles"]
    return {
        int(str(config)): leaders(row.dropna(), pairs[pairs["config"] == config])
        for config, row in losses[schedulers].iterrows()
        if row.notna().any()
    }


def body(
    known: Mapping[str, Method],
    table: pd.DataFrame,
    column: str,
    scale: float,
    best: Mapping[int, list[str]],
    runs: Mapping[tuple[str, int], int],
    broken: Collection[tuple[str, int]] = (),
) -> list[list[str]]:
    """Return the rows of a table: each section's heading, then its methods.

    Parameters
    ----------
    known : mapping
        The methods of a family by name.
    table : DataFrame
        A row (method, config) of every method and configuration; see ``summary.csv``.
    column : str
        What is shown.
    scale : float
        What it is multiplied by.
    best : mapping
        Configuration -> its :func:`leaders`.
    runs : mapping
        (Method, configuration) -> runs of a cell; one that rests on fewer says on how many.
    broken : collection of (str, int)
        Methods and configurations whose constraints they break: they are marked.
    """

    def entry(row: "pd.Series[Any]", name: str, config: int) -> str:
        if pd.notna(row["not_served"]):
            return "n/a"
        tied = best.get(config, [])
        value, half_width = (float(row[part]) for part in (column, f"{column}_half_width"))
        mark = len(tied) if name in tied else 0
        text = cell(scale * value, scale * half_width, DIGITS[column], mark)
        text += BREAKS if (name, config) in broken else ""
        n = 0 if pd.isna(row["seeds"]) else int(row["seeds"])
        return text if n == runs.get((name, config), 0) else rf"{text}\,{{\scriptsize($n = {n}$)}}"

    def line(name: str) -> list[str]:
        return [entry(row, name, int(str(c))) for c, row in table.loc[name].iterrows()]

    return by_section(known, map(str, table.index.unique("method")), line)
