"""T12: tuning: how often, on what, and what the best setting of each method brings."""

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from difsched.baselines.method import Method
from difsched.baselines.registry import methods
from difsched.family import FAMILIES
from experiments.paths import ROOT
from experiments.rendering.tex import Table, count, escape, number, write_tables
from experiments.tuning.choice import (
    AS_DOCUMENTED,
    MARGIN,
    by_trial,
    candidate,
    choice,
    first_round,
    second_round,
)
from experiments.tuning.space import Spaces
from paper.shared.method_table import by_section

FOLDER = ROOT / "artifacts" / "tuning"
CAPTION = (
    r"Tuning on {family}: every method has {trials} trials on each of configurations {configs}, "
    r"the first with its settings from before, the others drawn from its space; one seed each, "
    r"scored on {windows} validation windows, which are drawn as training windows are and are no "
    r"test windows. Learns from: each {entity}'s own outcomes, the window's reward, or the log's "
    r"actions alone. Scores are means over the configurations. One rule for all: a method keeps "
    r"its settings if no others score more than {margin:g} above them; otherwise those of least "
    r"CPU time within {margin:g} of the best are the candidate, which is trained with {seeds} "
    r"seeds in all, and so are the settings from before; over these, too, it must be more than "
    r"{margin:g} above. CPU s: of a training, chosen. Methods without a row were not "
    r"tuned.{documented}"
)
DOCUMENTED = r" Left as documented, whatever trials bring: {labels}."
HEADER = [
    *["", "Trials", "Learns from", "Before", "Best", "Before", "Candidate"],
    *["CPU s", "Settings changed"],
]
GROUPS = [("", 3), ("One seed", 2), ("{seeds} seeds", 2), ("", 2)]


def trials_of(family: str, name: str) -> pd.DataFrame:
    """Return the trials of a method, without rows where there are none on record."""
    path = FOLDER / f"{family}_{name}.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def source_of(settings: Mapping[str, Any], method: Method, entity: str) -> str:
    """Return what a method learns from."""
    if method.training == "online":
        return "interaction"
    source: str = settings["model"].learns_from
    return f"each {entity}" if source == "user" else source


def line(family: str, method: Method) -> list[str]:
    """Return the cells of a method."""
    rows = trials_of(family, method.name)
    trials, found, chosen = by_trial(first_round(rows)), candidate(rows), choice(rows)
    before, values = (json.loads(str(trials.loc[one, "values"])) for one in (0, chosen))
    words = [
        f"{field.split('.')[1]} {value if isinstance(value, str) else f'{value:g}'}"
        for field, value in values.items()
        if value != before.get(field)
    ]
    scores, again = trials["score"], second_round(rows)
    return [
        count(len(rows)),
        source_of(method.settings(0, {}, family), method, FAMILIES[family].entity),
        *(number(one, 2) for one in (scores.loc[0], scores.max())),
        *(number(again.loc[one] if found else math.nan, 2) for one in (0, found)),
        number(trials["seconds"].loc[chosen], 0),
        escape(", ".join(words).replace("_", " ") or "from before"),
    ]


def table_of(family: str, spaces: Spaces) -> Table | None:
    """Return the table of a family, None where nothing is on record."""
    known = methods(family)
    names = [name for name in known if len(trials_of(family, name))]
    if not names:
        return None
    windows = spaces.families[family]
    documented = [escape(known[name].label) for name in names if name in AS_DOCUMENTED]
    caption = CAPTION.format(
        family=escape(family),
        trials=spaces.trials,
        configs=" and ".join(map(str, windows.configs)),
        windows=count(windows.n_windows),
        margin=MARGIN,
        seeds=len(spaces.seeds),
        entity=FAMILIES[family].entity,
        documented=DOCUMENTED.format(labels=", ".join(documented)) if documented else "",
    )
    label = "table12" if family == "slice" else f"table12-{family}"
    rows = by_section(known, names, lambda name: line(family, known[name]))
    groups = [(title.format(seeds=len(spaces.seeds)), width) for title, width in GROUPS]
    return Table(label, caption, "lrlrrrrrl", HEADER, rows, groups)


def main() -> None:
    """Write ``paper/tables/table12.tex``."""
    spaces = Spaces.load()
    found = [table_of(family, spaces) for family in spaces.families]
    write_tables("table12", [table for table in found if table])


if __name__ == "__main__":
    main()
