"""T2: means, intervals, and marks only where comparisons bear them."""

import numpy as np
import pandas as pd
import pytest

from experiments.rendering.tex import Table
from paper.shared.method_table import cell, dashes, leaders, left_out
from tests.paper.conftest import Render

NAMES = ("ours", "near", "far")
#: What stands before a row that the paper's text does without.
LEFT_OUT = r"\ifdefined\leaveout\else "


def compare(ours: tuple[float, float], others: tuple[float, float] = (0.1, 0.3)) -> pd.DataFrame:
    """Return pairs of three methods, the interval of ``near`` against ``ours`` given."""
    rows = [("near", "ours", *ours), ("ours", "far", -0.3, -0.1), ("near", "far", *others)]
    return pd.DataFrame(rows, columns=["method", "against", "low", "high"])


def test_the_best_leads_alone_only_if_every_interval_excludes_zero() -> None:
    losses = pd.Series([0.2, 0.21, 0.4], NAMES)
    assert leaders(losses, compare((0.001, 0.019))) == ["ours"]
    assert leaders(losses, compare((-0.001, 0.021))) == ["ours", "near"]
    # What two others have between them is another matter.
    assert leaders(losses, compare((0.001, 0.019), (-1, 1))) == ["ours"]


def test_nothing_leads_where_a_comparison_has_no_interval() -> None:
    losses = pd.Series([0.2, 0.21, 0.4], NAMES)
    assert leaders(losses, compare((np.nan, np.nan))) == []
    assert leaders(losses[:1], compare((0.001, 0.019))) == []


def test_cells_show_what_is_known() -> None:
    assert cell(12.34, np.nan, 1) == "12.3"
    assert cell(12.34, 0.04, 1) == "12.3"
    assert cell(12.34, 0.56, 1) == r"12.3\,{\scriptsize$\pm$0.6}"
    assert cell(-7.2, 0.0, 1) == "$-7.2$"
    assert cell(-0.01, 0.0, 1) == "0.0"
    assert cell(np.nan, np.nan, 1) == "--"
    assert cell(12.34, 0.56, 1, tied=1) == r"\textbf{12.3}\,{\scriptsize$\pm$0.6}"
    assert cell(12.34, 0.56, 1, tied=2) == r"12.3\smash{$^\dagger$}\,{\scriptsize$\pm$0.6}"


def test_a_caption_says_of_dashes_why_there_is_no_number() -> None:
    runs = {("ours", 0): 3, ("ours", 1): 3, ("far", 0): 3}
    assert dashes(left_out([("ours", 0), ("far", 0)], runs)) == ""
    said = dashes([*left_out([("far", 0), ("far", 1)], runs), "no score"])
    assert said == " --: not run there; no score."


def test_what_a_caption_says_of_further_rows_is_left_out_with_them() -> None:
    body = [["ours", "1"], ["far", "--"]]
    table = Table("table2", "All. --: none.", "lr", ["", "0"], body, (), ["far"], " --: none.")
    assert r"\caption{All.\ifdefined\leaveout\else{} --: none.\fi}" in table.tex()
    assert table.tex().count(LEFT_OUT) == 1


def test_the_table_marks_who_leads_and_says_who_cannot_serve(render: Render) -> None:
    text = render("table2")["table2.tex"].decode()
    rows = [line.removeprefix(LEFT_OUT).split(" & ") for line in text.splitlines() if " & " in line]
    lines = {row[0]: row[1:] for row in rows[: len(rows) // 2]}
    assert lines["DQL-Set (ours)"][0].startswith(r"\textbf{2")
    assert r"$^\dagger$" in lines["DQL-Set (ours)"][1]
    assert r"$^\dagger$" in lines["DQL"][1]
    assert "dagger" not in lines["DQL"][0]
    assert not any(mark in "".join(lines["Equal"]) for mark in ("dagger", "textbf"))
    # Oracles lose less and are not marked for it.
    assert not any(mark in "".join(lines["Oracle (truth)"]) for mark in ("dagger", "textbf"))
    assert lines["MDP"][1].startswith("n/a")
    assert "n/a: state space." in text
    assert r"mean over 3 seeds" in text
    assert r"50 \% \& more." in text
    assert r"\label{tab:table2-score}" in text


def test_rows_that_the_report_shows_alone_are_whole_and_left_out_by_one_word(
    render: Render,
) -> None:
    lines = render("table2")["table2.tex"].decode().splitlines()
    left_out = [line for line in lines if line.startswith(LEFT_OUT)]
    assert {line.removeprefix(LEFT_OUT).split(" & ")[0] for line in left_out} == {"MDP"}
    assert all(line.endswith(r"\\\fi") for line in left_out)


def test_one_seed_marks_nothing_and_says_why(render: Render) -> None:
    text = render("table2", seeds=1)["table2.tex"].decode()
    assert "textbf" not in text
    assert "dagger" not in text
    assert "nothing can be marked" in text


@pytest.mark.parametrize("seeds", [1, 3])
def test_table_3_has_a_row_for_every_scheduler(render: Render, seeds: int) -> None:
    text = render("table3", seeds=seeds)["table3.tex"].decode()
    assert r"Equal & 0.0 & 0.0 & 100.0 & 1.00\,{\scriptsize[" in text
    assert "MDP$^{1}$ & " in text
    assert "Oracle (" not in text
    ours = next(line for line in text.splitlines() if line.startswith("DQL-Set (ours) &"))
    assert ours.endswith(r"& -- \\")
    assert ("[" in ours) == (seeds == 3)


def test_a_cell_that_lacks_a_run_says_how_many_it_has(render: Render) -> None:
    lost = ("main-dql_set-slice0-s1", *(f"main-dql-slice1-s{seed}" for seed in range(3)))
    text = render("table2", lost=lost)["table2.tex"].decode()
    rows = [line.removeprefix(LEFT_OUT).split(" & ") for line in text.splitlines() if " & " in line]
    lines = {row[0]: row[1:] for row in rows[: len(rows) // 2]}
    assert lines["DQL-Set (ours)"][0].endswith(r"\,{\scriptsize($n = 2$)}")
    assert "n =" not in lines["DQL-Set (ours)"][1]
    assert lines["DQL"][1].startswith(r"--\,{\scriptsize($n = 0$)}")
    assert "n =" not in lines["Equal"][0] + lines["MDP"][1]
