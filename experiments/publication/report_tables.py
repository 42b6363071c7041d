"""The tables of the report: their cells, and what each column is sorted by."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.rendering import tex
from experiments.rendering.markup import bare, plain

NUMBER = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))[^a-zA-Z]*")
MISSING = ("", "n/a", "--", "\N{EN DASH}", "\N{EM DASH}")


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text : str
        What it shows (TeX).
    key : str
        What it is sorted by: a number, a text, or nothing if nothing is known.
    again : bool
        Whether it repeats what stands above.
    """

    text: str
    key: str
    again: bool = False


@dataclass(frozen=True)
class Section:
    """Rows of a table under a heading (TeX), or under none."""

    title: str
    rows: list[list[Cell]]


def key(cell: str) -> str:
    """Return what a cell (TeX) is sorted by: its number, its text, or nothing.

    A number may have marks, an interval and a unit's sign behind it, but no word.
    """
    text = plain(cell).strip()
    if text in MISSING:
        return ""
    found = NUMBER.fullmatch(bare(cell).strip())
    return str(float(found[1])) if found else text


def is_number(column: Iterable[Cell]) -> bool:
    """Return whether a column holds numbers alone, but for what is missing."""
    keys = {cell.key for cell in column} - {""}
    return bool(keys) and all(NUMBER.fullmatch(key) for key in keys)


def sections(body: Sequence[Sequence[str]]) -> list[Section]:
    """Return the rows of a table by section; an empty first cell repeats the one above it."""
    found, name = [Section("", [])], ""
    for row in body:
        if len(row) <= 1:
            found.append(Section(row[0] if row else "", []))
            continue
        name = row[0] or name
        first = Cell(name, key(name), again=not row[0])
        found[-1].rows.append([first, *(Cell(cell, key(cell)) for cell in row[1:])])
    return [section for section in found if section.rows]


def table(content: tex.Table) -> dict[str, Any]:
    """Return what the template needs of a table."""
    parts = sections(content.body)
    rows = [row for part in parts for row in part.rows]
    numbers = [is_number(row[column] for row in rows) for column in range(len(content.header))]
    return {
        "label": content.label,
        "caption": content.caption,
        "groups": content.groups,
        "header": list(zip(content.header, numbers, strict=True)),
        "sections": parts,
    }
