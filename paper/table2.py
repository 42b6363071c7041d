"""T2: the main result, methods x configurations."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from baselines.registry import METHODS
from difsched.evaluation.windows import EPISODE_WINDOWS
from paper.style import arguments
from paper.tex import escape, number, provenance, write_table

DIGITS = 1
BLOCKS = (("Packet loss (\\%)", "loss", 100.0), ("Score", "score", 1.0))
CAPTION = (
    r"Main result on the common test windows. Top: packet loss in \%. Bottom: normalised score, "
    r"0 for the equal split and 100 for the oracle that takes what the method is shown, forecast "
    r"or truth, for the truth. Learned methods: mean over {seeds} of the last checkpoint; the "
    r"other methods have no seed. $\pm$: half width of the 95\,\% interval for other seeds and "
    r"other test windows ({episodes} episodes of {windows}), where it is 0.05 or more. "
    r"{marks}{missing}"
)
MARKS = (
    r"Bold: the scheduler of least loss, where the 95\,\% interval of its paired difference to "
    r"every other one excludes zero; otherwise $\dagger$ marks it and all whose interval with it "
    r"holds zero. Oracles take no part."
)
ONE_SEED = r"One seed gives a learned method no interval, and so nothing can be marked."


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


def cell(value: float, half_width: float, tied: int = 0) -> str:
    """Return a value with its interval, or a dash where there is none.

    Parameters
    ----------
    value, half_width : float
        NaN where unknown.
    tied : int
        Bold if 1: the value leads alone; a dagger if more: it is one of so many.
    """
    if pd.isna(value):
        return "--"
    text = number(value, DIGITS)
    if tied:
        text = rf"\textbf{{{text}}}" if tied == 1 else rf"{text}$^\dagger$"
    if half_width >= 0.5 * 10**-DIGITS:
        return rf"{text}\,{{\scriptsize$\pm${half_width:.{DIGITS}f}}}"
    return text


def block(
    table: pd.DataFrame, names: Sequence[str], column: str, scale: float, best: dict[int, list[str]]
) -> list[list[str]]:
    """Return a row of cells for each method; ``table`` has a row (method, config) of everything."""

    def entry(row: "pd.Series[Any]", name: str, config: int) -> str:
        if pd.notna(row["not_served"]):
            return "n/a"
        tied = best.get(config, [])
        value, half_width = (float(row[part]) for part in (column, f"{column}_half_width"))
        return cell(scale * value, scale * half_width, len(tied) if name in tied else 0)

    return [
        [
            escape(METHODS[name].label),
            *(entry(row, name, int(str(c))) for c, row in table.loc[name].iterrows()),
        ]
        for name in names
    ]


def main() -> None:
    """Write ``paper/tables/table2.tex``."""
    options = arguments()
    key = ["method", "config"]
    runs = pd.read_csv(options.aggregates / "main.csv")
    summary = pd.read_csv(options.aggregates / "summary.csv").set_index(key)
    pairs = pd.read_csv(options.aggregates / "pairs.csv")
    configs = sorted(runs["config"].unique())
    names = [name for name in METHODS if name in set(runs["method"])]
    schedulers = [name for name in names if not name.startswith("oracle")]
    oracles = [name for name in names if name.startswith("oracle")]
    every = pd.MultiIndex.from_product([names, configs], names=key)
    table = summary.reindex(every).join(runs.groupby(key)["not_served"].first())
    losses = table["loss"].unstack("method")[schedulers]
    best = {
        int(str(config)): leaders(row.dropna(), pairs[pairs["config"] == config])
        for config, row in losses.iterrows()
        if row.notna().any()
    }
    body: list[list[str]] = []
    for title, column, scale in BLOCKS:
        body += [[], [title]] if body else [[title]]
        body += block(table, schedulers, column, scale, best)
        body += [[], *block(table, oracles, column, scale, {})] if oracles else []
    seeds = runs["seed"].nunique()
    reasons = ", ".join(sorted(set(table["not_served"].dropna())))
    caption = CAPTION.format(
        seeds="one seed" if seeds == 1 else f"{seeds} seeds",
        episodes=int(table["episodes"].max()),
        windows=EPISODE_WINDOWS,
        marks=MARKS if any(best.values()) else ONE_SEED,
        missing=f" n/a: {escape(reasons)}." if reasons else "",
    )
    caption = f"{caption} {provenance(options.workspace)}"
    write_table("table2", caption, "l" + "r" * len(configs), ["Config", *map(str, configs)], body)


if __name__ == "__main__":
    main()
