"""What both commands do about their output: any encoding, and readers that leave early.

Standard library only; see `experiments.cli.arguments`.
"""

import codecs
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

#: Name of the error handler that `spelled` is registered under.
SPELLED = "difsched.spelled"
#: Signs of tables and captions -> what a terminal that knows no more than ASCII shows.
SIGNS = {
    **dict.fromkeys("\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}─", "-"),
    **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", "'"),
    **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", '"'),
    "±": "+/-",
    "×": "x",  # noqa: RUF001
    "·": ".",
    "†": "+",
    "∑": "sum",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
}


def spelled(error: UnicodeError) -> tuple[str, int]:
    """Return text in ASCII for what cannot be encoded, and where to go on; see `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(character: str) -> str:
    if character in SIGNS:
        return SIGNS[character]
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    name = unicodedata.name(character, "")
    if not plain and name.startswith("GREEK"):
        plain = name.split()[-1].lower()
    return plain or ascii(character)[1:-1]


@contextmanager
def careful_output() -> Iterator[None]:
    """Print in the block to any terminal, and to readers that may leave, as ``head`` does.

    What the terminal's encoding lacks is spelled in ASCII. A reader of standard output that has
    seen enough ends the block, and nothing complains of it.
    """
    codecs.register_error(SPELLED, spelled)
    for stream in _streams():
        stream.reconfigure(errors=SPELLED)
    try:
        try:
            yield
        finally:
            # Here, where it can be caught: at the end of Python it could only be complained of.
            for stream in _streams():
                stream.flush()
    except BrokenPipeError:
        hush()
    except OSError:
        hush()
        raise


def _streams() -> list[TextIOWrapper]:
    """Return standard output and error; what is closed is not among them."""
    return [one for one in (sys.stdout, sys.stderr) if isinstance(one, TextIOWrapper)]


def hush() -> None:
    """Print nothing more where nothing can be printed."""
    for stream in _streams():
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
