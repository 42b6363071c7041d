"""T10: allocation, methods x configurations; tails and successes; other conditions."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from difsched.baselines.registry import methods
from difsched.env.alloc.config import CONFIGURATIONS
from difsched.evaluation.statistics import t_interval
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, escape, provenance, seed_count
from paper.shared.family_tables import write
from paper.shared.left_out import family_rows
from paper.shared.method_table import by_section, cell

FAMILY = "alloc"
TAILS, STUDY = "alloc_risk", "alloc_robustness"
#: Configurations of which all is told.
SHOWN = (2, 6, 10)
#: Column of ``alloc_risk.csv`` -> its header, what it is multiplied by, and decimals.
RISKS = {
    "cvar_95": (r"CVaR$_{95}$", 1, 3),
    "cvar_99": (r"CVaR$_{99}$", 1, 3),
    "success": (r"Success (\%)", 100, 1),
}
TAILS_CAPTION = (
    r"Multi-resource allocation: tails, successes and sample efficiency, on {names}. "
    r"CVaR: expected shortfall, the mean loss (minus reward) of the worst 5 and 1\,\% of "
    r"{episodes} test episodes, at least of the worst one. Success: share of the test episodes in "
    r"which it loses less than the naive split. To score {goal:g}: gradient steps, or windows of "
    r"interaction of what learns by it, after which the learning curve has that score, median of "
    r"the seeds that reach it. $\pm$: half width of the 95\,\% interval for other seeds."
)
SHIFTS_CAPTION = (
    r"Multi-resource allocation: score of the same policies, on {name}, under conditions that "
    r"nobody tells them of; 0 and 100 are those of the conditions. Mean over {seeds} of what "
    r"learns; $\pm$: half width of the 95\,\% interval for other seeds on the same test windows."
)


def tails(table: pd.DataFrame, source: str) -> list[Table]:
    """Return the tables of tails and successes, one a configuration that was run."""
    known, found = methods(FAMILY), []
    run = set() if table.empty else set(table["config"])
    for config in [config for config in SHOWN if config in run]:
        rows = table[table["config"] == config].set_index("method")
        told = {str(row["method"]): row for row in rows.reset_index().to_dict("records")}

        def line(name: str, told: dict[str, dict[Any, Any]] = told) -> list[str]:
            row = told[name]
            cells = [
                cell(scale * float(row[one]), scale * float(row[f"{one}_half_width"]), digits)
                for one, (_, scale, digits) in RISKS.items()
            ]
            return [*cells, "--" if pd.isna(row["amount"]) else f"{row['amount']:.0f}"]

        goal, episodes = rows["goal"].iloc[0], rows["episodes"].iloc[0]
        name = escape(CONFIGURATIONS.name_of(config).replace("_", " "))
        caption = TAILS_CAPTION.format(names=name, goal=goal, episodes=episodes)
        header = ["Method", *(title for title, *_ in RISKS.values()), f"To score {goal:g}"]
        body = by_section(known, [name for name in known if name in told], line)
        label = f"table10-risk{config}"
        found.append(Table(label, f"{caption} {source}", "lrrrr", header, body))
    return found


def shifts(table: pd.DataFrame, source: str) -> list[Table]:
    """Return the table of other conditions; none without runs."""
    if table.empty:
        return []
    rows = table.assign(tested=table["tested"].fillna("as it is"))
    words = list(dict.fromkeys(rows["tested"]))
    body = [
        [escape(str(label)), *(_mean(own[own["tested"] == word]["score"]) for word in words)]
        for label, own in rows.groupby("label", sort=False)
    ]
    name = escape(CONFIGURATIONS.name_of(int(rows["config"].iloc[0])).replace("_", " "))
    caption = SHIFTS_CAPTION.format(name=name, seeds=seed_count(rows["seed"].nunique()))
    header = ["Policy", *map(escape, words)]
    columns = "l" + "r" * len(words)
    return [Table("table10-robustness", f"{caption} {source}", columns, header, body)]


def _mean(scores: "Sequence[float] | pd.Series[float]") -> str:
    interval = t_interval(scores)
    return cell(interval.mean, interval.half_width, 1)


def main() -> None:
    """Write ``paper/tables/table10.tex``."""
    options = arguments()
    source = provenance(options, traffic=False)
    risk, moved = (family_rows(options.aggregates, name) for name in (TAILS, STUDY))
    more = [*tails(risk, source), *shifts(moved, source)]
    write("table10", "Multi-resource allocation", FAMILY, SHOWN, more=more)


if __name__ == "__main__":
    main()
