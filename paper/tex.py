"""TeX of tables and figures: what every render script writes with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from difsched.utils.files import read_json, write_text

TABLES = Path(__file__).parent / "tables"
FIGURES = Path(__file__).parent / "figures"


SPECIAL = str.maketrans(
    {"\\": r"\textbackslash{}", **{character: "\\" + character for character in "&%$#_{}"}}
)


def escape(text: object) -> str:
    """Return text with TeX's special characters escaped."""
    return str(text).translate(SPECIAL)


def number(value: float, digits: int) -> str:
    """Return a number with a proper minus sign and without a negative zero."""
    text = f"{value:.{digits}f}"
    return f"${text}$" if float(text) < 0 else text.removeprefix("-")


def write_table(
    name: str,
    caption: str,
    columns: str,
    header: Sequence[str],
    body: Sequence[Sequence[str]],
    groups: Sequence[tuple[str, int]] = (),
) -> None:
    """Write ``paper/tables/NAME.tex``; see :func:`table`, whose label is ``name``."""
    write_tables(name, [table(name, caption, columns, header, body, groups)])


def write_tables(name: str, tables: Sequence[str]) -> None:
    """Write ``paper/tables/NAME.tex`` with the given tables; see :func:`table`."""
    write_text(TABLES / f"{name}.tex", "\n".join(["% Generated; do not edit.", *tables]))


def table(
    label: str,
    caption: str,
    columns: str,
    header: Sequence[str],
    body: Sequence[Sequence[str]],
    groups: Sequence[tuple[str, int]] = (),
) -> str:
    """Return a table over both columns, by booktabs.

    Parameters
    ----------
    label : str
        What text refers to, behind ``tab:``.
    caption : str
        TeX.
    columns : str
        Column types of ``tabular``.
    header, body : sequence of str, sequence of rows
        Cells in TeX. A row of one cell spans the table; an empty row is a rule.
    groups : sequence of (str, int), optional
        Headings above the header and the number of columns of each; an empty heading has no rule.
    """
    lines = [
        r"\begin{table*}",
        r"\centering",
        rf"\caption{{{caption}}}",
        rf"\label{{tab:{label}}}",
        r"\small",
        r"\setlength{\tabcolsep}{4.5pt}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *_group_row(groups),
        " & ".join(header) + r" \\",
        r"\midrule",
    ]
    for row in body:
        if not row:
            lines.append(r"\midrule")
        elif len(row) == 1:
            lines.append(rf"\multicolumn{{{len(header)}}}{{l}}{{\textit{{{row[0]}}}}} \\")
        else:
            lines.append(" & ".join(row) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{table*}", ""]
    return "\n".join(lines)


def _group_row(groups: Sequence[tuple[str, int]]) -> list[str]:
    if not groups:
        return []
    cells, rules, column = [], [], 1
    for title, width in groups:
        cells.append(rf"\multicolumn{{{width}}}{{c}}{{{title}}}")
        if title:
            rules.append(rf"\cmidrule(lr){{{column}-{column + width - 1}}}")
        column += width
    return [" & ".join(cells) + r" \\", "".join(rules)]


def write_figure(name: str, caption: str, *, wide: bool) -> None:
    """Write ``paper/figures/NAME.tex``: the figure's float with its caption (TeX)."""
    kind = "figure*" if wide else "figure"
    lines = [
        "% Generated; do not edit.",
        rf"\begin{{{kind}}}",
        r"\centering",
        rf"\includegraphics{{figures/{name}.pdf}}",
        rf"\caption{{{caption}}}",
        rf"\label{{fig:{name}}}",
        rf"\end{{{kind}}}",
        "",
    ]
    write_text(FIGURES / f"{name}.tex", "\n".join(lines))


def provenance(workspace: Path) -> str:
    """Return the sentence that says what the numbers are from, and the smoke profile's warning."""
    spec = read_json(workspace / "spec.json")
    origin = "the built-in traffic generator"
    if spec["traces"] is not None:
        origin = f"CSV traces (digest {spec['traffic_id'].removeprefix('traces-')})"
    text = f"Traffic: {origin}."
    note: Any = spec["profile"].get("note")
    return f"{text} {escape(note)}" if note else text
