"""T4: differences to the right reference, seed by seed only where seeds are the same weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from difsched.evaluation.statistics import Interval, welch
from experiments.rendering.tex import TwoBlocks
from experiments.studies.variants import variants
from paper.table4 import (
    changes,
    differences,
    heading,
    load,
    own_settings,
    pm,
    shown,
    without_own,
)
from tests.paper.conftest import Render

STUDY = variants("ablation")
#: Points of score by which some variants differ from the base, in the slice or in the other one.
EFFECTS = {"bc_only": -70.0, "eta_1": -5.0, "eta_3": 0.1, "retransmit": -30.0}
EFFECTS |= {"retransmit_gamma": -20.0, "retransmit_half": -29.9}


def ablation(path: Path, seeds: int = 3, names: tuple[str, ...] = tuple(STUDY)) -> pd.DataFrame:
    """Write and return the study's rows as nobody measured them: 90, an effect, and noise."""
    rows = []
    for name in names:
        variant, noise = STUDY[name], np.random.default_rng(list(name.encode()))
        for seed in range(seeds):
            score = 90 + EFFECTS.get(name, 0.0) + noise.normal()
            row: dict[str, Any] = {"study": "ablation", "variant": name}
            row |= {"group": variant.group, "label": variant.label, "method": "dql_set"}
            row |= {"config": 0, "seed": seed, "loss": 0.33 - 0.001 * score, "score": score}
            row |= {"data_windows": variant.dataset.get("n_windows", 50000)}
            row |= {"random_share": variant.dataset.get("random_share", 0.5)}
            row |= {"retransmit": variant.environment.get("retransmit", 0)}
            if row["retransmit"]:
                row["score"] = None
            rows.append({**row, "field": None, "value": None})
            for field, values in variant.decide.items():
                # All seeds lose nearly the same: clear seed by seed, hidden in the spread of seeds.
                lost = {value: (0.3 + 0.001 * seed) * (value != 32) for value in values}
                rows += [
                    {**row, "field": field, "value": value, "score": score - lost[value]}
                    for value in values
                ]
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)
    return load(path.parent, "ablation")


def test_the_interval_of_a_difference_is_welchs() -> None:
    a, b = [1.0, 2.0, 4.0], [0.0, 0.5, 0.1, 0.2]
    interval = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    difference = welch(a, b)
    assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high))
    assert np.isnan(welch([1.0], b).half_width)
    assert not welch([1.0], b).excludes_zero


def test_a_variant_is_compared_with_the_same_slice(tmp_path: Path) -> None:
    rows = ablation(tmp_path / "ablation.csv")
    found = differences(rows, STUDY)
    assert found["bc_only"].mean == pytest.approx(-70, abs=3)
    # Where packets wait there are no scores: losses are compared, in percentage points.
    assert found["retransmit_gamma"].mean == pytest.approx(-1, abs=0.3)
    assert not {"base", "retransmit"} & set(found)
    without = rows[rows["variant"] != "retransmit"]
    assert "retransmit_gamma" not in differences(without, STUDY)


def test_the_same_weights_are_compared_seed_by_seed(tmp_path: Path) -> None:
    rows = ablation(tmp_path / "ablation.csv")
    difference = differences(rows, STUDY)["candidates", 8.0]
    base = rows[rows["variant"] == "base"]
    pairs = [base[base["field"].isna()]["score"], base[base["value"] == 8]["score"]]
    interval = stats.ttest_rel(pairs[1], pairs[0]).confidence_interval()
    assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high))
    assert difference.excludes_zero
    assert not welch(pairs[1], pairs[0]).excludes_zero


def test_a_decision_with_the_own_setting_is_the_run_itself(tmp_path: Path) -> None:
    rows = ablation(tmp_path / "ablation.csv")
    left = without_own(rows, own_settings(rows))
    assert len(rows) - len(left) == 3
    assert sorted(left["value"].dropna().unique()) == [1, 2, 4, 8, 16, 64]
    assert left["field"].isna().sum() == 3 * len(STUDY)


def test_headings_say_what_the_method_has_instead(tmp_path: Path) -> None:
    rows = ablation(tmp_path / "ablation.csv")
    own = own_settings(rows.assign(data_windows=4000))
    assert heading("Critics", STUDY, own) == "Critics (2)"
    assert heading("Schedule", STUDY, own) == "Schedule (cosine)"
    assert heading("Share of random data", STUDY, own) == "Share of random data (0.5)"
    # As on record, where a profile shortens the data.
    assert heading("Windows of data", STUDY, own) == r"Windows of data (4\,000)"
    assert heading("Parts", STUDY, own) == "Parts"
    assert "episode_length" not in changes(STUDY["data_1000"])
    assert [shown(value) for value in (0.25, 30.0, 1, 0)] == ["0.25", "30", "1", "0"]


def test_sections_stay_whole_in_two_blocks_of_about_one_height() -> None:
    heights = (5, 3, 4, 2, 1)
    body = [row for i, height in enumerate(heights) for row in [["g"], *[[f"{i}", "x"]] * height]]
    table = TwoBlocks("table4", "caption", "lr", ["a", "b"], body)
    rows = [line for line in table.tex().splitlines() if line.endswith(r"\\")][1:]
    assert len(rows) == 10
    left, right = zip(*(row.removesuffix(r" \\").split(" &  & ") for row in rows), strict=True)
    assert set(left) == {r"\multicolumn{2}{l}{\textit{g}}", r"\enspace 0 & x", r"\enspace 1 & x"}
    assert right[-1] == r"\enspace 4 & x"
    assert r"\begin{tabular}{lrp{8pt}lr}" in table.tex()
    assert TwoBlocks("table4", "caption", "lr", ["a", "b"], []).tex().count(r"\\") == 1


def test_the_table_marks_what_excludes_zero_and_says_how_often_chance_would(
    render: Render, tmp_path: Path
) -> None:
    ablation(tmp_path / "aggregates" / "ablation.csv")
    text = render("table4")["table4.tex"].decode()
    blocks = [block for line in text.splitlines() for block in line.split(" &  & ")]
    row = {block.split(" & ")[0]: block for block in blocks if r"\enspace" in block}
    assert r"\rlap{$^\ast$}" in row[r"\enspace BC only"]
    assert "ast" not in row[r"\enspace as it is"]
    assert r"as it is & 24.0" in row[r"\enspace as it is"]
    assert "no bound: differences are of the loss" in text
    waits = [block for block in row.values() if r"\,pp" in block]
    assert len(waits) == 2 and all(" & -- & " in block for block in waits)
    assert " & -- & $-1." in waits[0]
    assert "nan" not in text
    assert "3 seeds" in text
    count = len(STUDY) - 2 + 6
    assert f"{0.05 * count:.1f} of the {count} differences" in text
    assert "episodes of 20 windows instead of 200" in text
    assert r"50 \% \& more." in text


def test_what_is_missing_is_left_out_and_one_seed_marks_nothing(
    render: Render, tmp_path: Path
) -> None:
    names = ("base", "no_projection", "critics_4", "retransmit_gamma")
    ablation(tmp_path / "aggregates" / "ablation.csv", 1, names)
    text = render("table4")["table4.tex"].decode()
    assert "nothing can be marked" in text
    assert "ast" not in text.split(r"\midrule")[1]
    assert r"\scriptsize" not in text
    assert "episodes of" not in text
    ablation(tmp_path / "aggregates" / "ablation.csv", 3, ("critics_4",))
    assert r"4 & 24" in render("table4")["table4.tex"].decode()


def test_every_configuration_has_a_table(render: Render, tmp_path: Path) -> None:
    path = tmp_path / "aggregates" / "ablation.csv"
    rows = ablation(path)
    pd.concat([rows, rows.assign(config=3)]).to_csv(path, index=False)
    text = render("table4")["table4.tex"].decode()
    assert [r"\label{tab:table4}" in text, r"\label{tab:table4-c3}" in text] == [True, True]


def test_a_difference_has_as_many_digits_as_its_mark_needs() -> None:
    assert pm(Interval(-0.6485, 0.6461)) == r"$-0.648$\,{\scriptsize$\pm$0.646}"
    assert pm(Interval(0.0998, 0.083)) == r"0.10\,{\scriptsize$\pm$0.08}"
    assert pm(Interval(0.0084, 0.2393)) == r"0.01\,{\scriptsize$\pm$0.24}"
    assert pm(Interval(5.0, float("nan"))) == "5.00"
