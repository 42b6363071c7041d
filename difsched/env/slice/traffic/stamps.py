"""Times of packets as logs write them, and the unit in which numbers among them count.

A time is a number, a clock time ``16:16:58.718108`` or a date and time
``2025-11-27T16:16:58.718108Z``. A clock has no day: where it falls back by more than half a day it
has passed midnight. A number has no unit: it is the one that the column's name says, else the only
one under which the log makes sense, and a user is asked where that is not certain.
"""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np

from difsched.env.slice.traffic.traces import MOST_WINDOWS
from difsched.errors import InputError
from difsched.typing import Floats
from difsched.utils.dialect import CLOCK, DATE
from difsched.utils.tables import number

#: Units and their seconds.
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
#: Seconds since 1970 of the years 2001 to 2103; no clock is beyond.
DATES = 1e9, 4.2e9
DAY = 86_400

_UNIT = re.compile(
    r"(?:^|[^a-zµμ])(s|ms|us|ns|[µμ]s|(?:milli|micro|nano)?sec(?:ond)?s?|[mun]sec)[^a-z]*$"
)


def read_stamp(text: str, decimal: str = ".") -> tuple[str, float] | None:
    """Return the kind and the value of a time, or None if it is none.

    Parameters
    ----------
    text : str
    decimal : str
        The decimal mark of numbers, ``.`` or ``,``; that of a clock may be either.

    Returns
    -------
    kind : {"number", "clock time", "date"}
    value : float
        The number; seconds of the day; seconds since 1970 (UTC where no zone is named).
    """
    value = number(text.replace(",", ".") if decimal == "," else text)
    if value is not None:
        return "number", value
    if CLOCK.fullmatch(text):
        return "clock time", _seconds(text)
    found = DATE.fullmatch(text)
    if found is None:
        return None
    day, clock, zone = found.groups()
    try:
        days = date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    return "date", days * DAY + _seconds(clock) - _offset(zone)


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _offset(zone: str | None) -> float:
    """Return the seconds that a zone, such as +01:00, is ahead of UTC."""
    if zone is None or zone == "Z":
        return 0.0
    digits = zone[1:].replace(":", "")
    ahead = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -ahead if zone[0] == "-" else ahead


def unwrap_midnight(seconds: Floats) -> tuple[Floats, int]:
    """Return clock times (P,) with the days behind them, and how often midnight was passed."""
    steps = np.diff(seconds, prepend=seconds[0])
    passed, back = steps < -DAY / 2, steps > DAY / 2
    days = np.cumsum(passed.astype(np.int64) - back)
    if days.min() < 0:  # a pause of more than half a day, not a line out of order at midnight
        days = np.cumsum(passed)
    return seconds + DAY * days, int(days.max())


def named_unit(name: str) -> str | None:
    """Return the unit that a column's name says: ``Zeit [s]``, ``time_ms``, ``frame.time_epoch``.

    The last is a field of tshark's; its times are in seconds.
    """
    text = name.casefold()
    if text.startswith("frame.time_"):
        return "s"
    found = _UNIT.search(text)
    if found is None:
        return None
    word = found[1]
    short = "" if word.startswith("s") else {"m": "m", "n": "n"}.get(word[0], "u")
    return f"{'u' if word.startswith('micro') else short}s"


def guess_unit(stamps: Floats, whole: bool, window_length: int) -> tuple[str, str]:
    """Return the unit of numbers (P,) if it is certain, and in words why.

    A unit is possible under which there is a window and not absurdly many, no window has more
    packets than slots, and no time is beyond this century. It is certain if the numbers are dates
    of this century, or if no other is possible. Whole numbers that are coarser than a window leave
    no unit certain.

    Parameters
    ----------
    stamps : (P,) float
        Ascending.
    whole : bool
        Whether all are written without a fraction.
    window_length : int
        Slots of 1 ms in a window.

    Raises
    ------
    InputError
        If several units are possible, or the one is too coarse.
    """
    windows = {unit: _windows(stamps * scale, window_length) for unit, scale in UNITS.items()}
    possible = {unit: found for unit, found in windows.items() if found}
    dated = [u for u in possible if DATES[0] <= float(stamps[0]) * UNITS[u] <= DATES[1]]
    unit = next(iter(dated or possible), "s")
    span = f"{'whole ' * whole}numbers from {stamps[0]:.10g} to {stamps[-1]:.10g}"
    if not possible and np.abs(stamps).max() > DATES[1]:
        raise InputError(
            f"times are {span}: makes windows in no unit: choose another --column, or give --unit"
        )
    if len(possible) > 1 and not dated:
        units = " or ".join(possible)
        made = ", ".join(
            f"in {unit} {count} windows of {len(stamps) / count:.3g} packets, {empty:.0%} empty"
            for unit, (count, empty) in possible.items()
        )
        raise InputError(f"times are {span} without a unit: {made}; give --unit {units}")
    if whole and UNITS[unit] * 1000 > window_length:
        raise InputError(
            f"times are {span}: in seconds they are coarser than a window of {window_length} ms: "
            f"choose another --column, or give --unit {', '.join(UNITS)}"
        )
    return unit, ", as dates of this century" if dated else ", the only unit that makes sense"


def _windows(seconds: Floats, window_length: int) -> tuple[int, float] | None:
    """Return the whole windows that times make and the empty share; None if they make no sense."""
    span = float(seconds[-1] - seconds[0]) * 1000 / window_length
    if not 1 <= span <= MOST_WINDOWS or np.abs(seconds).max() > DATES[1]:
        return None
    places = ((seconds - seconds[0]) * 1000 / window_length).astype(np.int64)
    counts = np.unique(places[places < int(span)], return_counts=True)[1]
    return (int(span), 1 - len(counts) / int(span)) if counts.max() <= window_length else None


def in_order(seconds: Floats, lines: Sequence[int]) -> tuple[Floats, int]:
    """Return times (P,) sorted, and how many stood behind a later one.

    Raises
    ------
    InputError
        If they are more than half, or one is more than a second late: the log is no list of packets
        as they came, or it is several in a row.
    """
    latest = np.maximum.accumulate(seconds)
    late = int((seconds < latest).sum())
    if not late:
        return seconds, 0
    worst = int((latest - seconds).argmax())
    lag = float(latest[worst] - seconds[worst])
    if lag > 1 or late > len(seconds) / 2:
        raise InputError(
            f"{late} of {len(seconds)} times are less than one before them, that in line "
            f"{lines[worst]} by {lag:.6g} s: must ascend but for few, by at most 1 s; is "
            "this the time since the packet before, or are these several captures?"
        )
    return np.sort(seconds), late
