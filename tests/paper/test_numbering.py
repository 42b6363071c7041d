"""One numbering: the paper prints the numbers that the names of the products have."""

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from experiments.claims import sections
from experiments.claims.sections import products
from experiments.paths import PAPER, REFERENCE
from experiments.products import PRODUCTS
from experiments.rendering import tex
from experiments.rendering.tex import Table
from tests.paper.test_paper import needs_tex, stub

ROMAN = {numeral: number for number, numeral in enumerate(sections.ROMAN, start=1)}
needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is not installed"
)
#: Pages that the paper has at most.
PAGES = 8
#: Points from what a figure shows last to its caption, at most: its edge, the skip, a line.
GAP = 16
NAMES = [name for name in PRODUCTS if name.startswith(("table", "fig"))]


def floats(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put floats as they are rendered, of empty figures and tables, in place of the stubs."""
    monkeypatch.setattr(tex, "FIGURES", folder / "figures")
    for path, name in products((folder / "main.tex").read_text()).items():
        place = folder / f"{path}.tex"
        if name.startswith("fig"):
            tex.write_figure(name, "Stub.", wide=True)
            place.write_text(re.sub(r"\\includegraphics.*", "", place.read_text()))
        elif name.startswith("table"):
            parts = [name, f"{name}-part"]
            tables = (Table(part, "Stub.", "l", ["a"], [["b"]]) for part in parts)
            place.write_text("\n".join(table.tex() for table in tables))


def numbers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Compile the paper once, with empty products, and return the number of each label."""
    stub(folder)
    floats(folder, monkeypatch)
    command = ["pdflatex", "-interaction=batchmode", "-draftmode", "main.tex"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    aux = (folder / "main.aux").read_text(encoding="latin-1")
    return dict(re.findall(r"\\newlabel\{([^}]*)\}\{\{([^}]*)\}", aux))


@needs_tex
def test_the_paper_s_numbers_are_those_of_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = numbers(tmp_path, monkeypatch)
    shown = [name for name in products((tmp_path / "main.tex").read_text()).values()]
    for name in (name for name in shown if name in NAMES):
        kind, number = re.fullmatch(r"(fig|table)(\d+)", name).groups()  # type: ignore[union-attr]
        printed = found[f"{'fig' if kind == 'fig' else 'tab'}:{name}"]
        assert (int(printed) if kind == "fig" else ROMAN[printed]) == int(number)
    assert found["tab:table7-part"] == "VII-part"


def printed() -> str:
    """Return the text of the committed paper."""
    command = ["pdftotext", REFERENCE / "main.pdf", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@needs_pdftotext
def test_the_committed_paper_prints_them() -> None:
    text = printed()
    taken = products((PAPER / "main.tex").read_text(encoding="utf-8")).values()
    figures = {int(number) for number in re.findall(r"^\f?Fig\. (\d+)\.", text, re.M)}
    assert figures == {int(name[3:]) for name in taken if name.startswith("fig")}
    tables = {ROMAN[number] for number in re.findall(r"^\f?TABLE ([IV]+)$", text, re.M)}
    assert tables == {int(name[5:]) for name in taken if name.startswith("table")}
    assert text.count("\f") <= PAGES


@needs_pdftotext
@pytest.mark.parametrize("table", ["table2", "table7"])
def test_the_committed_paper_has_the_numbers_of_the_committed_tables(table: str) -> None:
    rows = (REFERENCE / "tables" / f"{table}.tex").read_text(encoding="utf-8")
    rows = rows.partition(r"\begin{tabular}")[2].partition(r"\end{tabular}")[0]
    shown = "\n".join(row for row in rows.splitlines() if r"\leaveout" not in row)
    decimals = re.compile(r"\d+\.\d+")
    assert set(decimals.findall(shown)) <= set(decimals.findall(printed()))


@needs_pdftotext
def test_captions_of_the_committed_paper_stand_close_to_their_figures() -> None:
    command = ["pdftotext", "-bbox", REFERENCE / "main.pdf", "-"]
    pages = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for page in pages.split("<page ")[1:]:
        words = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)<', page)
        ends = sorted(float(bottom) for _, bottom, _ in words)
        for (top, _, first), (_, _, second) in pairwise(words):
            if first == "Fig." and re.fullmatch(r"\d+\.", second):
                found[second] = float(top) - max(end for end in ends if end < float(top))
    assert len(found) >= 4
    assert max(found.values()) < GAP, found
