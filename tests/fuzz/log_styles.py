"""Every way in which the readers take the same packet log: what must make no difference."""

import codecs
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

UNITS = ("s", "ms", "us", "ns", "clock", "date")
SEPARATORS = ("", ",", ";", "\t", " ")
HEADERS = ("named", "comment", "none")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be")
#: Microseconds of a unit.
_SCALE = {"s": 10**6, "ms": 10**3, "us": 1}
_MARKS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True)
class Style:
    """How a log is written.

    Attributes
    ----------
    unit : str
        Of ``UNITS``.
    separator : str
        Of ``SEPARATORS``; without one the times are alone.
    decimal : str
        ``.`` or ``,``.
    quoted : bool
        Whether cells are in quotation marks.
    header : str
        Of ``HEADERS``.
    encoding : str
        Of ``ENCODINGS``, those of UTF-16 with a byte-order mark.
    place : int
        Of the times among three columns, from 0.
    ends : str
        What ends a line.
    """

    unit: str = "s"
    separator: str = ","
    decimal: str = "."
    quoted: bool = False
    header: str = "named"
    encoding: str = "utf-8"
    place: int = 0
    ends: str = "\n"

    @property
    def column(self) -> str | None:
        """Return what must be said of the column, if anything."""
        alone = self.separator == "" or self.place == 0
        return None if self.header != "none" or alone else f"{self.place + 1}"

    @property
    def told_unit(self) -> str | None:
        """Return what must be said of the unit where no header names it."""
        return self.unit if self.header == "none" and self.unit in ("ms", "us", "ns") else None


def write_log(times: list[int], style: Style) -> bytes:
    """Return a log of times, microseconds since 1970, ascending."""
    name = f"time_{style.unit}" if style.unit in ("s", "ms", "us", "ns") else "time"
    rows = [[_time(time, style), "10.0.0.2", "98"] for time in times]
    if style.header != "none":
        rows.insert(0, [name, "address", "length"])
    lines = [_line(row, style) for row in rows]
    if style.header == "comment":
        lines[0] = f"# {lines[0]}"
    text = "".join(line + style.ends for line in lines)
    return _MARKS.get(style.encoding, b"") + text.encode(style.encoding)


def _line(cells: list[str], style: Style) -> str:
    time, *others = cells
    chosen = [*others[: style.place], time, *others[style.place :]] if style.separator else [time]
    # A mark inside a cell that would end it must be quoted.
    inside = style.separator != "" and any(style.separator in cell for cell in chosen)
    quote = '"' if style.quoted or inside else ""
    return style.separator.join(f"{quote}{cell}{quote}" for cell in chosen)


def _time(time: int, style: Style) -> str:
    if style.unit == "ns":
        return f"{time}000"
    if style.unit in _SCALE:
        scale = _SCALE[style.unit]
        whole, rest = divmod(abs(time), scale)
        digits = len(str(scale)) - 1
        text = f"{whole}.{rest:0{digits}d}" if digits else f"{whole}"
        return ("-" * (time < 0) + text).replace(".", style.decimal)
    stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
    text = stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if style.unit == "date" else "%H:%M:%S.%f")
    return text.replace(".", style.decimal)
