"""What the evaluation of a scheduler from outside leaves: a table, CSV files and a figure.

============  =====================================================================================
results.csv   one row a configuration: columns of ``summary.csv``, and what made it invalid
pairs.csv     one row a configuration and other method: columns of ``pairs.csv``
episodes.csv  one row a configuration, seed and test episode: its loss
setting.json  what ran: sources, slices, windows; by `experiments.user_scheduler.place`
entry.json    with ``--by``: what belongs into ``results/`` to stand in the suite's tables
score.pdf     scores beside the reference's, and ``score.png``
============  =====================================================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path

import pandas as pd

from difsched.baselines.method import Method
from difsched.baselines.registry import METHODS
from difsched.config import EnvironmentConfig
from difsched.evaluation.statistics import Interval
from difsched.utils.files import atomic, write_json
from difsched.utils.terminal import aligned
from experiments.aggregate.columns import COLUMNS, cells
from experiments.aggregate.intervals import OURS, compare, summary
from experiments.aggregate.method_runs import FamilyRuns
from experiments.aggregate.results import Run
from experiments.aggregate.rows import ConfigId, PairRow, SummaryRow
from experiments.paths import shown
from experiments.rendering.outside import Outside
from experiments.user_scheduler.figure import draw

#: For the tables of the suite, where the scheduler's author asks for it.
ENTRY = "entry.json"
#: Methods of which the printed table has a column.
AGAINST = (OURS, "oracle_predicted")
NONE = "-"
OWN_COLUMNS = {
    "results": (*COLUMNS["summary"], "invalid", "not_compared"),
    "pairs": COLUMNS["pairs"],
    "episodes": ("family", "config", "seed", "episode", "loss"),
}


@dataclass
class Assessed:
    """What became of a scheduler on one configuration.

    Attributes
    ----------
    config, users : int or str, int
        Number of the configuration, or name of its file, and number of its users.
    own, others : list of Run
        Those of the scheduler, one a seed, and of what it is compared with.
    invalid, refused : str or None
        The rule that it broke, and why it is not compared with the reference, if so.
    """

    config: ConfigId
    users: int
    own: list[Run] = field(default_factory=list)
    others: list[Run] = field(default_factory=list)
    invalid: str | None = None
    refused: str | None = None


def report(
    method: Method, places: Sequence[Assessed], n_windows: int, folder: Path, by: str | None = None
) -> str:
    """Write the files and return the table with what belongs to it.

    With ``by``, whose scheduler it is, also a file for ``results/``; see
    `experiments.rendering.outside`.
    """
    family = EnvironmentConfig.family
    runs = FamilyRuns(family, [run for place in places for run in [*place.others, *place.own]])
    rows = summary(runs)
    results = {row.config: row for row in rows if row.method == method.name}
    pairs = [
        compare(own, other)
        for config in runs.configs
        for own in runs.on(config)
        for other in runs.on(config)
        if own.method == method.name != other.method
    ]
    tables: dict[str, list[dict[str, object]]] = {
        "results": [
            {"method": method.name, "family": family, "config": place.config}
            | (cells(results[place.config]) if place.config in results else {})
            | {"invalid": place.invalid, "not_compared": place.refused}
            for place in places
        ],
        "pairs": [cells(pair) for pair in pairs],
        "episodes": [
            {"family": family, "config": place.config, "seed": run.key.seed}
            | {"episode": episode, "loss": loss}
            for place in places
            for run in place.own
            for episode, loss in enumerate(run.result.by_episode["loss"] if run.result else ())
        ],
    }
    for name, content in tables.items():
        with atomic(folder / f"{name}.csv") as path:
            frame = pd.DataFrame(content, columns=OWN_COLUMNS[name], dtype=object)
            frame.to_csv(path, index=False, lineterminator="\n")
    draw(rows, method.name, folder)
    if by is not None:
        entry = for_tables(method.name, by, family, n_windows, list(results.values()))
        write_json(folder / ENTRY, entry.to_dict())
    parts = [table(places, results, pairs)]
    if len(places) == 1 and pairs:
        parts.append(beside(rows, pairs))
    whys = unscored(runs, method.name)
    parts.append("\n".join([remarks(n_windows), *whys, listing(folder)]))
    return "\n" + "\n\n".join(parts)


def for_tables(
    method: str, by: str, family: str, n_windows: int, rows: Sequence[SummaryRow]
) -> Outside:
    """Return what `experiments.rendering.outside` shows in the tables of the suite.

    Raises
    ------
    InputError
        If nothing ran on a numbered configuration, or a name is too long for a table.
    """
    numbered = [row for row in rows if isinstance(row.config, int)]
    results = [
        {
            "config": row.config,
            "loss": row.measures["loss"].mean,
            "half_width": None if isnan(half := row.measures["loss"].half_width) else half,
            "seeds": row.seeds,
        }
        for row in numbered
    ]
    names = {"method": method, "by": by, "family": family}
    return Outside.from_dict({**names, "windows": n_windows, "results": results})


def table(
    places: Sequence[Assessed],
    results: Mapping[ConfigId, SummaryRow],
    pairs: Sequence[PairRow],
) -> str:
    """Return the printed table, one row a configuration."""
    difference = {(row.config, row.against): row for row in pairs}
    known = [name for name in AGAINST if any(against == name for _, against in difference)]
    lines = [["config", "users", "loss %", "score", *(f"minus {name}" for name in known)]]
    for place in places:
        row = results.get(place.config)
        if row is None:
            lines.append([str(place.config), str(place.users), f"invalid: {place.invalid}"])
            continue
        against = [_ends(difference.get((place.config, name))) for name in known]
        lines.append([str(place.config), str(place.users), *_figures(row), *against])
    return aligned(lines)


def beside(rows: Sequence[SummaryRow], pairs: Sequence[PairRow]) -> str:
    """Return the printed table of one slice: what the scheduler is compared with, row by row."""
    difference = {pair.against: pair for pair in pairs}
    lines = [["beside", "loss %", "score", "own loss minus it"]]
    for row in rows:
        if (pair := difference.get(row.method)) is not None:
            lines.append([METHODS[row.method].label, *_figures(row), _ends(pair)])
    return aligned(lines)


def _figures(row: SummaryRow) -> tuple[str, str]:
    """Return loss in per cent and score of a row, each with the half width of its interval."""
    return _figure(row.measures["loss"], 100, 2), _figure(row.score, 1, 1)


def _figure(figure: Interval | None, scale: float, digits: int) -> str:
    if figure is None:
        return NONE
    text = f"{scale * figure.mean:.{digits}f}"
    if isnan(figure.half_width):
        return text
    return f"{text} ± {scale * figure.half_width:.{digits}f}"


def _ends(row: PairRow | None) -> str:
    if row is None:
        return NONE
    figures = (f"{100 * value:+.2f}" for value in (row.difference, row.low, row.high))
    difference, low, high = (text.replace("-0.00", "+0.00") for text in figures)
    return difference if isnan(row.low) else f"{difference} [{low}, {high}]"


def unscored(family: FamilyRuns, name: str) -> list[str]:
    """Return a line for each configuration on which a method has no score: why."""
    whys = {runs.config: family.unscored(runs) for runs in family.every() if runs.method == name}
    return [f"config {config} has no score: {why}." for config, why in whys.items() if why]


def remarks(n_windows: int) -> str:
    """Return what the columns are."""
    return (
        f"loss: mean packet loss on {n_windows} common test windows. score: 0 equal split, 100 "
        "oracle on the forecast.\nminus: loss less that of the other method on the same episodes, "
        "percentage points; below 0 is better.\n± and []: 95 % intervals for other seeds and test "
        "episodes; none where the other method learns and has one seed."
    )


def listing(folder: Path) -> str:
    """Return the files, a line."""
    names = [f"{name}.csv" for name in ("results", "pairs", "episodes")]
    names += ["score.pdf", "score.png", "setting.json"]
    names += [ENTRY] if (folder / ENTRY).is_file() else []
    return f"written to {shown(folder)}: {', '.join(names)}"
