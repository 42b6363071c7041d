"""CSV files of a user's own, row by row and without trust: no more memory than a row."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.files import reading

#: Bytes of the largest table: days of traffic.
MAX_TABLE = 1 << 28
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def number(text: str) -> float | None:
    """Return the decimal number that a text is, infinity for one too large, or None for no number.

    Python's own notations are none: NaN, infinity, underscores, digits of other scripts.
    """
    return float(text) if _NUMBER.fullmatch(text) else None


def read_rows(
    path: str | Path, required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and the cells of each row, by column; a row may lack its last cells.

    Parameters
    ----------
    path : path
        A CSV file with a header, UTF-8; empty lines are left out.
    required, optional : sequence of str
        Columns to read.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, lacks a column or has one of them twice, or a row
        has more cells than the header.
    """
    with reading(path, "CSV", MAX_TABLE), Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, skipinitialspace=True, strict=True)
        header = next(rows, [])
        places = _places(path, header, required, optional)
        for row in filter(None, rows):
            if len(row) > len(header):
                line = f"line {rows.line_num}"
                raise ValueError(f"{line} has more values than the {len(header)} columns")
            cells = {n: row[i].strip() if i < len(row) else "" for n, i in places.items()}
            yield rows.line_num, cells


def _places(
    path: str | Path, header: list[str], required: Sequence[str], optional: Sequence[str]
) -> dict[str, int]:
    """Return column -> its place in a header; raise InputError if one is missing or there twice."""
    if not header:
        raise ValueError("it is empty")
    for name in (*required, *optional):
        if header.count(name) > 1:
            raise InputError(f"{path}: column {name} is there twice")
    for name in required:
        if name not in header:
            raise InputError(f"{path}: column {name} is missing; has {', '.join(header)}")
    return {name: header.index(name) for name in (*required, *optional) if name in header}
