"""Scores that mean something, and words where there are none."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from difsched.baselines.references import unscored
from difsched.config import EnvironmentConfig
from difsched.env.slice.family import PACKETS_WAIT, references
from difsched.evaluation.scoring import score
from experiments.aggregate.columns import cells, write_tables
from experiments.aggregate.intervals import overall, pairs, summary
from experiments.aggregate.method_runs import FamilyRuns
from experiments.aggregate.results import Run
from experiments.aggregate.rows import Row
from experiments.user_scheduler.report import _figure
from experiments.user_scheduler.report import unscored as lines
from tests.synthetic_results import moved, runs

SCALE = {"equal": 0.4, "oracle": 0.2}
NO_SCALE = "Equal does no worse than Oracle (forecast)"


def test_a_loss_has_a_score_where_the_oracle_loses_less() -> None:
    config = EnvironmentConfig()
    assert (unscored(SCALE, config), score(0.3, SCALE, references(config))) == (
        None,
        pytest.approx(50),
    )


@pytest.mark.parametrize(
    ("scale", "retransmit", "why"),
    [
        (SCALE, 2, PACKETS_WAIT),
        ({"equal": 0.3, "oracle": 0.5}, 0, NO_SCALE),
        ({"equal": 0.0, "oracle": 0.0}, 0, NO_SCALE),
        ({"equal": 1e-17, "oracle": 0.0}, 0, NO_SCALE),
    ],
)
def test_without_a_scale_there_is_no_score_and_a_word_why(
    scale: dict[str, float], retransmit: int, why: str
) -> None:
    config = EnvironmentConfig(retransmit=retransmit)
    assert (unscored(scale, config), score(0.3, scale, references(config))) == (why, None)


def table(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame(map(cells, rows))


def misled(config: int) -> list[Run]:
    """Return runs whose oracle on the forecast loses more than the equal split on a config."""
    return [
        moved(run, run.result.by_episode["loss"] + 0.3)
        if run.result and (run.key.method, run.key.config) == ("oracle_predicted", config)
        else run
        for run in runs()
    ]


def test_a_configuration_without_a_scale_is_left_out_of_the_statistics_and_counted() -> None:
    family = FamilyRuns("slice", misled(1))
    rows = table(summary(family)).set_index(["method", "config"])
    assert rows.loc[("dql_set", 1), ["score", "score_half_width"]].isna().all()
    assert rows.loc[("dql_set", 1), "loss"] > 0
    assert rows.loc[("oracle", 1), "score"] == 100  # its scale is its own
    statistics = table(overall(family)).set_index(["method", "statistic"])
    assert (statistics["configs"] == 1).all()
    whole = table(overall(FamilyRuns("slice", [run for run in runs() if run.key.config == 0])))
    assert statistics.equals(whole.set_index(["method", "statistic"]))
    assert len(pairs(family)) == 15 + 10
    assert lines(family, "dql_set") == [f"config 1 has no score: {NO_SCALE}."]


def test_where_packets_wait_no_method_has_a_score() -> None:
    family = FamilyRuns("slice", runs(slice_config=EnvironmentConfig(retransmit=2)))
    assert all(row.score is None for row in summary(family))
    assert overall(family) == []
    assert lines(family, "mdp") == [f"config 0 has no score: {PACKETS_WAIT}."]


def test_a_scale_that_hangs_on_one_episode_is_none() -> None:
    found = []
    for run in runs():
        by_episode = np.full(12, 0.3)
        by_episode[0] = 0.4 if run.key.method == "equal" else 0.3
        if run.key.config == 0:
            found.append(moved(run, by_episode))
    assert all(row.score is None for row in summary(FamilyRuns("slice", found)))


def test_no_score_is_an_empty_cell_in_csv_and_a_dash_in_text(tmp_path: Path) -> None:
    rows = summary(FamilyRuns("slice", misled(1)))
    write_tables({"summary": rows}, tmp_path)
    text = (tmp_path / "summary.csv").read_text()
    assert "nan" not in text.lower()
    read = pd.read_csv(tmp_path / "summary.csv").set_index(["method", "config"])
    assert np.isnan(read.loc[("dql", 1), "score"])
    row = next(row for row in rows if (row.method, row.config) == ("dql", 1))
    assert _figure(row.score, 1, 1) == "-"
