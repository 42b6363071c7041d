"""Tables and captions in the terminal: ``./run_all.sh show table2``."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from rich.align import AlignMethod
from rich.console import Console
from rich.text import Text

from difsched.errors import InputError, choices
from difsched.utils.files import read_json
from difsched.utils.terminal import OneLineParser
from experiments.paths import REFERENCE, shown
from experiments.products import PRODUCTS
from experiments.rendering import tex
from experiments.rendering.drawn import drawn
from experiments.rendering.markup import bare, plain, plain_span, spans
from experiments.rendering.screen import Screen
from experiments.runs import locations
from experiments.runs.locations import Place
from experiments.tracing.sources import SOURCES

#: HTML's elements -> how the terminal shows them.
STYLES = {"b": "bold", "i": "italic", "small": "dim"}
ALIGNMENTS: dict[str, AlignMethod] = {"l": "left", "c": "center", "r": "right"}
GAP = "  "
#: What can be shown.
SHOWN = [name for name in PRODUCTS if name.startswith(("table", "fig"))]


def main(argv: Sequence[str]) -> int:
    """Print a table, or a figure's caption and files, from the numbers of a place; return 0.

    In a terminal a table that is wider is printed in blocks of columns, since a number that is cut
    is a wrong one, and a caption is wrapped. Elsewhere a table has its natural width, and a caption
    is one line.

    Raises
    ------
    InputError
        If there is no table or figure of that name, or no place has its numbers.
    """
    parser = OneLineParser(
        prog="./run_all.sh show",
        description="Prints a table, or a figure's caption and files, from the last run that has "
        "its numbers, or from the committed reference where none has.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(SHOWN)}")
    parser.add_argument("--csv", action="store_true", help="print a table's cells as CSV")
    locations.add_place(parser)
    options = parser.parse_args(argv)
    if len(options.names) != 1 or options.names[0] not in SHOWN:
        given = " ".join(options.names)
        raise InputError(f"show {given!r}: {choices(given, SHOWN)}")
    (name,) = options.names
    if options.csv and not name.startswith("table"):
        raise InputError(f"--csv: must be left out with {name}, which has no cells")
    sources = [source.csv for source in SOURCES.get(name, ())]
    place = locations.find(sources, options.profile, options.reference)
    with drawn(name, place) as folder:
        if options.csv:
            print(as_csv(tex.read_tables(name, folder / "tables")), end="")
            return 0
        console = Screen(highlight=False)
        if name.startswith("table"):
            _print_tables(console, name, place, tex.read_tables(name, folder / "tables"))
        else:
            _print_figure(console, name, place, folder / "figures")
    return 0


def _print_tables(console: Console, name: str, place: Place, tables: Sequence[tex.Table]) -> None:
    for table in tables:
        part = table.label.removeprefix(name).lstrip("-")
        title = Text(f"Table {name.removeprefix('table')}", "bold")
        about = f", {part} ({place.title})" if part else f" ({place.title}): {PRODUCTS[name].about}"
        console.print(title.append(about, "not bold"), soft_wrap=not console.is_terminal)
        for block in blocks(table, console.width) if console.is_terminal else [table]:
            console.print()
            for line in draw(block):
                console.print(line, soft_wrap=True)
        _print_caption(console, table.caption)


def _print_figure(console: Console, name: str, place: Place, drawings: Path) -> None:
    title = Text(f"Figure {name.removeprefix('fig')}", "bold")
    title.append(f" ({place.title}): {PRODUCTS[name].about}", "not bold")
    console.print(title, soft_wrap=not console.is_terminal)
    console.print()
    picture = (drawings / f"{name}.png").read_bytes()
    kept = [folder for folder in (tex.FIGURES, REFERENCE / "figures") if _is(folder, name, picture)]
    for suffix in ("pdf", "png") if kept else ():
        console.print(Text(shown(kept[0] / f"{name}.{suffix}")), soft_wrap=True)
    if not kept:
        console.print(Text(f"{place.command(name)} draws it"), soft_wrap=True)
    _print_caption(console, read_json(drawings / f"{name}.json")["caption"])


def _is(folder: Path, name: str, picture: bytes) -> bool:
    """Return whether a folder holds this very picture: the last call may have drawn another."""
    path = folder / f"{name}.png"
    return path.is_file() and path.read_bytes() == picture


def _print_caption(console: Console, caption: str) -> None:
    console.print()
    console.print(Text(plain(caption)), soft_wrap=not console.is_terminal)
    console.print()


def as_csv(tables: Sequence[tex.Table]) -> str:
    """Return the cells of tables as CSV, without markup, a line between two tables empty.

    The first column is the heading over the row; a group's title is part of its columns' names.
    """
    parts = []
    for table in tables:
        titles = [title for title, count in table.groups for _ in range(count)]
        above = titles or [""] * len(table.header)
        names = [" ".join(filter(None, pair)) for pair in zip(above, table.header, strict=True)]
        rows, heading = [["section", *map(plain, names)]], ""
        for row in table.body:
            if len(row) == 1:
                heading = plain(row[0])
            elif row:
                rows.append([heading, *map(bare, row)])
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        parts.append(out.getvalue())
    return "\n".join(parts)


def blocks(table: tex.Table, width: int) -> list[tex.Table]:
    """Return a table in parts that fit into so many columns, each with the names of the rows."""
    names = len(table.columns) - len(table.columns.lstrip("l")) or 1
    full = [row for row in (table.header, *table.body) if len(row) > 1]
    widths = [max(styled(cell).cell_len for cell in column) for column in zip(*full, strict=True)]
    stub = list(range(names))
    parts: list[list[int]] = []
    for column in range(names, len(widths)):
        if not parts or _across([widths[place] for place in (*parts[-1], column)]) > width:
            parts.append([*stub])
        parts[-1].append(column)
    return [_part(table, columns) for columns in parts] if len(parts) > 1 else [table]


def _part(table: tex.Table, columns: Sequence[int]) -> tex.Table:
    def cut(row: Sequence[str]) -> list[str]:
        return [row[place] for place in columns] if len(row) > 1 else [*row]

    locations = [number for number, (_, count) in enumerate(table.groups) for _ in range(count)]
    kept = groupby([locations[column] for column in columns] if locations else [])
    counts = [(number, len(list(run))) for number, run in kept]
    return replace(
        table,
        columns="".join(table.columns[place] for place in columns),
        header=cut(table.header),
        body=[cut(row) for row in table.body],
        groups=[(table.groups[number][0], count) for number, count in counts],
    )


def draw(table: tex.Table) -> list[Text]:
    """Return the lines of a table: groups, header, rule and rows."""
    header, *rows = ([styled(cell) for cell in row] for row in (table.header, *table.body))
    groups = [(styled(title), count) for title, count in table.groups]
    widths = _widths([header, *rows], groups)
    rule = Text("─" * _across(widths), "dim")
    lines = [_group_line(groups, widths)] if groups else []
    lines += [_line(header, table.columns, widths), rule]
    for row in rows:
        if len(row) == 1:
            row[0].stylize("italic")
        lines.append(_line(row, table.columns, widths) if len(row) > 1 else (row or [rule])[0])
    return lines


def styled(text: str) -> Text:
    """Return a cell's TeX as the terminal shows it."""
    shown = Text()
    for span in spans(text):
        style = " ".join(STYLES[element] for element in span.elements if element in STYLES)
        shown.append(plain_span(span), style)
    return shown


def _widths(rows: Sequence[Sequence[Text]], groups: Sequence[tuple[Text, int]]) -> list[int]:
    """Return the width of each column: what its cells take, and its share of its group's title."""
    full = [row for row in rows if len(row) == len(rows[0])]
    widths = [max(cell.cell_len for cell in column) for column in zip(*full, strict=True)]
    start = 0
    for title, count in groups:
        missing = title.cell_len - _across(widths[start : start + count])
        for place in range(max(0, missing)):
            widths[start + place % count] += 1
        start += count
    return widths


def _across(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _line(cells: Sequence[Text], columns: str, widths: Sequence[int]) -> Text:
    for cell, letter, width in zip(cells, columns, widths, strict=True):
        cell.align(ALIGNMENTS[letter], width)
    line = Text(GAP).join(cells)
    line.rstrip()
    return line


def _group_line(groups: Sequence[tuple[Text, int]], widths: Sequence[int]) -> Text:
    """Return the titles of groups, each in a rule over its columns."""
    start, parts = 0, []
    for title, count in groups:
        width = _across(widths[start : start + count])
        start += count
        if title and width > title.cell_len + 1:
            title = Text(" ").join([Text(), title, Text()])
        title.align("center", width, "─" if title else " ")
        parts.append(title)
    return Text(GAP).join(parts)
