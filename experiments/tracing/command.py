"""What stands behind a cell: ``./run_all.sh trace table2 dql_set 3``.

Prints the cell and its arithmetic, the runs that the numbers come from with files and digests, and
the command that makes those runs again.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.errors import InputError, choices
from difsched.utils.files import read_json, refusing, sha256
from difsched.utils.terminal import OneLineParser
from experiments.aggregate.columns import cells
from experiments.aggregate.datasets import dataset_row
from experiments.aggregate.query import Aggregates, Missing
from experiments.paths import Layout, shown
from experiments.phrases import counted
from experiments.rendering.drawn import drawn_tables
from experiments.runs import locations
from experiments.runs.locations import Place
from experiments.runs.run import RECORD
from experiments.tracing.cells import equations
from experiments.tracing.rows import TooMany, Unknown, belonging, numbers, refusal, select
from experiments.tracing.sources import SOURCES, Source

DONE, MISSING = 0, 1
#: Begins every line on what is not as it was recorded.
FAULT = "MISSING OR DAMAGED"


def main(argv: list[str]) -> int:
    """Print what stands behind a cell; return 1 if something of it is missing or damaged."""
    parser = OneLineParser(
        prog="./run_all.sh trace",
        description="What stands behind a cell, such as: table2 dql_set 3",
        epilog="exit status: 0 all is there, 1 a file is missing or damaged, 2 wrong argument",
    )
    parser.add_argument("product", help="a table or figure")
    parser.add_argument(
        "cell", nargs="*", help="what names the cell, such as METHOD CONFIG; all without it"
    )
    locations.add_place(parser)
    options = parser.parse_args(argv)
    if options.product not in SOURCES:
        raise InputError(f"trace {options.product!r}: {choices(options.product, SOURCES)}")
    sources = SOURCES[options.product]
    place = locations.find([source.csv for source in sources], options.profile, options.reference)
    lines = list(report(options.product, sources, options.cell, place))
    print("\n".join(lines))
    return MISSING if any(FAULT in line for line in lines) else DONE


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
    refused: list[Exception] = []
    for source in sources:
        try:
            found.append((source, select(belonging(tables, source), source.keys, words)))
        except (Missing, Unknown, TooMany) as reason:
            refused.append(reason)
    if not found:
        raise refusal(product, refused)
    yield f"{' '.join([product, *words])} ({place.name}, {place.title})"
    if product.startswith("table"):
        yield from _printed(product, found, place)
    files: dict[tuple[Path, str], Any] = {}
    for source, rows in found:
        which = "".join(f", {key} {_either(value)}" for key, value in source.where.items() if value)
        yield f"\n{shown(place.aggregates / source.csv)}.csv{which}"
        yield from numbers(source, rows)
        for _, row in rows.iterrows() if source.file else ():
            folder = place.workspace
            if source.run:
                folder = Layout(folder).run_path(source.run.format(**row))
            files.setdefault((folder, source.file.format(**row)), row)
    cards = sum(folder == place.workspace for folder, _ in files)
    runs = len({folder for folder, _ in files}) - bool(cards)
    beside = f" and {counted(cards, 'dataset')}" if cards else ""
    yield f"\n{counted(runs, 'run')}{beside}"
    for (folder, file), row in files.items():
        yield from card(folder / file, row) if folder == place.workspace else origin(folder, file)
    yield f"\nwhat makes them again where they are missing: {place.command(product)}"


def _either(value: Any) -> str:
    return " or ".join(value) if isinstance(value, tuple) else str(value)


def _printed(
    product: str, found: Sequence[tuple[Source, pd.DataFrame]], place: Place
) -> Iterator[str]:
    try:
        tables = drawn_tables(product, place)
    except InputError as error:
        yield f"  its printed cell cannot be shown: {error}"
        return
    for source, rows in found:
        yield from equations(tables, source, rows)


def origin(folder: Path, file: str) -> Iterator[str]:
    """Yield what is on record of a run: its file and the digests of file, settings and inputs."""
    yield f"  {folder.name}"
    try:
        with refusing(folder, "a run"):
            yield from _recorded(folder, file)
    except InputError as error:
        yield f"    {FAULT}: {error}"


def _recorded(folder: Path, file: str) -> Iterator[str]:
    record, config = read_json(folder / RECORD), read_json(folder / "config.json")
    for name, digest in record["files"].items():
        if name == file:
            yield f"    file      {shown(folder / file)}"
            yield f"    sha256    {digest}"
        if sha256(folder / name) != digest:
            yield f"    {FAULT}: {shown(folder / name)} HAS CHANGED since it was recorded"
    yield f"    settings  {record['settings']}"
    for name, value in config.get("inputs", {}).items():
        digests = " ".join(value) if isinstance(value, list) else value
        yield f"    input     {name} {digests}"


def card(path: Path, row: "pd.Series[Any]") -> Iterator[str]:
    """Yield what a dataset's card says: its own digest, and that of the dataset, kept or not."""
    data = path.with_suffix(".npz")
    yield f"  {path.stem}"
    try:
        with refusing(path, "a dataset's card"):
            told = dataset_row(path)
        yield f"    card      {shown(path)}"
        yield f"    sha256    {sha256(path)}"
        kept = "" if data.is_file() else " (not kept here: its card is)"
        yield f"    dataset   {told.sha256}{kept}"
        same = all(row[name] == value for name, value in cells(told).items() if value is not None)
        if not same or (data.is_file() and sha256(data) != told.sha256):
            yield f"    {FAULT}: {shown(path)} or its dataset HAS CHANGED since it was recorded"
    except InputError as error:
        yield f"    {FAULT}: {error}"
