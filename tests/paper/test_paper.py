"""The paper's text: every number a macro, every reference a label, and TeX that compiles."""

import re
import shutil
from pathlib import Path

import pytest

from difsched.errors import InputError
from experiments.claims.sections import products
from experiments.paths import PAPER
from experiments.products import PRODUCTS
from experiments.publication import build

TEXT = re.sub(r"(?<!\\)%.*", "", (PAPER / "main.tex").read_text(encoding="utf-8"))
BODY = TEXT[TEXT.index(r"\begin{abstract}") : TEXT.index(r"\bibliographystyle")]
RESULTS = r"\section{Experiments}"
#: Commands whose arguments are names, not text; and a name with a digit.
NAMES = re.compile(r"\\(?:cite|ref|eqref|label|input|begin|end|shrink)\{[^{}]*\}|\bTD3\b")
#: Commands of TeX that start with a capital, as the macros do.
TEX = {"IEEEauthorblockN", "Pi", "Big", "Bigl", "Bigr"}
MATHS = re.compile(r"\$[^$]*\$|\\begin\{(equation|gather)\}.*?\\end\{\1\}", re.DOTALL)
#: A table or a figure in place of a rendered one.
STUB = r"\begin{%s*}\caption{Stub.}\label{%s:%s}\end{%s*}"


def typed_digits(body: str) -> list[str]:
    """Return what is typed with digits: anywhere in results, and elsewhere outside mathematics."""
    setup, results = body.split(RESULTS)
    setup = NAMES.sub("", MATHS.sub("", setup))
    return [
        piece for part in (setup, NAMES.sub("", results)) for piece in re.findall(r".*\d.*", part)
    ]


def test_no_number_is_typed_where_results_are_told() -> None:
    assert typed_digits(BODY) == []


def test_a_typed_number_is_found() -> None:
    where = BODY.index("points of loss")
    assert typed_digits(BODY[:where] + "0.3 " + BODY[where:])
    assert typed_digits(BODY.replace(r"\Seeds{}", "3 seeds", 1))
    assert typed_digits(BODY + r"$\gamma=0.5$")


def test_what_the_text_takes_in_are_products() -> None:
    taken = products(TEXT)
    assert {"tables/table2", "figures/fig10", "numbers"} <= set(taken)
    for path, name in taken.items():
        assert f"paper/{path}.tex" in PRODUCTS[name].files


def test_every_reference_has_its_label() -> None:
    labels = set(re.findall(r"\\label\{([^}]*)\}", TEXT))
    for path, name in products(TEXT).items():
        labels.add(f"{'tab' if path.startswith('tables') else 'fig'}:{name}")
    asked = set(re.findall(r"\\(?:eq)?ref\{([^}]*)\}", TEXT))
    assert asked <= labels
    sections = {label for label in labels if label.startswith(("tab:", "fig:"))}
    assert sections - {"fig:numbers"} <= asked


def test_every_citation_is_in_the_bibliography_and_every_entry_is_cited() -> None:
    entries = re.findall(r"@(?!IEEEtranBSTCTL)\w+\{(\w+),", (PAPER / "references.bib").read_text())
    cited = {
        key.strip() for keys in re.findall(r"\\cite\{([^}]*)\}", TEXT) for key in keys.split(",")
    }
    assert len(entries) == len(set(entries))
    assert set(entries) == cited


def stub(folder: Path) -> None:
    """Make a folder with the paper's own files, and stubs for what is rendered."""
    for name in ("main.tex", "references.bib"):
        shutil.copy(PAPER / name, folder / name)
    for path, name in products(TEXT).items():
        kind = "table" if path.startswith("tables") else "figure"
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / f"{path}.tex").write_text(STUB % (kind, kind[:3], name, kind))
    macros = set(re.findall(r"(?<!\\)\\([A-Z][A-Za-z]+)", TEXT)) - TEX
    lines = [rf"\newcommand*{{\{name}}}{{7}}" for name in sorted(macros)]
    (folder / "numbers.tex").write_text("\n".join(lines))


needs_tex = pytest.mark.skipif(shutil.which("latexmk") is None, reason="latexmk is not installed")


@needs_tex
def test_the_paper_compiles_without_a_dangling_reference(tmp_path: Path) -> None:
    stub(tmp_path)
    build.compile_paper(tmp_path)
    assert (tmp_path / "main.pdf").read_bytes().startswith(b"%PDF")


@needs_tex
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\ref{sec:nowhere}", r"paper/main\.tex: Reference `sec:nowhere' on page 1 undefined"),
        (r"\OldMacro{}", r"paper/main\.tex: Undefined control sequence\. l\.4 \\OldMacro"),
    ],
)
def test_an_error_of_tex_is_told_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    lines = [r"\documentclass{article}", r"\begin{document}", "Text,", text, r"\end{document}"]
    (tmp_path / "main.tex").write_text("\n".join(lines))
    with pytest.raises(InputError, match=message):
        build.compile_paper(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["main.tex"]


def test_a_product_that_is_missing_is_named_with_its_command(tmp_path: Path) -> None:
    stub(tmp_path)
    (tmp_path / "tables" / "table7.tex").unlink()
    message = r"paper/tables/table7\.tex: missing; \./run_all\.sh table7 makes it"
    with pytest.raises(InputError, match=message):
        build.compile_paper(tmp_path)
    assert not (tmp_path / "main.pdf").exists()


def test_where_tex_is_missing_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"latexmk, pdflatex, bibtex not found; .*publishers"):
        build.main([])


def test_it_takes_no_arguments() -> None:
    with pytest.raises(InputError, match="leave out --fast"):
        build.main(["--fast"])
