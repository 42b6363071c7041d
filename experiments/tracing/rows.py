"""The rows of a CSV file that a product shows, chosen by the words that name a cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from difsched.baselines.registry import code_name, plain_words
from difsched.errors import InputError, choices
from experiments.aggregate.query import Aggregates
from experiments.tracing.sources import Source


@dataclass
class Unknown(Exception):
    """Raised where a word names nothing: ``key`` is the column that it should be of.

    ``place`` is that of the word, of which those before it named something.
    """

    place: int
    key: str
    word: str
    allowed: list[str]


class TooMany(Exception):
    """Raised where there are more words than keys; the message says what is allowed."""


def belonging(tables: Aggregates, source: Source) -> pd.DataFrame:
    """Return the rows of a CSV file that a product shows.

    Raises
    ------
    Missing
        If the file is not there.
    """
    table = tables.table(f"{source.csv}.csv")
    for name, value in source.where.items():
        wanted = list(value) if isinstance(value, tuple) else [value]
        table = table[table[name].isna() if value is None else table[name].isin(wanted)]
    if "N_user" in source.keys and "N_user" not in table:
        users = tables.table("datasets.csv").set_index("config")["N_user"]
        table = table.assign(N_user=table["config"].map(users))
    return table.dropna(subset=list(source.keys))


def select(rows: pd.DataFrame, keys: Sequence[str], words: Sequence[str]) -> pd.DataFrame:
    """Return the rows whose keys are the words, one after the other.

    A method may be named by its label, and so may a variant of a study.

    Raises
    ------
    Unknown, TooMany
        If there is none.
    """
    if len(words) > len(keys):
        raise TooMany(f"{' '.join(words)!r}: must be no more than {' '.join(keys)}")
    for place, (key, word) in enumerate(zip(keys, words, strict=False)):
        names = rows[key].map(text)
        meant = code_name(word) if key == "method" else word
        chosen = names == (meant or word)
        if key == "variant" and not chosen.any():
            chosen = rows["label"].map(plain_words) == plain_words(word)
        if not chosen.any():
            raise Unknown(place, key, word, list(names.unique()))
        rows = rows[chosen]
    return rows


def refusal(product: str, reasons: Sequence[Exception]) -> InputError:
    """Return one error for what every source of a product refused, each name once."""
    unknown = [reason for reason in reasons if isinstance(reason, Unknown)]
    if not unknown:
        return InputError(f"trace {product}: {'; or '.join(dict.fromkeys(map(str, reasons)))}")
    farthest = max(reason.place for reason in unknown)
    unknown = [reason for reason in unknown if reason.place == farthest]
    keys = " or ".join(dict.fromkeys(reason.key for reason in unknown))
    allowed = dict.fromkeys(name for reason in unknown for name in reason.allowed)
    word = unknown[0].word
    return InputError(f"trace {product}: {keys} {word!r}: {choices(word, allowed)}")


def groups(source: Source, rows: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield what names each cell, column by column, and its rows."""
    names = list(dict.fromkeys((*source.keys, *source.labels)))
    for key, part in rows.groupby(names, sort=False, dropna=False):
        yield dict(zip(names, key, strict=True)), part


def reduced(source: Source, part: pd.DataFrame) -> "pd.Series[Any] | None":
    """Return a cell's values: what its rows reduce to; None where they do not."""
    if len(part) == 1:
        return part.iloc[0]
    if not source.operation or not source.over:
        return None
    return part[list(source.values)].agg(source.operation)


def numbers(source: Source, rows: pd.DataFrame) -> Iterator[str]:
    """Yield a line for each row, and for what the rows of each cell reduce to."""
    for cell, part in groups(source, rows):
        yield f"  {', '.join(f'{name} {text(value)}' for name, value in cell.items())}"
        for _, row in part.iterrows():
            which = ", ".join(f"{name} {text(row[name])}" for name in source.over)
            yield f"    {which}{': ' if which else ''}{values(row, source.values)}"
        whole = reduced(source, part)
        if len(part) > 1 and whole is not None:
            yield f"    {source.operation} of {len(part)}: {values(whole, source.values)}"


def text(value: Any) -> str:
    """Return a value as a reader types it: whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def values(row: "pd.Series[Any]", names: Sequence[str]) -> str:
    """Return the values of a row, in full; those that are not known are left out."""
    known = [f"{name} {text(row[name])}" for name in names if pd.notna(row[name])]
    return ", ".join(known) or "n/a"
