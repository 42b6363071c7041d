"""T5: generalisation to other channels than in training, and what knowing more is worth."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeAlias

import pandas as pd

from difsched.baselines.registry import METHODS
from difsched.evaluation.statistics import Interval, t_interval
from difsched.family import EPISODE_WINDOWS
from experiments.products import TRANSFERS
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, count, escape, provenance, write_tables
from paper.shared.method_table import DIGITS, cell
from paper.shared.seeds import seeds_told

#: (method, configuration) -> mean over seeds and its interval.
Means: TypeAlias = Mapping[tuple[str, int], Interval]
#: Studies in ``experiments/studies/``: demand known, channel never seen.
TRUTH, BLIND = "truth", "channel"
#: The optimum of the forecast, and of the truth.
ORACLES = ("oracle_predicted", "oracle")
BLOCKS = ("Trained on the tested configuration", "Trained with one channel class")
CHANNELS = (
    r"Generalisation to channels unlike those of the training: normalised score on the common test "
    r"windows of the configurations with five channel classes. Left: what learned from data of the "
    r"tested configuration. Right: from data of the configuration that has the same users, traffic "
    r"and budget, but one class ({pairs}). Channel shown: each user's $k$ and $s$; hidden: in "
    r"their place the means over the classes, in training as in the test; they are the $k$ and $s$ "
    r"of the one class. Oracles learn nothing; hidden, they plan with the means. --: was not run, "
    r"since one method alone is trained on hidden channels, or is not there, since oracles have no "
    r"training. 0: equal split, 100: oracle that is shown the forecast and the channel. {numbers}"
)
INFORMATION = (
    r"What knowing the demand is worth: packet loss in \% and normalised score on the common test "
    r"windows of methods that are shown, in training as in the test, its forecast or the demand "
    r"itself. 100: oracle with the same information. {numbers}"
)
NUMBERS = r"Methods that are trained by gradient: mean over {seeds}; {windows} test windows."
INTERVALS = (
    r"$\pm$: half width of the 95\,\% interval for other seeds on the same data and test windows "
    r"(Student's $t$), where it does not round to 0."
)
ONE_SEED = "One seed gives no interval."


def means(rows: pd.DataFrame, column: str, scale: float = 1) -> Means:
    """Return the mean over seeds of each method and configuration, and its t interval.

    Parameters
    ----------
    rows : DataFrame
        A row a run; see ``main.csv``.
    column : str
        What is averaged; runs without it are left out.
    scale : float
        What it is multiplied by.
    """
    known = rows.dropna(subset=[column])
    return {
        (str(method), int(str(config))): t_interval(scale * part[column])
        for (method, config), part in known.groupby(["method", "config"])
    }


def entries(found: Means, method: str, configs: Sequence[int], digits: int) -> list[str]:
    """Return the cells of a method with so many decimals, a dash where nothing is known."""
    nothing = Interval(float("nan"), float("nan"))
    values = [found.get((method, config), nothing) for config in configs]
    return [cell(value.mean, value.half_width, digits) for value in values]


def ordered(rows: pd.DataFrame) -> list[str]:
    """Return the methods of some rows in the order of the tables."""
    return [name for name in METHODS if name in set(rows["method"])]


def channels(main: pd.DataFrame, transfer: pd.DataFrame, blind: pd.DataFrame) -> list[list[str]]:
    """Return the rows of the first table: all methods with the channel shown, then hidden.

    Parameters
    ----------
    main, transfer, blind : DataFrame
        ``main.csv``, ``transfer.csv``, and the runs of the study ``channel``.
    """
    at_home = transfer["trained"] == transfer["config"]
    shown = transfer["channel"] == "shown"
    never = pd.concat([transfer[at_home & ~shown], blind])
    sections = {
        "Channel shown": (main, transfer[~at_home & shown]),
        "Channel hidden": (never, transfer[~at_home & ~shown]),
    }
    lines: list[list[str]] = []
    for title, blocks in sections.items():
        lines += [[], [title]] if lines else [[title]]
        found = [means(rows, "score") for rows in blocks]
        for name in ordered(transfer):
            cells = [entries(block, name, list(TRANSFERS), DIGITS["score"]) for block in found]
            lines.append([escape(METHODS[name].label), *chain.from_iterable(cells)])
    return lines


def information(main: pd.DataFrame, truth: pd.DataFrame, configs: Sequence[int]) -> list[list[str]]:
    """Return the rows of the second table: loss and score of each method by what it is shown.

    Parameters
    ----------
    main, truth : DataFrame
        ``main.csv``, and the runs of the study ``truth``.
    configs : sequence of int
        The columns.
    """
    names, lines = ordered(truth), []

    def pair(label: str, column: str, scale: float, forecast: str, known: str) -> list[list[str]]:
        # An oracle of its own for either information; the others were trained twice.
        rows = main if known in ORACLES else truth
        return [
            [
                label,
                "forecast",
                *entries(means(main, column, scale), forecast, configs, DIGITS[column]),
            ],
            ["", "truth", *entries(means(rows, column, scale), known, configs, DIGITS[column])],
        ]

    lines.append([r"Packet loss (\%)"])
    for name in names:
        lines += pair(escape(METHODS[name].label), "loss", 100, name, name)
    lines += pair("Oracle", "loss", 100, *ORACLES)
    lines += [[], ["Score"]]
    for name in names:
        lines += pair(escape(METHODS[name].label), "score", 1, name, name)
    return lines


def main() -> None:
    """Write ``paper/tables/table5.tex``."""
    options = arguments()
    runs, transfer, summary, *studies = (
        pd.read_csv(options.aggregates / f"{name}.csv")
        for name in ("main", "transfer", "summary", TRUTH, BLIND)
    )
    truth, blind = (rows[rows["field"].isna()] for rows in studies)
    seeds = runs["seed"].nunique()
    numbers = NUMBERS.format(
        seeds=seeds_told(runs.groupby("method")["seed"].nunique(), METHODS),
        windows=count(EPISODE_WINDOWS * int(summary["episodes"].max())),
    )
    numbers = f"{numbers} {ONE_SEED if seeds == 1 else INTERVALS} {provenance(options)}"
    pairs = ", ".join(f"{train} for {test}" for test, train in TRANSFERS.items())
    tested = list(map(str, TRANSFERS))
    configs = sorted(runs["config"].unique())
    tables = [
        Table(
            "table5",
            CHANNELS.format(pairs=pairs, numbers=numbers),
            "l" + "r" * len(tested) * len(BLOCKS),
            ["Tested on", *tested * len(BLOCKS)],
            channels(runs, transfer, blind),
            [("", 1), *((block, len(tested)) for block in BLOCKS)],
        ),
        Table(
            "table5-information",
            INFORMATION.format(numbers=numbers),
            "ll" + "r" * len(configs),
            ["Method", "Shown", *map(str, configs)],
            information(runs, truth, configs),
        ),
    ]
    write_tables("table5", tables)


if __name__ == "__main__":
    main()
