"""Which column of a packet log holds the times, and which columns tell senders apart."""

import re
from collections.abc import Mapping
from itertools import islice

from difsched.env.slice.traffic.stamps import read_stamp
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
_SENDERS = {
    *("src", "source", "sender", "ue", "rnti", "imsi", "imei", "user", "device", "node", "client"),
    *("station", "absender", "quelle"),
}
_NO_SENDERS = {"port", "ports", "agent"}
#: Of IPv4, with a port or not, of IPv6 or of Ethernet.
_ADDRESS = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?:[.:][0-9]{1,5})?|(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}"
)


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
    first = [row[0] for _, row in islice(table.rows(), _LOOK)]
    start = int(first[0]) if first[0].isdecimal() and len(first[0]) < 16 else 0
    if len(first) > 2 and first == [str(start + i) for i in range(len(first))]:
        raise InputError(
            f"{table.path}: column {table.title(0)} counts {', '.join(first[:3])}, ...: the number "
            f"of the packet? Choose the column of times by --column, 1..{table.layout.columns}"
        )


def sender_columns(table: Table, where: Mapping[str, str]) -> list[int]:
    """Return the places of the columns that tell senders apart and are not in ``where``.

    By their names; without a header, the first column of addresses.
    """
    chosen = {table.place(name) for name in where}
    named = [
        place
        for place, name in enumerate(table.names)
        if _SENDERS.intersection(words := _words(name)) and not _NO_SENDERS.intersection(words)
    ]
    if not table.names:
        looked = [row for _, row in islice(table.rows(), _LOOK)]
        shares = [
            sum(place < len(row) and _ADDRESS.fullmatch(row[place]) is not None for row in looked)
            for place in range(table.layout.columns)
        ]
        named = [place for place, share in enumerate(shares) if share > len(looked) / 2][:1]
    return [place for place in named if place not in chosen]


def sender(cell: str) -> str:
    """Return the sender that a cell names: an address without its port, or the cell."""
    found = _ADDRESS.fullmatch(cell)
    return found[1] if found and found[1] else cell


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
