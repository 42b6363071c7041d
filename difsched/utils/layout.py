"""A text table as one separator cuts it: its header, its columns, how their numbers are written."""

import re
from dataclasses import dataclass, field

from difsched.errors import InputError

#: What ends a column, and its name. The first is in no text: a line is a cell.
SEPARATORS = {"\x1f": "none", "\t": "tabs", ";": "semicolons", ",": "commas", " ": "blanks"}

_UNIT = re.compile(r"[(\[].*[)\]]|")


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
