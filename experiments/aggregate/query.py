"""Numbers out of the aggregates: rows chosen by their values, reduced group by group."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from difsched.errors import InputError
from difsched.utils.files import reading

REDUCTIONS = ("mean", "min", "max")
#: Column -> value, list of values, or None for an empty cell.
Select: TypeAlias = Mapping[str, Any]


class Missing(Exception):
    """Raised when the aggregates lack what is asked for; the message says what, in a few words."""


class Aggregates:
    """A folder of CSV files, each read once.

    Parameters
    ----------
    folder : Path
        Where they are.
    outdated : collection of str
        Names of files that are of other settings or other code than a call would use now.
    """

    def __init__(self, folder: Path, outdated: Collection[str] = ()) -> None:
        self.folder, self.outdated = folder, outdated
        self._tables: dict[str, pd.DataFrame] = {}

    def table(self, file: str) -> pd.DataFrame:
        """Return a CSV file.

        Raises
        ------
        Missing
            If it is not there, or outdated.
        InputError
            If it is not CSV.
        """
        path = self.folder / file
        if not path.is_file():
            raise Missing(f"{file} is missing")
        if file in self.outdated:
            raise Missing(f"{file} is of other settings or code than today's")
        if file not in self._tables:
            with reading(path, "CSV"):
                # Exact since pandas 3.1, so that equal numbers are equal bits.
                self._tables[file] = pd.read_csv(path)
        return self._tables[file]

    def measure(
        self, file: str, select: Select, column: str, per: Sequence[str], reduce: str
    ) -> "pd.Series[float]":
        """Return a number for each group of chosen rows.

        Parameters
        ----------
        file, select : str, mapping
            The rows; of listed values none may be missing, and every combination must be there.
        column : str
            What is reduced.
        per : sequence of str
            Columns that tell groups apart; all rows are one group without them.
        reduce : str
            One of ``REDUCTIONS``.

        Returns
        -------
        Series
            Index: the group, such as ``"config 3, seed 0"``, or ``""``.

        Raises
        ------
        Missing
            If the file, a column, a row or a number is missing.
        InputError
            If the column holds something else than numbers.
        """
        rows = _choose(file, self.table(file), select, (column, *per))
        try:
            numbers = rows[column].astype(float)
        except ValueError:
            raise InputError(f"{self.folder / file}: {column} must hold numbers only") from None
        if numbers.isna().any():
            raise Missing(f"{file}: {column} is empty in {_describe(rows[numbers.isna()], select)}")
        names = [", ".join(f"{name} {row[name]}" for name in per) for _, row in rows.iterrows()]
        return numbers.groupby(names, sort=False).agg(reduce)


def _choose(file: str, table: pd.DataFrame, select: Select, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows with the selected values; see :meth:`Aggregates.measure`."""
    for name in (*select, *columns):
        if name not in table:
            raise Missing(f"{file} has no column {name}")
    for name, value in select.items():
        kept = table[name].isna() if value is None else table[name].isin(_listed(value))
        table = table[kept]
    wanted = {name: _listed(value) for name, value in select.items() if value is not None}
    there = set(table[list(wanted)].itertuples(index=False, name=None)) if wanted else set()
    lacking = [row for row in itertools.product(*wanted.values()) if wanted and row not in there]
    if lacking:
        first = ", ".join(f"{k} {v}" for k, v in zip(wanted, lacking[0], strict=True))
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise Missing(f"{file} has no row for {first}{more}")
    if table.empty:
        raise Missing(f"{file} has no such row")
    return table


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _describe(rows: pd.DataFrame, select: Select) -> str:
    first = rows.iloc[0]
    place = ", ".join(f"{name} {first[name]}" for name in select if pd.notna(first[name]))
    return f"the row of {place}" if place else f"{len(rows)} rows"
