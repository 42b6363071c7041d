"""T11: what the data decide: another dataset, and data that do not cover what is best."""

from argparse import Namespace
from collections.abc import Callable

import pandas as pd

from difsched.evaluation.statistics import t_interval, welch
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import (
    Table,
    escape,
    provenance,
    seed_count,
    typeset,
    write_tables,
)
from paper.shared.method_table import cell

#: Cells of a variant's rows on a configuration, and of those that its group begins with.
Line = Callable[[pd.DataFrame, pd.DataFrame], list[str]]
#: The studies that it shows.
TABLES = ("fresh", "support")
NOT_RUN = "The profile runs no variant of it."
FRESH = (
    r"How much of a score is the data's: normalised scores (0 equal split, 100 oracle with the "
    r"same information) where all seeds learn from one dataset, and where each seed has a dataset "
    r"of its own, of the same size and make, drawn anew from the same trace. Mean over {seeds}, "
    r"with the half width of its 95\,\% Student $t$ interval, and the standard deviation of the "
    r"seeds."
)
SUPPORT = (
    r"Held to the log where a critic would have to guess: normalised scores of DQL-Set with three "
    r"supports, and their difference to the first. Where actions are held to those that were "
    r"taken, the critic's value falls elsewhere. Two plateaus: a link of .5 in the middle of "
    r"the range and 1 at its end. Mean over {seeds}, with half widths of 95\,\% intervals: "
    r"Student's $t$, Welch's for a difference; $\ast$: it excludes zero."
)


def fresh_line(part: pd.DataFrame, first: pd.DataFrame) -> list[str]:
    """Return score and standard deviation of a variant on a configuration."""
    score = t_interval(part["score"])
    spread = "--" if len(part) < 2 else f"{part['score'].std():.2f}"
    return [cell(score.mean, score.half_width, 2), spread]


def support_line(part: pd.DataFrame, first: pd.DataFrame) -> list[str]:
    """Return score of a variant on a configuration, and its difference to its group's first."""
    score = t_interval(part["score"])
    if part["variant"].iloc[0] == first["variant"].iloc[0]:
        return [cell(score.mean, score.half_width, 1), "--"]
    gain = welch(part["score"], first["score"])
    mark = r"\rlap{$^\ast$}" if gain.excludes_zero else ""
    return [cell(score.mean, score.half_width, 1), cell(gain.mean, gain.half_width, 1) + mark]


def table_of(
    label: str, study: str, caption: str, columns: list[str], line: Line, options: Namespace
) -> Table:
    """Return the table of a study, a row a variant beneath the heading of its group."""
    rows = pd.read_csv(options.aggregates / f"{study}.csv", dtype={"group": str, "label": str})
    if rows.empty:
        return Table(label, f"{caption.split(':')[0]}. {NOT_RUN}", "l", ["Variant"], [])
    configs = sorted(rows["config"].unique())
    body: list[list[str]] = []
    for group, members in rows.groupby("group", sort=False):
        body += [[], [typeset(str(group))]] if body else [[typeset(str(group))]]
        for text, part in members.groupby("label", sort=False):
            cells = []
            for config in configs:
                own, others = (each[each["config"] == config] for each in (part, members))
                first = others[others["variant"] == others["variant"].iloc[0]]
                cells += line(own, first)
            body.append([typeset(str(text)), *cells])
    return Table(
        label,
        f"{caption.format(seeds=seed_count(rows['seed'].nunique()))} {provenance(options)}",
        "l" + "r" * len(columns) * len(configs),
        ["", *columns * len(configs)],
        body,
        [("", 1), *((escape(f"config {config}"), len(columns)) for config in configs)],
    )


def main() -> None:
    """Write ``paper/tables/table11.tex``."""
    fresh, support = TABLES
    options = arguments()
    first = table_of("table11", fresh, FRESH, ["Score", "SD"], fresh_line, options)
    columns = ["Score", "Difference"]
    second = table_of("table11-support", support, SUPPORT, columns, support_line, options)
    write_tables("table11", [first, second])


if __name__ == "__main__":
    main()
