"""How a text table is written: what ends its columns, what marks decimals, where its header is.

A line tells little: ``0,004512;98`` may end a column at the comma or at the semicolon. So every
separator is tried on the whole file, and the one is taken under which most cells are numbers,
clock times or dates; in each column, all of its numbers then tell the decimal mark.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import TextIO

from difsched.errors import InputError
from difsched.utils.layout import SEPARATORS, Layout, Marks

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
_SPLIT_DATE = re.compile(rf"({_DATE}) +(?=[0-9]{{1,2}}:)")


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
