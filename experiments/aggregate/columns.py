"""The CSV files of the aggregates: which rows each has, their columns, and how they are written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pandas as pd

from difsched.evaluation.statistics import Interval
from difsched.family import FAMILIES, Family
from difsched.utils.files import atomic
from experiments.aggregate import rows as kinds
from experiments.aggregate.rows import Row
from experiments.products import FAMILY_TABLES
from experiments.studies import FAMILY_STUDIES, STUDIES

ROWS: dict[str, type[Row]] = {
    "methods": kinds.MethodRow,
    "datasets": kinds.DatasetRow,
    "main": kinds.MainRow,
    "costs": kinds.CostRow,
    "curves": kinds.CurveRow,
    "summary": kinds.SummaryRow,
    "pairs": kinds.PairRow,
    "overall": kinds.OverallRow,
    "user_loss": kinds.UserLossRow,
    **dict.fromkeys(("budget", "scaling"), kinds.SweepRow),
    "scaling_time": kinds.SolverTimeRow,
    **dict.fromkeys(STUDIES, kinds.StudyRow),
    "transfer": kinds.TransferRow,
    "mixtures": kinds.MixtureRow,
    "mixture_samples": kinds.MixtureSampleRow,
    "ties": kinds.TieRow,
    "tie_grants": kinds.TieGrantsRow,
    "tie_examples": kinds.TieExampleRow,
    "excluded": kinds.ExcludedRow,
}
#: The same of a further family, whose name stands before them: ``alloc_main``.
FAMILY_ROWS: dict[str, type[Row]] = {
    **{name: ROWS[name] for name in FAMILY_TABLES},
    "datasets": kinds.FamilyDatasetRow,
    "curves": kinds.FamilyCurveRow,
    "groups": kinds.GroupRow,
    "group_curves": kinds.GroupCurveRow,
    "risk": kinds.RiskRow,
    "realism": kinds.RealismRow,
    "coverage": kinds.CoverageRow,
}


def columns(kind: type[Row], family: Family) -> tuple[str, ...]:
    """Return the columns of a class of rows, in their order, with the measures of a family."""
    hints = get_type_hints(kind)
    return tuple(
        column for one in fields(kind) for column in _columns(one.name, hints[one.name], family)
    )


def _columns(name: str, hint: Any, family: Family) -> tuple[str, ...]:
    """Return the columns that a field stands for; see `experiments.aggregate.rows`."""
    if get_origin(hint) is Mapping:
        inner = get_args(hint)[1]
        names = [metric.name for metric in family.measures]
        return tuple(column for one in names for column in _columns(one, inner, family))
    if Interval in (hint, *get_args(hint)):
        return (name, f"{name}_half_width")
    if isinstance(hint, type) and issubclass(hint, Row):
        return columns(hint, family)
    return (name,)


def cells(row: Row) -> dict[str, object]:
    """Return column -> cell of a row; a measure that is not known has none."""
    return dict(cell for one in fields(row) for cell in _cells(one.name, getattr(row, one.name)))


def _cells(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Row):
        yield from cells(value).items()
    elif isinstance(value, Mapping):
        for measure, known in value.items():
            yield from _cells(measure, known)
    elif isinstance(value, Interval):
        yield from ((name, value.mean), (f"{name}_half_width", value.half_width))
    else:
        yield name, value


#: Table -> its columns, of those that are not a further family's.
COLUMNS = {name: columns(kind, FAMILIES["slice"]) for name, kind in ROWS.items()}


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table of any family."""
    if table in COLUMNS:
        return COLUMNS[table]
    if table in FAMILY_STUDIES:
        return columns(kinds.FamilyStudyRow, FAMILIES[FAMILY_STUDIES[table]])
    family, _, name = table.partition("_")
    return columns(FAMILY_ROWS[name], FAMILIES[family])


def frame(table: str, rows: Sequence[Row]) -> pd.DataFrame:
    """Return a table of rows as pandas has it; cells of what is not known are None."""
    names = columns_of(table)
    content = [[found.get(column) for column in names] for found in map(cells, rows)]
    # As objects, whole numbers stay whole beside what is not known.
    return pd.DataFrame(content, columns=names, dtype=object)


def write_tables(tables: Mapping[str, Sequence[Row]], out: Path) -> None:
    """Write each table as a CSV file of its name."""
    for name, rows in tables.items():
        with atomic(out / f"{name}.csv") as path:
            frame(name, rows).to_csv(path, index=False, lineterminator="\n")
