"""Text tables of a user's own, row by row and without trust: no more memory than a row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from difsched.errors import InputError, within
from difsched.utils.dialect import NUMBER, find_layout, rows
from difsched.utils.layout import SEPARATORS, Layout
from difsched.utils.texts import open_text

#: Bytes of the largest table: days of traffic.
MAX_TABLE = 1 << 28


def number(text: str) -> float | None:
    """Return the decimal number that a text is, infinity for one too large, or None for no number.

    Python's own notations are none: NaN, infinity, underscores, digits of other scripts.
    """
    return float(text) if NUMBER.fullmatch(text) else None


@dataclass(frozen=True)
class Table:
    """An open text table whose layout is known.

    Attributes
    ----------
    path : path
    file : file
        Of text.
    layout : Layout
    """

    path: str | Path
    file: TextIO
    layout: Layout

    @property
    def names(self) -> list[str]:
        """Return the names of the columns: of a row of the header, or of a comment."""
        layout = self.layout
        return layout.header[layout.title] if layout.header else layout.comment

    @property
    def separator(self) -> str:
        """Return what ends a column, in words."""
        return SEPARATORS[self.layout.separator]

    def decimal(self, column: int) -> str:
        """Return the decimal mark of a column, from 0; raise InputError where there are several."""
        with within(f"{self.path}: column {self.title(column)}: "):
            return self.layout.decimal(column)

    def title(self, column: int) -> str:
        """Return a column, from 0, as a user counts and calls it: ``2 (Time)``."""
        named = column < len(self.names) and self.names[column]
        return f"{column + 1} ({self.names[column]})" if named else f"{column + 1}"

    def place(self, chosen: str) -> int:
        """Return the place, from 0, of the column of a name or number, from 1.

        Raises
        ------
        InputError
            If there is none, or two of that name.
        """
        places = [place for place, name in enumerate(self.names) if name == chosen]
        width = max(self.layout.columns, len(self.names))
        if len(places) > 1:
            raise InputError(f"{self.path}: column {chosen} is there twice: choose it by number")
        if places:
            return places[0]
        if chosen.isdecimal() and 1 <= int(chosen[:9]) <= width:
            return int(chosen) - 1
        has = ", ".join(self.names) or "no header"
        raise InputError(
            f"{self.path}: column {chosen} is missing; has {has}; 1..{width} by number"
        )

    def rows(self, first: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """Yield line and cells of each row from a line on, or from the first with a value on."""
        self.file.seek(0)
        start = self.layout.first if first is None else first
        for line, row in rows(self.file, self.layout.separator):
            if line >= start:
                yield line, row


@contextmanager
def open_table(path: str | Path, kind: str) -> Iterator[Table]:
    """Open a table for the block, its encoding, separator and decimal marks found.

    Parameters
    ----------
    path : path
        Text; see `difsched.utils.texts.open_text`, `difsched.utils.dialect`.
    kind : str
        What it is read as, for a refusal.

    Raises
    ------
    InputError
        If the file cannot be read, is too large or no such table.
    """
    with open_text(path, kind, MAX_TABLE) as file:
        with within(f"{path}: "):
            layout = find_layout(file)
        yield Table(path, file, layout)


def read_rows(
    path: str | Path, required: Sequence[str], optional: Sequence[str] = (), meaning: str = ""
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and the cells of each row, by column; a row may lack its last cells.

    Decimal commas come out as points.

    Parameters
    ----------
    path : path
        A table with a header, behind ``#`` or not; empty lines and comments are left out.
    required, optional : sequence of str
        Columns to read.
    meaning : str
        What the required columns hold, for a refusal; their names if left out.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, lacks a column or has one of them twice, or a row
        has more cells than the header.
    """
    with open_table(path, "CSV") as table:
        names = table.names
        if not names and not table.layout.first:
            raise ValueError("it is empty")
        places = _places(path, names, required, optional, meaning or ", ".join(required))
        commas = {name for name, place in places.items() if table.decimal(place) == ","}
        # What comes after the names is data, even where it is no number.
        skipped = table.layout.title + 1 if table.layout.header else 0
        for line, row in islice(table.rows(0), skipped, None):
            if len(row) > len(names):
                raise ValueError(f"line {line} has more values than the {len(names)} columns")
            cells = {n: row[i] if i < len(row) else "" for n, i in places.items()}
            yield line, {n: c.replace(",", ".") if n in commas else c for n, c in cells.items()}


def _places(
    path: str | Path,
    header: list[str],
    required: Sequence[str],
    optional: Sequence[str],
    meaning: str,
) -> dict[str, int]:
    """Return column -> its place in a header; raise InputError if one is missing or there twice."""
    for name in (*required, *optional):
        if header.count(name) > 1:
            raise InputError(f"{path}: column {name} is there twice")
    for name in required:
        if name not in header:
            has = ", ".join(header) or "no header"
            raise InputError(f"{path}: column {name} is missing; has {has}; needs {meaning}")
    return {name: header.index(name) for name in (*required, *optional) if name in header}
