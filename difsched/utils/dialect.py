"""How a text table is written: what ends its columns, what marks decimals, where its header is.

A line tells little: ``0,004512;98`` may end a column at the comma or at the semicolon. So every
separator is tried on the whole file, and the one is taken under which most cells are numbers,
clock times or dates; in each column, all of its numbers then tell the decimal mark.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TextIO

from difsched.errors import InputError

#: What ends a column, and its name. The first is in no text: a line is a cell.
SEPARATORS = {"\x1f": "none", "\t": "tabs", ";": "semicolons", ",": "commas", " ": "blanks"}
#: Rows without any value that may come before the data.
MOST_HEADERS = 20

_CLOCK = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
CLOCK = re.compile(_CLOCK)
DATE = re.compile(rf"({_DATE})[T ]({_CLOCK}) ?({_ZONE})?")
#: Cells that are values, by how they are written. A comma may as well part thousands, or be all.
_VALUE = re.compile(
    r"(?P<point>[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<whole>[+-]?[0-9]+(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<unsure>[+-]?[1-9][0-9]{0,2},[0-9]{3})"
    r"|(?P<comma>[+-]?(?:[0-9]+,[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<time>{_CLOCK}|{_DATE}[T ]{_CLOCK} ?{_ZONE}?)"
    r"|(?P<grouped>[+-]?[0-9]{1,3}(?P<mark>[,.' \u00a0\u202f])[0-9]{3}"
    r"(?:(?P=mark)[0-9]{3})*(?:[.,][0-9]+)?)"
)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}"), re.compile(r"[0-9]{3}[.,][0-9]+")
_HEAD, _TAIL = re.compile(r"[+-]?[0-9]+|.*:[0-9]{2}"), re.compile(r"0[0-9]+")
_UNIT = re.compile(r"[(\[].*[)\]]|")
_SPLIT_DATE = re.compile(rf"({_DATE}) +(?=[0-9]{{1,2}}:)")


@dataclass
class Marks:
    """Lines of a column whose numbers are written so; 0 for none.

    Attributes
    ----------
    point, comma, sure, grouped : int
        With a decimal point; with a comma; with one that parts no thousands; with both.
    example : str
        The last one that may have thousands apart.
    """

    point: int = 0
    comma: int = 0
    sure: int = 0
    grouped: int = 0
    example: str = ""


@dataclass
class Layout:
    """A table as one separator cuts it.

    Attributes
    ----------
    separator : str
        A key of ``SEPARATORS``.
    header : list of list of str
        Rows before the first that holds a value.
    comment : list of str
        Cells of a comment right before it.
    first : int
        Line of the first row with a value; 0 for none.
    narrowest, columns : int
        Fewest and most cells of a row with values.
    rows : int
        Rows from there on.
    values : int
        Cells that are numbers, clock times or dates.
    marks : dict
        Column, from 0 -> how its numbers are written.
    cut : int
        First line whose cells look like the two ends of a number: ``0,004512``; 0 for none.
    wide : int
        First line with more cells than the header; 0 for none.
    grouped : int
        A line whose first cells look like a number with thousands apart; 0 for none.
    """

    separator: str
    header: list[list[str]] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    first: int = 0
    narrowest: int = 0
    columns: int = 0
    rows: int = 0
    values: int = 0
    marks: dict[int, Marks] = field(default_factory=dict)
    cut: int = 0
    wide: int = 0
    grouped: int = 0

    @property
    def is_table(self) -> bool:
        """Return whether every row has several cells, and on average one is a value."""
        return self.narrowest > 1 and self.values >= self.rows

    @property
    def width(self) -> int:
        """Return the most cells of a row of the header, 0 where there is none."""
        return max(map(len, self.header), default=0)

    @property
    def title(self) -> int:
        """Return which row of the header names the columns: the last with one for each, no unit."""
        named = [
            place
            for place, row in enumerate(self.header)
            if len(row) >= self.columns and not all(map(_UNIT.fullmatch, row))
        ]
        return named[-1] if named else 0

    def decimal(self, column: int) -> str:
        """Return the decimal mark of a column, from 0, a point where it needs none.

        Raises
        ------
        InputError
            If some of its numbers have a point and others a comma, or thousands apart.
        """
        marks = self.marks.get(column, Marks())
        if marks.grouped:
            raise InputError(
                f"{marks.example!r} in line {marks.grouped}: must be a number without a mark "
                "between thousands"
            )
        if marks.comma and marks.point:
            raise InputError(
                f"line {marks.comma} has a decimal comma, line {marks.point} a decimal point: must "
                "be one of them"
            )
        if marks.comma and not marks.sure:
            raise InputError(
                f"{marks.example!r} in line {marks.comma}: the comma may mark decimals or part "
                "thousands: write a decimal point, or no comma"
            )
        return "," if marks.comma else "."


def find_layout(file: TextIO) -> Layout:
    """Return how a table is written, found over the whole file.

    Raises
    ------
    InputError
        If commas would both end columns and mark decimals or thousands.
    """
    found: list[Layout] = []
    for separator in _present(file):
        file.seek(0)
        try:
            found.append(_survey(file, separator))
        except csv.Error:
            continue  # quotes that do not enclose cells
    if not found:
        raise InputError("its quotes do not enclose whole cells")
    # Tabs and semicolons do nothing else; blanks and commas may be inside a cell or a number.
    sure = [layout for layout in found if layout.separator in "\t;" and layout.is_table]
    best = max(sure or found, key=lambda layout: (layout.values, layout.width))
    if best.grouped:
        raise InputError(
            f"line {best.grouped} looks like a number with thousands apart: must be without a mark "
            "between them, or under a header that names each column"
        )
    if best.separator == ",":
        best = _without_cuts(best, found[0])
    file.seek(0)
    best.comment = _comment(file, best)
    return best


def _without_cuts(commas: Layout, whole: Layout) -> Layout:
    """Return the layout that ends columns at commas, or that of whole lines if it is the better.

    Raises
    ------
    InputError
        If commas cannot end the columns, and lines are no numbers either.
    """
    width = commas.width
    explained = SEPARATORS[whole.separator] == "none" and 0 < whole.rows == whole.values
    ragged = width < 2 and commas.narrowest < commas.columns
    if explained and (commas.cut or commas.wide or ragged):
        return whole
    points = any(marks.point for marks in commas.marks.values())
    if commas.cut or (commas.wide and not points):
        what = f"more values than the {width} columns" if commas.wide else "digits"
        raise InputError(
            f"line {commas.cut or commas.wide} has {what} behind commas: these cannot both end "
            "columns and mark decimals or thousands; end columns at semicolons"
        )
    return commas


def rows(file: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each row; without empty lines, comments and empty last cells."""
    lines = map(partial(_clean, separator=separator), file)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    for cells in reader:
        row = [cell.strip() for cell in cells]
        while row and not row[-1]:
            row.pop()
        if row:
            yield reader.line_num, row


def _clean(line: str, separator: str) -> str:
    if line.lstrip().startswith("#"):
        return "\n"
    if separator != " ":
        return line
    return _SPLIT_DATE.sub(r"\1T", " ".join(line.split())) + "\n"


def _present(file: TextIO) -> list[str]:
    """Return the separators that occur at all."""
    found = {"\x1f"}
    for line in file:
        if len(found) == len(SEPARATORS):
            break
        text = line.strip()
        found.update(mark for mark in "\t;, " if mark in text)
    return [separator for separator in SEPARATORS if separator in found]


def _survey(file: TextIO, separator: str) -> Layout:
    layout = Layout(separator)
    narrow, grouped = 0, (0, 0)  # cells of the widest plain row; line and cells of one that is not
    for line, row in rows(file, separator):
        values = sum(_note(layout.marks, column, line, cell) for column, cell in enumerate(row))
        named = not values and any(map(str.isalpha, "".join(row)))
        if named and not layout.first and len(layout.header) < MOST_HEADERS:
            layout.header.append(row)
            continue
        layout.values += values
        layout.rows += 1
        layout.first = layout.first or line
        layout.columns = max(layout.columns, len(row))
        layout.narrowest = min(layout.narrowest or len(row), len(row))
        width = layout.width
        if width and len(row) > width:
            layout.wide = layout.wide or line
        if len(row) > max(1, width) and separator in ", ":
            if _THOUSANDS[0].fullmatch(row[0]) and _THOUSANDS[1].fullmatch(row[1]):
                grouped = (line, len(row))
                continue
            if separator == "," and not layout.cut and _is_cut(row):
                layout.cut = line
        narrow = max(narrow, len(row))
    if grouped[1] > narrow and (narrow or layout.columns == 2):
        layout.grouped = grouped[0]
    return layout


def _note(marks: dict[int, Marks], column: int, line: int, cell: str) -> bool:
    """Note how a cell is written; return whether it is a number, a clock time or a date."""
    found = _VALUE.fullmatch(cell)
    if found is None:
        return False
    kind = found.lastgroup
    if kind == "whole" or kind == "time":
        return True
    one = marks.setdefault(column, Marks())
    if kind == "point":
        one.point = line
    elif kind == "grouped":
        one.grouped, one.example = line, cell
        return False
    else:
        one.comma = line
        if kind == "comma":
            one.sure = line
        else:
            one.example = one.example or cell
    return True


def _is_cut(row: list[str]) -> bool:
    """Return whether two cells are a number or clock time and the digits behind its comma."""
    return any(_HEAD.fullmatch(head) and _TAIL.fullmatch(tail) for head, tail in pairwise(row))


def _comment(file: TextIO, layout: Layout) -> list[str]:
    """Return the cells of a comment right before the data if it names each column, else none."""
    last = ""
    for line, text in enumerate(file, start=1):
        if line >= layout.first:
            break
        last = text.strip().lstrip("# ") if text.lstrip().startswith("#") else ""
    if not last:
        return []
    named = next(csv.reader([last], delimiter=layout.separator, skipinitialspace=True), [])
    ways = ([cell.strip() for cell in named], re.split(r"[,;\s]+", last))
    return next((cells for cells in ways if len(cells) == layout.columns), [])
