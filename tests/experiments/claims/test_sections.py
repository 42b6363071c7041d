"""Where the paper says a claim: the sections, tables and figures that TeX numbers alike."""

import re
from pathlib import Path

import pytest

from difsched.errors import InputError
from experiments.claims.sections import labelled, places, where
from experiments.products import PRODUCTS
from tests.paper.test_numbering import numbers
from tests.paper.test_paper import needs_tex


@needs_tex
def test_sections_tables_and_figures_are_called_as_tex_numbers_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = numbers(tmp_path, monkeypatch)
    found = labelled((tmp_path / "main.tex").read_text(encoding="utf-8"))
    assert len(found) > 12
    for label, name in found.items():
        kind = {"sec": "Section ", "tab": "Table ", "fig": "Fig. "}[label.split(":")[0]]
        # TeX writes VI-A as a macro between the two.
        number = re.sub(r"\\[a-z]+\s*", "", printed[label]).replace("{", "").replace("}", "")
        assert name == f"{kind}{number}", label


def test_what_the_text_leaves_out_stands_in_the_report() -> None:
    assert where(["tab:table2", "tab:table10"]) == "Table II, Table X of the report"
    assert set(PRODUCTS) - {"animation", "numbers", "report"} <= {
        label.split(":")[1] for label in places()
    }


def test_a_label_that_the_paper_has_not_is_refused_with_those_that_it_has() -> None:
    assert where(["sec:main", "fig:fig10"]) == "Section VI-A, Fig. 10"
    with pytest.raises(InputError, match=r"paper = 'sec:nowhere': must be one of sec:"):
        where(["sec:nowhere"])
