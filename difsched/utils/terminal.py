"""Command lines whose errors are one line, and what they say: plain tables, JSON."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from difsched.errors import InputError
from difsched.utils.files import to_json


class OneLineParser(argparse.ArgumentParser):
    """A parser that raises `InputError` instead of printing its usage and exiting."""

    def error(self, message: str) -> NoReturn:
        """Raise the message in one line, with where help is."""
        raise InputError(f"{' '.join(message.split())} (see {self.prog} --help)")


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells in columns two spaces apart, the first flush left, the others right.

    The last cell of a row with fewer cells than the first is a remark: it takes no part in the
    widths.
    """
    full = [row for row in rows if len(row) == len(rows[0])]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=False)]
        cells[0] = row[0].ljust(widths[0])
        if len(row) < len(widths):
            cells[-1] = row[-1]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of words in columns two spaces apart, all flush left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def say(values: Any, text: str, as_json: bool) -> None:
    """Print a text, or for scripts the plain values behind it."""
    print(to_json(values) if as_json else f"{text}\n", end="")


def remark(lines: Sequence[str]) -> None:
    """Print lines to standard error: what a user had better know beside the result."""
    for line in lines:
        print(f"difsched: {line}", file=sys.stderr)
