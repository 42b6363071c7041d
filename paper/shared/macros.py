"""Numbers and phrases as the paper's text prints them."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from experiments.rendering.tex import number

#: Name -> text.
Macros: TypeAlias = dict[str, str]
#: Name of a CSV file -> its rows.
Tables: TypeAlias = Mapping[str, pd.DataFrame]

#: What stands for a number that is not known, as in a shortened profile.
NOTHING = "n/a"
WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def one(value: float, digits: int = 1) -> str:
    """Return a number, or "n/a" where it is not known."""
    return NOTHING if np.isnan(value) else number(value, digits)


def spread(values: Iterable[float], digits: int = 1) -> str:
    """Return the least to the greatest of the values that are known: "96.8 to 98.8"."""
    known = [value for value in values if not np.isnan(value)]
    if not known:
        return NOTHING
    low, high = (number(end, digits) for end in (min(known), max(known)))
    return low if low == high else f"{low} to {high}"


def word(count: int) -> str:
    """Return a count as a word, where it has a short one."""
    return WORDS[count] if count < len(WORDS) else str(count)


def listed(values: Iterable[object]) -> str:
    """Return values as a sentence has them: "0", "0 and 3", "0, 3 and 5"."""
    *first, last = [str(value) for value in values] or [NOTHING]
    return f"{', '.join(first)} and {last}" if first else last


def share(holds: "pd.Series[bool]") -> str:
    """Return on how many configurations something holds: "five of the eight configurations"."""
    count, total = int(holds.sum()), len(holds)
    if not total:
        return NOTHING
    if count == total > 1:
        return f"all {word(total)} configurations"
    return f"{word(count)} of the {word(total)} configurations"


def by_config(
    tables: Tables, method: str, column: str = "score", table: str = "summary"
) -> "pd.Series[float]":
    """Return a column of a family's summary (the slice's: ``summary``) of one method, by config."""
    rows = tables[table]
    return rows[rows["method"] == method].set_index("config")[column].dropna()


def compared(tables: Tables, method: str, against: str, table: str = "pairs") -> pd.DataFrame:
    """Return the loss of a method less another's by configuration: difference, low and high.

    ``table`` is a family's pairs; the slice's are ``pairs``.
    """
    rows = tables[table].set_index("config")
    ends = rows[["difference", "low", "high"]]
    forth = ends[(rows["method"] == method) & (rows["against"] == against)]
    back = -ends[(rows["method"] == against) & (rows["against"] == method)]
    return pd.concat([forth, back.rename(columns={"low": "high", "high": "low"})])
