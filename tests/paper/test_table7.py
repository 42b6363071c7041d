"""T7: every family in one table, and what is not run in none."""

from pathlib import Path

import pandas as pd
import pytest

from paper.families import table7


def summary(folder: Path, family: str, config: int, scores: dict[str, float]) -> None:
    rows = [
        {"method": name, "config": config, "score": score, "score_half_width": 0.5}
        for name, score in scores.items()
    ]
    pd.DataFrame(rows).to_csv(folder / f"{family}_summary.csv", index=False)


@pytest.fixture
def aggregates(tmp_path: Path) -> Path:
    overall = [
        {"method": name, "statistic": "mean", "value": value, "high": value + 1, "configs": 8}
        for name, value in (("equal", 0.0), ("top_m", 97.0), ("dql_set", 99.0), ("sac", 80.0))
    ]
    overall.append({**overall[2], "method": "mdp", "configs": 6})
    pd.DataFrame(overall).to_csv(tmp_path / "overall.csv", index=False)
    actors = dict.fromkeys(table7.COMPARED, 90.0)
    summary(tmp_path, "mec", 3, {**actors, "greedy": 92.0, "optimum": 100.0, "dql_set": 91.25})
    summary(tmp_path, "alloc", 2, {"det_set": 99.0, "linear": 82.0})  # not all actors
    return tmp_path


def test_families_stand_side_by_side(aggregates: Path) -> None:
    columns = table7.columns_of(aggregates)
    assert list(columns) == [("slice", "mean"), ("mec", "code n5")]
    assert "mdp" not in columns["slice", "mean"].index  # it is scored on six of the eight
    assert table7.best_rule("slice", columns["slice", "mean"]).startswith("97.0")
    assert table7.best_rule("mec", columns["mec", "code n5"]).startswith("92.0")
    assert table7.learners(columns) == {"dql_set": "DQL-Set (ours)"}
    assert table7.entry("dql_set", columns["mec", "code n5"]).startswith("91.2")
    assert table7.entry("sac", columns["mec", "code n5"]) == "--"


def test_without_runs_it_says_so(tmp_path: Path) -> None:
    assert table7.columns_of(tmp_path) == {}
