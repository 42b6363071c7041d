"""Packet logs of a user's own as window counts, in the format of CSV traces."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.config.base import check_int
from difsched.env.slice.traffic.log_columns import sender, sender_columns, stamp_of, time_column
from difsched.env.slice.traffic.stamps import (
    UNITS,
    guess_unit,
    in_order,
    named_unit,
    unwrap_midnight,
)
from difsched.env.slice.traffic.traces import MOST_WINDOWS
from difsched.errors import InputError, within
from difsched.utils.tables import Table, open_table

SLOT_US = 1000  # a slot of 1 ms, in microseconds
#: The value of ``where`` that any value of a column meets.
ANY = "*"
#: Senders that a refusal lists, and that are told apart at all.
LISTED, MOST_SENDERS = 8, 1000


@dataclass(frozen=True)
class PacketLog:
    """When the packets of one sender were sent.

    Attributes
    ----------
    times : (P,) ndarray of float
        Seconds from any origin, ascending, P >= 1.
    reading : str
        How the file was read, in words: everything that was found and not given.
    """

    times: NDArray[np.float64]
    reading: str


def read_packet_log(
    path: str | Path,
    *,
    unit: str | None = None,
    column: str | None = None,
    where: Mapping[str, str] | None = None,
    window_length: int = 200,
) -> PacketLog:
    """Read when packets were sent: a line for each, or a row of a table with a column of times.

    Encoding, separator and decimal mark are found over the whole file (`difsched.utils.dialect`);
    empty lines and those that begin with ``#`` are left out. Times are numbers, clock times or
    dates (`difsched.env.slice.traffic.stamps`); a few that are slightly out of order are sorted.

    Parameters
    ----------
    path : path
        Text.
    unit : {"s", "ms", "us", "ns"}, optional
        Of numbers; if left out, what the column's name says or the only one that makes sense.
    column : str, optional
        Name or number, from 1, of the column of the times; if left out, the one that the header
        calls a time, or the first of a file without header.
    where : mapping, optional
        Column, by name or number -> the value that a row must have there; ``*`` takes all.
    window_length : int
        Slots of 1 ms in the windows to come, which tell whether a unit makes sense.

    Raises
    ------
    InputError
        If the file cannot be read, a time is not allowed, what is left out is not certain, or
        several senders are in the rows.
    """
    where = where or {}
    with open_table(path, "text") as table:
        if not table.layout.first:
            raise InputError(f"{path}: {_empty(table)}")
        place = time_column(table, column)
        stamps = _read_stamps(table, place, where)
    heads = [row[place] for row in table.layout.header or [table.names] if place < len(row)]
    with within(f"{path}: column {table.title(place)}: "):
        times, words = _seconds(stamps, unit, heads, window_length)
        times, late = in_order(times, stamps.lines)
    notes = [f"column {table.title(place)}", words]
    notes += [f"columns end at {table.separator}"] * (table.separator != "none")
    notes += ["decimal commas"] * (table.decimal(place) == ",")
    notes += [f"only {_conditions(where)}"] * bool(where)
    notes += [f"{late} out of order, sorted"] * (late > 0)
    return PacketLog(times, f"{len(times)} packets of {path}: {'; '.join(notes)}")


@dataclass(frozen=True)
class _Stamps:
    """The times of a log's rows as they are written.

    Attributes
    ----------
    values : (P,) ndarray of float
    lines : sequence of int
        The line of each, P.
    kind : str
        Of all; see `read_stamp`.
    whole : bool
        Whether all are numbers without a fraction.
    """

    values: NDArray[np.float64]
    lines: Sequence[int]
    kind: str
    whole: bool


def _read_stamps(table: Table, place: int, where: Mapping[str, str]) -> _Stamps:
    """Return the times of the rows that meet the conditions.

    Raises
    ------
    InputError
        If there is none, they are of several senders or kinds, or one of them is no time.
    """
    decimal = table.decimal(place)
    chosen = {table.place(name): value for name, value in where.items()}
    senders = {at: Counter[str]() for at in sender_columns(table, where)}
    values, lines, whole = array("d"), array("L"), True
    kinds: dict[str, int] = {}  # kind of time -> first line
    for line, row in table.rows():
        if any(not _meets(row, at, value) for at, value in chosen.items()):
            continue
        kind, value = stamp_of(table, line, row, place, decimal)
        kinds.setdefault(kind, line)
        whole = whole and kind == "number" and row[place].lstrip("+-").isdecimal()
        values.append(value)
        lines.append(line)
        for at, counted in senders.items():
            if len(counted) <= MOST_SENDERS:
                counted[sender(row[at] if at < len(row) else "")] += 1
    if not values:
        raise InputError(f"{table.path}: no row has {_conditions(where)}")
    for at, counted in senders.items():
        _check_one_sender(table, at, counted)
    if len(kinds) > 1:
        (one, first), (other, second) = list(kinds.items())[:2]
        raise InputError(f"{table.path}: line {first} has a {one}, line {second} a {other}")
    return _Stamps(np.array(values), lines, next(iter(kinds)), whole)


def _empty(table: Table) -> str:
    """Return why a table without any value is no log."""
    cells = [row[0] for row in table.layout.header[1:] or table.layout.header]
    shown = f": {cells[0]!r} is none" if cells else ""
    return (
        f"holds no timestamp{shown}; needs one for each packet: a number of seconds, "
        "16:16:58.7 or 2025-11-27T16:16:58.7"
    )


def _meets(row: list[str], place: int, value: str) -> bool:
    cell = row[place] if place < len(row) else ""
    return value in (ANY, cell, sender(cell))


def _conditions(where: Mapping[str, str]) -> str:
    return " and ".join(f"{name}={value}" for name, value in where.items()) or "a time"


def _check_one_sender(table: Table, place: int, counted: Counter[str]) -> None:
    """Raise InputError if a column holds several senders, with their packets and a way on."""
    if len(counted) < 2:
        return
    name = table.names[place] if table.names else place + 1
    many = "more than " * (len(counted) > MOST_SENDERS) + str(min(len(counted), MOST_SENDERS))
    listed = ", ".join(f"{one or 'empty'} ({n})" for one, n in counted.most_common(LISTED))
    more = ", ..." * (len(counted) > LISTED)
    raise InputError(
        f"{table.path}: column {table.title(place)} has {many} senders: {listed}{more}; a trace is "
        f"one sender's: choose one for each by --where '{name}={counted.most_common(1)[0][0]}', or "
        f"take all as one by --where '{name}={ANY}'"
    )


def _seconds(
    stamps: _Stamps, unit: str | None, heads: list[str], window_length: int
) -> tuple[NDArray[np.float64], str]:
    """Return times in seconds, and in words how their unit was found."""
    values = stamps.values
    if stamps.kind != "number":
        if unit is not None:
            raise InputError(f"--unit {unit}: is for numbers; these times are {stamps.kind}s")
        if stamps.kind == "date":
            return values, "dates and times"
        times, passed = unwrap_midnight(values)
        return times, "clock times" + f", {passed} times past midnight" * (passed > 0)
    named = next(filter(None, map(named_unit, heads)), None)
    if unit is not None:
        found, why = unit, ""
    elif named is not None:
        found, why = named, ", as its name says"
    else:
        found, why = guess_unit(np.sort(values), stamps.whole, window_length)
    return (values - values[0]) * UNITS[found] + values[0] * UNITS[found], f"in {found}{why}"


def window_counts(times: ArrayLike, window_length: int = 200) -> NDArray[np.int64]:
    """Count the packets of each whole window from the first packet on.

    Times count to the microsecond, so that a packet on the edge of a window falls into the later
    one whatever the rounding of its float. What comes after the last whole window is left out.

    Parameters
    ----------
    times : (P,) array_like
        Seconds, ascending, P >= 1.
    window_length : int
        Slots of 1 ms in a window, >= 1: also the most packets that a window can have.

    Returns
    -------
    (T,) int

    Raises
    ------
    InputError
        If not even one window is whole, there are absurdly many, or one has too many packets.
    """
    check_int("window_length", window_length, 1)
    seconds = np.asarray(times, dtype=np.float64)
    length = SLOT_US * window_length
    span = float(seconds[-1] - seconds[0])
    if span * 1e6 / length > MOST_WINDOWS:
        raise InputError(
            f"times span {span:.4g} s, more than {MOST_WINDOWS} windows: is the unit right? "
            "--unit s, ms, us or ns"
        )
    place = np.rint((seconds - seconds[0]) * 1e6).astype(np.int64) // length
    counts = np.bincount(place)[:-1]
    if not len(counts):
        raise InputError(
            f"times span {span:.4g} s: must be a window of {window_length} ms at least; is the "
            "unit right? --unit s, ms, us or ns"
        )
    if (most := int(counts.max())) > window_length:
        start = seconds[0] + int(counts.argmax()) * length / 1e6
        raise InputError(
            f"{most} packets in the window from {start:.6f} s: must be at most one a slot of 1 ms, "
            f"{window_length} in all; are these several senders? --where COLUMN=VALUE takes one"
        )
    return counts
