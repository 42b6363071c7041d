"""Captions and cells without TeX: what is known is converted, the rest is refused."""

from pathlib import Path

import pytest

from difsched.utils.files import read_json, write_json
from experiments.rendering import tex
from experiments.rendering.markup import html, plain
from tests.paper.conftest import Render, texts, unreadable

CASES = {
    r"\textbf{12.3}\,{\scriptsize$\pm$0.6}": (
        "12.3 ±0.6",
        "<b>12.3</b>\N{NARROW NO-BREAK SPACE}<small>±0.6</small>",
    ),
    r"12.3$^\dagger$": ("12.3†", "12.3<sup>†</sup>"),
    r"12.3\rlap{$^\ast$}": ("12.3*", "12.3<sup>*</sup>"),
    r"MDP$^{16}$, $x^{-1}_i$": (
        "MDP¹⁶, x⁻¹ᵢ",
        "MDP<sup>16</sup>, <i>x</i><sup>\N{MINUS SIGN}1</sup><sub><i>i</i></sub>",
    ),
    r"$-7.2$ a-b -- c---d": (
        "\N{MINUS SIGN}7.2 a-b \N{EN DASH} c\N{EM DASH}d",
        "\N{MINUS SIGN}7.2 a-b \N{EN DASH} c\N{EM DASH}d",
    ),
    r"Table~\ref{tab:table2}, Fig.~\ref{fig:fig10}": (
        "Table 2, Fig. 10",
        "Table\N{NO-BREAK SPACE}2, Fig.\N{NO-BREAK SPACE}10",
    ),
    r"1.2\phantom{00} s": ("1.2 s", "1.2 s"),
    r"$\bar u$ in $\kappa = \sum_i w_i / B$": (
        "ū in κ = ∑ᵢwᵢ/B",
        "<i>ū</i> in κ\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}∑<sub><i>i</i></sub>"
        "<i>w</i><sub><i>i</i></sub>/<i>B</i>",
    ),
    r"$\lambda\times\Sigma$, \emph{so} \textit{it} is": (
        "λ\N{MULTIPLICATION SIGN}Σ, so it is",
        "λ\N{MULTIPLICATION SIGN}Σ, <i>so</i> <i>it</i> is",
    ),
    r"\texttt{thumb\_fr} < 95\,\% \& more": (
        "thumb_fr < 95 % & more",
        "<code>thumb_fr</code> &lt; 95\N{NARROW NO-BREAK SPACE}% &amp; more",
    ),
    "``Student's'' {\\scriptsize a {b} c} d\n  e": (
        "\N{LEFT DOUBLE QUOTATION MARK}Student's\N{RIGHT DOUBLE QUOTATION MARK} a b c d e",
        "\N{LEFT DOUBLE QUOTATION MARK}Student&#x27;s\N{RIGHT DOUBLE QUOTATION MARK} "
        "<small>a b c</small> d e",
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_known_tex_is_converted(text: str) -> None:
    assert (plain(text), html(text)) == CASES[text]


def test_what_was_escaped_comes_back_as_it_was() -> None:
    text = "<b> & \"x\" 'y' \\ {z} 5% #1 $2 a_b ^ ~ é"
    assert plain(tex.escape(text)) == text
    assert "&lt;b&gt; &amp; &quot;x&quot;" in html(tex.escape(text))


@pytest.mark.parametrize(
    "text",
    [
        *(r"\unknown{x}", "a & b", "50%", "#1", "a_b", "a^b", r"a \\ b", "$\\frac{1}{2}$"),
        *("{a", "a}", "$a", r"\textbf", r"\ref{tab:other}", r"\ref{eq:1}", r"$a^$"),
    ],
)
def test_anything_else_is_refused_with_the_fragment(text: str) -> None:
    for convert in (plain, html):
        with pytest.raises(ValueError, match="not among the TeX") as caught:
            convert(text)
        assert repr(text) in str(caught.value)


def test_a_table_leaves_the_cells_of_its_tex(render: Render, tmp_path: Path) -> None:
    text = render("table2")["table2.tex"].decode()
    tables = read_json(tmp_path / "paper" / "table2.json")
    assert [table["label"] for table in tables] == ["table2", "table2-score"]
    for table in tables:
        assert rf"\caption{{{table['caption']}}}" in text
        rows = [row for row in table["body"] if len(row) > 1]
        assert len(rows) > 5
        assert all(" & ".join(row) + r" \\" in text for row in [table["header"], *rows])
    assert {"Rules and planning", "DQL-Set (ours)", tables[1]["caption"]} <= set(texts(tables))
    assert [table.body for table in tex.read_tables("table2")] == [
        table["body"] for table in tables
    ]


def test_a_figure_leaves_its_caption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tex, "FIGURES", tmp_path)
    tex.write_figure("fig4", r"At $N=8$.", wide=False)
    assert read_json(tmp_path / "fig4.json") == {"label": "fig4", "caption": "At $N=8$."}
    assert r"\caption{At $N=8$.}" in (tmp_path / "fig4.tex").read_text()


def test_the_check_of_all_that_is_rendered_finds_what_is_left(tmp_path: Path) -> None:
    path, caption = tmp_path / "fig1.json", r"a\textbackslash{}b"
    write_json(path, {"label": "fig1", "caption": caption})
    assert unreadable(tmp_path) == [caption]
    path.unlink()
