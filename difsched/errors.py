"""The one error that a user's input can cause, and what its line says of the choices."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

#: Characters of a line that are shown, at its beginning and at its end.
HEAD, TAIL = 800, 200


class InputError(ValueError):
    """Bad input, told in one line: the field, its value and what is allowed.

    The command line prints the line to standard error and exits with status 2. What a terminal
    would not print as it is, such as a line break in a file's name, is escaped, and of a line that
    is too long the middle is left out: neither is the user's own text then.
    """

    def __init__(self, message: str) -> None:
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
        whole = len(line) <= HEAD + TAIL
        super().__init__(line if whole else f"{line[:HEAD]} ... {line[-TAIL:]}")


def choices(value: Any, allowed: Collection[Any]) -> str:
    """Return what is allowed instead of ``value``, and which of it was probably meant.

    ``must be one of bc, dql, sac (did you mean dql?)``: the rest of a line that names the value.
    """
    names = [str(name) for name in allowed]
    if not names:
        return "there is none to choose from"
    word = value if isinstance(value, str) else ""
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word[:100].casefold(), folded, n=1)
    meant = f" (did you mean {folded[near[0]]}?)" if near else ""
    return f"must be one of {', '.join(names)}{meant}"


@contextmanager
def within(place: str) -> Iterator[None]:
    """Put ``place``, such as a file or the name of a section, before the line of an InputError."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{place}{error}") from None


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Put a file before the line of an InputError that does not name it yet."""
    try:
        yield
    except InputError as error:
        text = str(error)
        raise InputError(text if str(path) in text else f"{path}: {text}") from None
