"""T7: all problem families on one page, methods x problems."""

from pathlib import Path

import pandas as pd

from difsched.baselines.registry import METHODS, methods
from difsched.family import FAMILIES
from experiments.products import FURTHER
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, escape, provenance, write_tables
from paper.shared.left_out import family_rows
from paper.shared.method_table import cell

#: Family -> what heads its columns.
TITLES = {
    "slice": "Slice",
    "alloc": "Multi-resource allocation",
    "mec": "Edge computing",
    "mlb": "Load balancing",
    "sequential": "Sequential slice",
    "promised": "Slice with a floor",
}
#: What the tables are read from, beside ``overall``.
TABLES = ("overall", *(f"{family}_summary" for family in FURTHER))
#: Methods whose configurations are those of a family's columns: all learn there.
COMPARED = ("iql", "td3_bc", "det_set", "gaussian_set", "flow_set", "dql_set")
CAPTION = (
    r"All problem families: normalised score, of the slice the mean over its configurations, of "
    r"the others on those where every actor, IQL and TD3+BC were trained. 0 and 100 are each "
    r"family's own references; what exceeds 100 looks further ahead, or the reference is no "
    r"bound. Best rule: the best of those that learn nothing and are no oracle, by its score. "
    r"$\pm$: half width of the 95\,\% interval for other seeds and other test windows. --: not run "
    r"there."
)
NOTHING = "No family was run."


def columns_of(aggregates: Path) -> dict[tuple[str, str], "pd.DataFrame"]:
    """Return (family, column) -> ``score`` and ``half_width`` by method, of what was run."""
    found: dict[tuple[str, str], pd.DataFrame] = {}
    overall = family_rows(aggregates, "overall")
    if len(overall):
        rows = overall[overall["statistic"] == "mean"].set_index("method")
        rows = rows[rows["configs"] == rows["configs"].max()]
        half = rows["high"] - rows["value"]
        found["slice", "mean"] = pd.DataFrame({"score": rows["value"], "half_width": half})
    for family in FURTHER:
        summary = family_rows(aggregates, f"{family}_summary")
        if summary.empty:
            continue
        by_config = summary.dropna(subset="score").groupby("config")
        for number, rows in by_config:
            if set(COMPARED) <= set(rows["method"]):
                told = rows.set_index("method").rename(columns={"score_half_width": "half_width"})
                name = FAMILIES[family].name_of(int(str(number))).replace("_", " ")
                found[family, name] = told[["score", "half_width"]]
    return found


def entry(name: str, column: pd.DataFrame) -> str:
    """Return the score of a method in a column."""
    if name not in column.index:
        return "--"
    return cell(column["score"][name], column["half_width"][name], 1)


def best_rule(family: str, column: pd.DataFrame) -> str:
    """Return the best of those that learn nothing and are no oracle: its score and name."""
    known = methods(family)
    rules = [name for name in column.index if known[name].section == "rules"]
    scores = column.loc[rules, "score"].dropna()
    if scores.empty:
        return "--"
    return entry(str(scores.idxmax()), column)


def learners(columns: dict[tuple[str, str], pd.DataFrame]) -> dict[str, str]:
    """Return name -> label of what is trained in two families at least, in the order of tables."""
    labels = {
        name: method.label
        for family in ("slice", *FURTHER)
        for name, method in methods(family).items()
        if method.training
    }
    families: dict[str, set[str]] = {name: set() for name in labels}
    for (family, _), column in columns.items():
        for name in set(column.index) & set(labels):
            families[str(name)].add(family)
    order = [*METHODS, *(name for name in labels if name not in METHODS)]
    return {name: labels[name] for name in order if len(families.get(name, ())) > 1}


def main() -> None:
    """Write ``paper/tables/table7.tex``."""
    options = arguments()
    columns = columns_of(options.aggregates)
    source = provenance(options)
    if not columns:
        write_tables("table7", [Table("table7", f"{NOTHING} {source}", "l", ["Method"], [])])
        return

    body = [["Best rule", *(best_rule(family, one) for (family, _), one in columns.items())], []]
    body += [
        [escape(label), *(entry(name, column) for column in columns.values())]
        for name, label in learners(columns).items()
    ]
    counts = pd.Series([family for family, _ in columns]).value_counts(sort=False)
    groups = [("", 1), *((TITLES[str(family)], int(n)) for family, n in counts.items())]
    header = ["", *(escape(name) for _, name in columns)]
    table = Table("table7", f"{CAPTION} {source}", "l" + "r" * len(columns), header, body, groups)
    write_tables("table7", [table])


if __name__ == "__main__":
    main()
