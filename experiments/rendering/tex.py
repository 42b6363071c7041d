"""TeX of tables and figures: what every render script writes with."""

import argparse
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.utils.files import read_json, refusing, write_json, write_text
from experiments import paths
from experiments.phrases import counted
from experiments.profiles.profile import Profile

#: The folder that is drawn into; another one leaves the paper's own tables and figures alone.
FOLDER = "DIFSCHED_PAPER"
PAPER = Path(os.environ.get(FOLDER, paths.PAPER))
TABLES = PAPER / "tables"
FIGURES = PAPER / "figures"
NUMBERS = PAPER / "numbers.tex"


SPECIAL = str.maketrans(
    {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    | {character: "\\" + character for character in "&%$#_{}"}
)


def escape(text: object) -> str:
    """Return text with TeX's special characters escaped."""
    return str(text).translate(SPECIAL)


def number(value: float, digits: int) -> str:
    """Return a number with a proper minus sign and without a negative zero, a dash for NaN."""
    if math.isnan(value):
        return "--"
    text = f"{value:.{digits}f}"
    return f"${text}$" if float(text) < 0 else text.removeprefix("-")


def count(value: float) -> str:
    r"""Return a number with thin spaces between its thousands: ``50\,000``, ``0.5``."""
    return f"{value:,.10g}".replace(",", r"\,")


def seed_count(seeds: int) -> str:
    """Return a number of seeds in words: ``one seed``, ``3 seeds``."""
    return "one seed" if seeds == 1 else f"{seeds} seeds"


def numbered(kind: str, label: str) -> list[str]:
    """Return the lines that give a float the number that its product's name has.

    Parameters
    ----------
    kind : {"table", "figure"}
        Of the float.
    label : str
        A product's name, such as ``fig10``, and ``-PART`` behind it: ``table2-score``.
    """
    name, _, part = label.partition("-")
    number = int(name.removeprefix("table").removeprefix("fig"))
    lines = [rf"\setcounter{{{kind}}}{{{number - 1}}}"]
    if part:
        lines.append(rf"\renewcommand{{\the{kind}}}{{\Roman{{{kind}}}-{escape(part)}}}")
    return lines


#: Words that are symbols in print.
SYMBOLS = {"eta": r"$\eta$", "gamma": r"$\gamma$", "Q": "$Q$", "T": "$T$"}
_SYMBOL = re.compile(rf"\b({'|'.join(SYMBOLS)})\b")


def typeset(text: str) -> str:
    r"""Return a plain label as it is printed: ``1\,000``, ``$\eta$``, ``BC, ranked by $Q$``."""
    if text.replace(".", "", 1).isdecimal():
        return count(float(text))
    return _SYMBOL.sub(lambda found: SYMBOLS[found[0]], escape(text))


#: Box 0 as it is or, where it is wider, as wide as the text.
FITTED = r"\ifdim\wd0>\textwidth\resizebox{\textwidth}{!}{\usebox0}\else\usebox0\fi"


@dataclass(frozen=True)
class Table:
    """A table over both columns of a page, by booktabs and, where it would be wider, graphicx.

    Attributes
    ----------
    label : str
        What text refers to, behind ``tab:``: the product's name, and behind it ``-PART`` where it
        is not the product's first table.
    caption : str
        TeX.
    columns : str
        Alignment of each: a letter of ``lcr``.
    header, body : sequence of str, sequence of rows
        Cells in TeX. A row of one cell is a heading across the table; an empty row is a rule.
    groups : sequence of (str, int), optional
        Headings above the header and the number of columns of each; an empty heading has no rule.
    further : sequence of str, optional
        First cells of rows that are left out where ``leaveout`` is defined, as in the paper's text.
    aside : str, optional
        The end of the caption if it is about these rows alone, and left out with them.
    """

    label: str
    caption: str
    columns: str
    header: Sequence[str]
    body: Sequence[Sequence[str]]
    groups: Sequence[tuple[str, int]] = ()
    further: Sequence[str] = ()
    aside: str = ""

    def tex(self) -> str:
        """Return the float."""
        lines = [
            r"\begin{table*}",
            r"\centering",
            *numbered("table", self.label),
            rf"\caption{{{self._caption()}}}",
            rf"\label{{tab:{self.label}}}",
            r"\small",
            r"\setlength{\tabcolsep}{4.5pt}",
            rf"\sbox0{{\begin{{tabular}}{{{self.columns}}}",
            r"\toprule",
            *_group_row(self.groups),
            " & ".join(self.header) + r" \\",
            r"\midrule",
        ]
        for row in self.body:
            if not row:
                lines.append(r"\midrule")
            elif len(row) == 1:
                lines.append(_across(row[0], len(self.header)) + r" \\")
            else:
                line = " & ".join(row) + r" \\"
                left_out = row[0] in self.further
                lines.append(rf"\ifdefined\leaveout\else {line}\fi" if left_out else line)
        lines += [r"\bottomrule", r"\end{tabular}}%", FITTED, r"\end{table*}", ""]
        return "\n".join(lines)

    def _caption(self) -> str:
        text = self.caption.strip()
        if not self.aside:
            return text
        return rf"{text.removesuffix(self.aside)}\ifdefined\leaveout\else{{}}{self.aside}\fi"


def _across(text: str, width: int) -> str:
    """Return a heading across so many columns."""
    return rf"\multicolumn{{{width}}}{{l}}{{\textit{{{text}}}}}"


class TwoBlocks(Table):
    """A table without groups or rules that paper shows as two blocks side by side."""

    def tex(self) -> str:
        """Return the float: no heading is torn from its rows, both blocks about as high."""
        starts = [place for place, row in enumerate(self.body) if len(row) == 1]
        cut = min([0, *starts], key=lambda place: abs(len(self.body) - 2 * place))
        left, right = (
            [self._row(row) for row in part] for part in (self.body[:cut], self.body[cut:])
        )
        empty = [""] * len(self.header)
        left += [empty] * (len(right) - len(left))
        right += [empty] * (len(left) - len(right))
        body = [[*a, "", *b] for a, b in zip(left, right, strict=True)]
        header = [*self.header, "", *self.header]
        columns = f"{self.columns}p{{8pt}}{self.columns}"
        return Table(self.label, self.caption, columns, header, body).tex()

    def _row(self, row: Sequence[str]) -> list[str]:
        if len(row) == 1:
            return [_across(row[0], len(self.header))]
        return [rf"\enspace {row[0]}", *row[1:]]


def write_tables(name: str, tables: Sequence[Table]) -> None:
    """Write ``paper/tables/NAME.tex`` and, with the same cells, ``NAME.json``."""
    floats = ["% Generated; do not edit.", *(table.tex() for table in tables)]
    write_text(TABLES / f"{name}.tex", "\n".join(floats))
    write_json(TABLES / f"{name}.json", [asdict(table) for table in tables])


def read_tables(name: str, folder: Path | None = None) -> list[Table]:
    """Read ``NAME.json`` of a folder, ``paper/tables`` when left out.

    Raises
    ------
    InputError
        If the file is missing or is not JSON.
    """
    return [Table(**values) for values in read_json((folder or TABLES) / f"{name}.json")]


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
    """Write ``paper/figures/NAME.tex``, the figure's float with its caption (TeX), and its JSON."""
    kind = "figure*" if wide else "figure"
    lines = [
        "% Generated; do not edit.",
        rf"\begin{{{kind}}}",
        # Behind the graphic it would leave a space, and so an empty line where the page is full.
        *numbered("figure", name),
        r"\centering",
        rf"\includegraphics{{figures/{name}.pdf}}",
        rf"\caption{{{caption.strip()}}}",
        rf"\label{{fig:{name}}}",
        rf"\end{{{kind}}}",
        "",
    ]
    write_text(FIGURES / f"{name}.tex", "\n".join(lines))
    write_json(FIGURES / f"{name}.json", {"label": name, "caption": caption})


def profile_of(workspace: Path) -> Profile:
    """Return the profile of a workspace.

    Raises
    ------
    InputError
        If its ``spec.json`` is missing, or makes no sense.
    """
    path = workspace / "spec.json"
    with refusing(path, "a specification"):
        return Profile.from_dict(read_json(path)["profile"])


def notes(spec: Mapping[str, Any]) -> list[str]:
    """Return the sentences that say why numbers of a workspace are not plain results.

    Parameters
    ----------
    spec : mapping
        The workspace's ``spec.json``.
    """
    note, kept = spec["profile"].get("note"), spec.get("kept")
    found = [escape(note)] if note else []
    if kept:
        jobs = counted(len(kept), "job")
        found.append(f"Kept though the code has changed since: what {jobs} made.")
    return found


def provenance(options: argparse.Namespace, *, traffic: bool = True) -> str:
    """Return the sentences that say what the numbers are from, and what they lack.

    Parameters
    ----------
    options : Namespace
        ``workspace`` and ``aggregates`` of the render script.
    traffic : bool
        Whether the numbers rest on traffic, as the slice's do.
    """
    spec = read_json(options.workspace / "spec.json")
    origin = "the built-in traffic generator"
    if spec["traces"] is not None:
        origin = f"CSV traces (digest {spec['traffic_id'].removeprefix('traces-')})"
    parts = [f"Traffic: {origin}."] if traffic else []
    parts += notes(spec)
    excluded = options.aggregates / "excluded.csv"
    if excluded.is_file() and (count := len(pd.read_csv(excluded))):
        parts.append(f"Left out as missing or damaged: {count} (excluded.csv).")
    return " ".join(parts)
