"""What stands behind a cell: ``./run_all.sh trace table2 dql_set 3``.

Prints the numbers, the runs that they come from with files and digests, and the command that makes
those runs again.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.errors import InputError
from difsched.utils.files import read_json, sha256
from experiments import places
from experiments.arguments import DEFAULT_PROFILE
from experiments.measures import Aggregates, Missing
from experiments.places import Place, shown
from experiments.store import RECORD
from experiments.terminal import OneLineParser
from experiments.trace_sources import SOURCES, Source


def main(argv: list[str]) -> int:
    """Print what stands behind a cell; return 0."""
    parser = OneLineParser(
        prog="./run_all.sh trace",
        description="What stands behind a cell, such as: table2 dql_set 3",
    )
    parser.add_argument("product", help="a table or figure")
    parser.add_argument("cell", nargs="*", help="what names the cell, such as METHOD CONFIG")
    parser.add_argument("--reference", action="store_true", help="look in the committed reference")
    parser.add_argument("--profile", metavar="NAME", help="look in this profile's last run")
    options = parser.parse_args(argv)
    if options.product not in SOURCES:
        allowed = f"must be one of {', '.join(SOURCES)}; nothing else rests on runs"
        raise InputError(f"trace {options.product!r}: {allowed}")
    sources = SOURCES[options.product]
    place = find(sources, options.profile, options.reference)
    print("\n".join(report(options.product, sources, options.cell, place)))
    return 0


def find(sources: Sequence[Source], profile: str | None, reference: bool) -> Place:
    """Return where to look: the last run that has the product's numbers, else the reference.

    Raises
    ------
    InputError
        If there is no such place.
    """
    if reference:
        if profile:
            raise InputError("--profile: must be left out with --reference")
        return places.reference()
    for place in places.fresh(profile):
        if all((place.aggregates / f"{source.csv}.csv").is_file() for source in sources):
            return place
    if profile:
        raise InputError(f"--profile {profile!r}: its last run did not get as far as these numbers")
    return places.reference()


def report(
    product: str, sources: Sequence[Source], words: Sequence[str], place: Place
) -> Iterator[str]:
    """Yield the lines of the report.

    Raises
    ------
    InputError
        If the words name no cell; the line says what is allowed.
    """
    tables = Aggregates(place.aggregates)
    found: list[tuple[Source, pd.DataFrame]] = []
    refused: list[str] = []
    for source in sources:
        try:
            rows = belonging(tables.table(f"{source.csv}.csv"), source)
            found.append((source, select(rows, source.keys, words)))
        except Missing as reason:
            refused.append(str(reason))
    if not found:
        raise InputError(f"trace {product}: {'; or '.join(dict.fromkeys(refused))}")
    yield f"{' '.join([product, *words])} ({place.name})"
    runs: dict[Path, str] = {}
    for source, rows in found:
        which = "".join(f", {key} {value}" for key, value in source.where.items() if value)
        yield f"\n{shown(place.aggregates / source.csv)}.csv{which}"
        yield from numbers(source, rows)
        if source.run:
            runs |= {place.workspace / "runs" / run: source.file for run in named(source, rows)}
    yield f"\n{len(runs)} {'run' if len(runs) == 1 else 'runs'}"
    for folder, file in runs.items():
        yield from origin(folder, file)
    yield f"\nwhat makes them again where they are missing: {command(product, place)}"


def belonging(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the rows of a CSV file that a product shows."""
    for name, value in source.where.items():
        table = table[table[name].isna() if value is None else table[name] == value]
    return table.dropna(subset=list(source.keys))


def select(rows: pd.DataFrame, keys: Sequence[str], words: Sequence[str]) -> pd.DataFrame:
    """Return the rows whose keys are the words, one after the other.

    Raises
    ------
    Missing
        If there is none; the message says what is allowed.
    """
    if len(words) > len(keys):
        raise Missing(f"{' '.join(words)!r}: must be no more than {' '.join(keys)}")
    for key, word in zip(keys, words, strict=False):
        values = rows[key].map(_text)
        if word not in set(values):
            raise Missing(f"{key} {word!r}: must be one of {', '.join(values.unique())}")
        rows = rows[values == word]
    return rows


def numbers(source: Source, rows: pd.DataFrame) -> Iterator[str]:
    """Yield a line for each row, and for each mean over seeds."""
    cells = [name for name in (*source.keys, *source.labels) if name != "seed"]
    groups = list(dict.fromkeys(cells))
    for key, part in rows.groupby(groups, sort=False):
        names = [f"{name} {_text(value)}" for name, value in zip(groups, key, strict=True)]
        yield f"  {', '.join(names)}"
        for _, row in part.iterrows():
            seed = f"seed {row['seed']}: " if "seed" in source.labels else ""
            yield f"    {seed}{_values(row, source.values)}"
        if len(part) > 1:
            means = part[list(source.values)].mean()
            yield f"    mean of {len(part)}: {_values(means, source.values)}"


def named(source: Source, rows: pd.DataFrame) -> list[str]:
    """Return the ids of the runs behind some rows, each once."""
    return list(dict.fromkeys(source.run.format(**row) for _, row in rows.iterrows()))


def origin(folder: Path, file: str) -> Iterator[str]:
    """Yield what is on record of a run: its file and the digests of file, settings and inputs."""
    yield f"  {folder.name}"
    try:
        record, config = read_json(folder / RECORD), read_json(folder / "config.json")
        digest = record["files"][file]
        yield f"    file      {shown(folder / file)}"
        whole = sha256(folder / file) == digest
        yield f"    sha256    {digest}{'' if whole else ' on record; THE FILE HAS CHANGED'}"
        yield f"    settings  {record['settings']}"
        for name, value in config.get("inputs", {}).items():
            digests = " ".join(value) if isinstance(value, list) else value
            yield f"    input     {name} {digests}"
    except (InputError, KeyError, TypeError) as error:
        yield f"    MISSING OR DAMAGED: {error}"


def command(product: str, place: Place) -> str:
    """Return the command line that makes a product's runs."""
    words = ["./run_all.sh", product]
    if place.profile != DEFAULT_PROFILE:
        words += ["--profile", place.profile]
    traces = read_json(place.workspace / "spec.json")["traces"]
    return " ".join([*words, *(["--traces", traces] if traces else [])])


def _text(value: Any) -> str:
    """Return a value as a reader types it: whole numbers without a point."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _values(row: "pd.Series[Any]", names: Sequence[str]) -> str:
    """Return the values of a row, in full; those that are not known are left out."""
    return ", ".join(f"{name} {row[name]}" for name in names if pd.notna(row[name])) or "n/a"
