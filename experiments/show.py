"""Tables and captions in the terminal: ``./run_all.sh show table2``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.align import AlignMethod
from rich.console import Console
from rich.text import Text

from difsched.errors import InputError
from difsched.utils.files import read_json
from experiments.targets import PRODUCTS
from paper import tex
from paper.markup import plain, plain_span, spans

#: HTML's elements -> how the terminal shows them.
STYLES = {"b": "bold", "i": "italic", "small": "dim"}
ALIGNMENTS: dict[str, AlignMethod] = {"l": "left", "c": "center", "r": "right"}
GAP = "  "


def main(argv: Sequence[str]) -> int:
    """Print a table, or a figure's caption and files; return 0.

    A table has its natural width even in a narrower terminal: a number that is cut is a wrong one.
    A caption is wrapped in a terminal, and one line elsewhere.

    Raises
    ------
    InputError
        If there is no table or figure of that name, or it has not been made.
    """
    names = [name for name in PRODUCTS if name.startswith(("table", "fig"))]
    if len(argv) != 1 or argv[0] not in names:
        raise InputError(f"show {' '.join(argv)!r}: must be one of {', '.join(names)}")
    console = Console(highlight=False)
    for lines, caption in (_tables if argv[0].startswith("table") else _figure)(argv[0]):
        for line in lines:
            console.print(line, soft_wrap=True)
        console.print(Text(caption), soft_wrap=not console.is_terminal)
        console.print()
    return 0


def _tables(name: str) -> Iterator[tuple[list[Text], str]]:
    """Yield the lines of each table of a product, and its caption."""
    _check(name, tex.TABLES)
    for table in tex.read_tables(name):
        part = table.label.removeprefix(name).lstrip("-")
        title = Text(f"Table {name.removeprefix('table')}", "bold")
        title.append(f", {part}" if part else f": {PRODUCTS[name].about}", "not bold")
        yield [title, Text(), *draw(table), Text()], plain(table.caption)


def _figure(name: str) -> Iterator[tuple[list[Text], str]]:
    """Yield the title and the files of a figure, and its caption."""
    _check(name, tex.FIGURES)
    title = Text(f"Figure {name.removeprefix('fig')}", "bold")
    title.append(f": {PRODUCTS[name].about}", "not bold")
    files = [Text(file) for file in PRODUCTS[name].files]
    yield [title, Text(), *files, Text()], plain(read_json(tex.FIGURES / f"{name}.json")["caption"])


def _check(name: str, folder: Path) -> None:
    path = folder / f"{name}.json"
    if not path.is_file():
        raise InputError(f"{path} is missing: ./run_all.sh {name} makes it")


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
