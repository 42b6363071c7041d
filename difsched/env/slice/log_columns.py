"""Which column of a packet log holds the times, and which columns tell senders apart."""

import re
from collections.abc import Mapping

from difsched.env.slice.stamps import read_stamp
from difsched.errors import InputError
from difsched.utils.tables import Table

#: Rows that are looked at where no header names the columns.
_LOOK = 50
#: Words of a column's name that make it a time, the best first, and such as make it none.
_TIMES = (
    *("epoch", "relative", "timestamp", "ts", "time", "zeit", "zeitstempel", "uhrzeit"),
    *("temps", "tiempo", "tempo", "datetime", "t"),
)
_NO_TIMES = {
    *("delta", "diff", "difference", "interval", "gap", "iat", "previous", "prev", "last", "rtt"),
    *("duration", "live", "tsval", "tsecr", "options"),
}
_SENDERS = {"src", "source", "sender", "ue", "rnti", "imsi", "absender", "quelle"}
_NO_SENDERS = {"port", "ports"}


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", name.casefold())


def time_column(table: Table, chosen: str | None) -> int:
    """Return the place, from 0, of the column that holds the times.

    Parameters
    ----------
    table : Table
    chosen : str or None
        Its name or number; None for the one that a header calls a time, else the first.

    Raises
    ------
    InputError
        If it is not there, the header calls none of several a time, or the first one counts lines.
    """
    if chosen is not None:
        return table.place(chosen)
    width = table.layout.columns
    ranks = {place: _rank(name) for place, name in enumerate(table.names)}
    named = [place for place, rank in ranks.items() if rank is not None and place < width]
    if named:
        return min(named, key=lambda place: (ranks[place], place))
    if table.names and width > 1:
        raise InputError(
            f"{table.path}: no column is called a time; has {', '.join(table.names)}: choose one "
            "by --column NAME"
        )
    _check_no_counter(table)
    return 0


def _rank(name: str) -> int | None:
    """Return how surely a name is that of a time, 0 for the surest, None for none."""
    words = _words(name)
    if _NO_TIMES.intersection(words):
        return None
    return next((rank for rank, word in enumerate(_TIMES) if word in words), None)


def _check_no_counter(table: Table) -> None:
    """Raise InputError if the first column counts 1, 2, 3, ...: frames, not seconds."""
    first, width = [], table.layout.columns
    for _, row in table.rows():
        first.append(row[0])
        if len(first) == _LOOK:
            break
    for start in (0, 1):
        if len(first) > 2 and first == [str(start + i) for i in range(len(first))]:
            raise InputError(
                f"{table.path}: column {table.title(0)} counts {', '.join(first[:3])}, ...: the "
                f"number of the packet? Choose the column of times by --column, "
                f"1..{width}"
            )


def sender_columns(table: Table, where: Mapping[str, str]) -> list[int]:
    """Return the places of the columns that tell senders apart and are not in ``where``."""
    chosen = {table.place(name) for name in where}
    return [
        place
        for place, name in enumerate(table.names)
        if _SENDERS.intersection(words := _words(name))
        and not _NO_SENDERS.intersection(words)
        and place not in chosen
    ]


def stamp_of(
    table: Table, line: int, row: list[str], column: int, decimal: str
) -> tuple[str, float]:
    """Return the kind and value of a row's time; see `read_stamp`.

    Raises
    ------
    InputError
        If it is none.
    """
    text = row[column] if column < len(row) else ""
    found = read_stamp(text, decimal)
    if found is None or abs(found[1]) == float("inf"):
        raise InputError(
            f"{table.path}: {text!r} in line {line}, column {table.title(column)}: must be a time: "
            "a finite number, 16:16:58.7 or 2025-11-27T16:16:58.7; another column by --column"
        )
    return found
