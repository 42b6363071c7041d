"""Text of a stranger's: its encoding found, and what is no text named in our own words."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from difsched.errors import InputError
from difsched.utils.files import reading

_CAPTURE = (
    "a packet capture: export it as text, tshark -r FILE -T fields -e frame.time_epoch > log.txt"
)
_ZIPPED = "compressed: unpack it first"
#: First bytes of files that are no text, and what these are.
_KINDS = {
    b"\xd4\xc3\xb2\xa1": _CAPTURE,
    b"\xa1\xb2\xc3\xd4": _CAPTURE,
    b"\x4d\x3c\xb2\xa1": _CAPTURE,
    b"\xa1\xb2\x3c\x4d": _CAPTURE,
    b"\x0a\x0d\x0d\x0a": _CAPTURE,
    b"\x1f\x8b": _ZIPPED,
    b"BZh": _ZIPPED,
    b"\xfd7zXZ": _ZIPPED,
    b"\x28\xb5\x2f\xfd": _ZIPPED,
    b"PK\x03\x04": "an archive or a spreadsheet: unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet: save it as CSV",
}
#: Byte-order marks; that of UTF-32 begins as that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_HEAD = 4096


@contextmanager
def open_text(path: str | Path, kind: str, limit: int) -> Iterator[TextIO]:
    """Open a text for the block: UTF-8, with or without a byte-order mark, or UTF-16 with one.

    Parameters
    ----------
    path, kind, limit
        As of `difsched.utils.files.reading`. Line ends are left as they are, for `csv`.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, or no text of these encodings; also for whatever
        the block raises.
    """
    with reading(path, kind, limit):
        with Path(path).open("rb") as file:
            encoding = _encoding(path, file.read(_HEAD))
        try:
            with Path(path).open(encoding=encoding, newline="") as text:
                yield text
        except UnicodeError:
            raise InputError(f"{path}: {_not_text(Path(path), encoding)}") from None


def _encoding(path: str | Path, head: bytes) -> str:
    """Return the encoding of a text that begins so; raise InputError if it is no text."""
    for start, what in _KINDS.items():
        if head.startswith(start):
            raise InputError(f"{path}: is {what}")
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        # Letters of UTF-16 have every other byte 0; its mark would have said so.
        wide = max(head[::2].count(0), head[1::2].count(0)) > max(8, 0.4 * len(head))
        what = "UTF-16 without a byte-order mark" if wide else "no text: it has bytes of value 0"
        raise InputError(f"{path}: is {what}: save it as UTF-8")
    return "utf-8-sig"


def _not_text(path: Path, encoding: str) -> str:
    if encoding != "utf-8-sig":
        return f"is damaged {encoding.upper()}: save it as UTF-8"
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                value = line[error.start]
                return f"byte {value:#04x} in line {number} is not UTF-8: save the file as UTF-8"
    return "is not UTF-8: save it as UTF-8"
