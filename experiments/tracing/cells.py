"""The printed cells that a trace is about, each with the arithmetic that made it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from difsched.baselines.registry import methods
from difsched.family import FAMILIES
from experiments.rendering.markup import plain
from experiments.rendering.tex import Table, typeset
from experiments.tracing.rows import groups, reduced, text
from experiments.tracing.sources import AWAY, HOME, PRINTED, Cell, Source


def equations(tables: Sequence[Table], source: Source, rows: pd.DataFrame) -> Iterator[str]:
    """Yield a line for each printed number of a source: the cell, and what it is."""
    for names, part in groups(source, rows):
        whole = reduced(source, part)
        if whole is None:
            continue
        first = {str(name): value for name, value in part.iloc[0].items()}
        words = _words(first | names)
        for cell in source.cells:
            found = find(tables, cell, words)
            if found is None or pd.isna(whole[cell.value]):
                continue
            place, printed = found
            scale = f"{cell.scale:g} x " if cell.scale != 1 else ""
            how = f", {source.operation} of {len(part)}" if len(part) > 1 else ""
            number = f"{scale}{text(whole[cell.value])}"
            yield f"  {place}: cell {printed} = {number} ({cell.value}{how})"


def _words(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what patterns are filled with: a row's columns as tables print them."""
    words = {name: PRINTED.get(str(value), text(value)) for name, value in row.items()}
    family = str(row.get("family", "slice"))
    if (method := methods(family).get(str(row.get("method")))) is not None:
        words["label"] = method.label
    if "config" in row:
        words["name"] = FAMILIES[family].name_of(row["config"]).replace("_", " ")
    if "variant" in row:
        words |= {"printed": shown(typeset(str(row["label"])))}
        words |= {"group": shown(typeset(str(row["group"])))}
    if "field" in row:
        words["field"] = str(row["field"]).capitalize()
    if "trained" in row:
        words["block"] = HOME if row["trained"] == row["config"] else AWAY
    return words


def find(tables: Sequence[Table], cell: Cell, words: Mapping[str, str]) -> tuple[str, str] | None:
    """Return where a cell stands and its text, without markup; None if it is not printed."""
    row, second, heading, group, column, label = (
        pattern.format_map(words)
        for pattern in (cell.row, cell.second, cell.heading, cell.group, cell.column, cell.table)
    )
    for table in tables:
        if table.label.removeprefix(tables[0].label) != label:
            continue
        titles = [shown(title) for title, count in table.groups for _ in range(count)]
        under = "", ""
        for line in table.body:
            if len(line) < 2:
                under = shown(line[0]) if line else "", ""
                continue
            cells = [shown(entry) for entry in line]
            under = under[0], cells[0] or under[1]
            if under[1] != row or not under[0].startswith(heading) or second not in ("", cells[1]):
                continue
            for place, title in enumerate(table.header):
                above = titles[place] if titles else ""
                if shown(title) == column and (not group or above == group):
                    parts = (table.label, under[0] if heading else "", row, second, group, column)
                    return ", ".join(filter(None, parts)), cells[place]
    return None


def shown(tex: str) -> str:
    """Return a text of a table without markup; what is no TeX of tables as it is."""
    try:
        return " ".join(plain(tex).split())
    except ValueError:
        return tex
