"""No table is wider than the page that it stands on."""

import re
import subprocess
from pathlib import Path

import pytest

from experiments.paths import REFERENCE
from experiments.rendering.tex import Table
from tests.paper.test_paper import needs_tex

#: Points that a line may be too long, as TeX counts them: rounding.
SLACK = 1.0


def overfull(folder: Path, *tables: str) -> list[float]:
    """Return by how many points lines of tables are too long for a page of the paper's class."""
    lines = [
        *(r"\documentclass[conference]{IEEEtran}", r"\usepackage{amsmath,booktabs,graphicx}"),
        *(r"\begin{document}", *tables, r"\end{document}"),
    ]
    (folder / "all.tex").write_text("\n".join(lines), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    log = (folder / "all.log").read_text(encoding="latin-1")
    return [float(found) for found in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]


@needs_tex
@pytest.mark.parametrize("words", [1, 60])
def test_a_table_of_many_words_is_made_to_fit(tmp_path: Path, words: int) -> None:
    table = Table("table1", "Caption.", "ll", ["a", "b"], [["c", "word " * words]])
    assert overfull(tmp_path, table.tex()) == []
    bare = table.tex().replace(r"\ifdim\wd0>\textwidth", r"\iffalse")
    assert len(overfull(tmp_path, bare)) == (words > 1)


@needs_tex
def test_the_committed_tables_fit(tmp_path: Path) -> None:
    files = sorted((REFERENCE / "tables").glob("*.tex"))
    assert files
    tables = [file.read_text(encoding="utf-8") + r"\clearpage" for file in files]
    assert [width for width in overfull(tmp_path, *tables) if width > SLACK] == []
