"""Scores that mean something, and words where there are none."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from difsched.config import EnvironmentConfig
from difsched.env.slice.family import PACKETS_WAIT, references
from difsched.evaluation.scoring import NO_SCALE, score, unscored
from experiments.aggregate.intervals import overall, pairs, summary
from experiments.aggregate.results import Trials
from experiments.aggregate.tables import write_tables
from experiments.user_scheduler.report import _figure
from experiments.user_scheduler.report import unscored as lines
from tests.synthetic_results import results

SCALE = {"equal": 0.4, "oracle": 0.2}


def test_a_loss_has_a_score_where_the_oracle_loses_less() -> None:
    known = references(EnvironmentConfig())
    assert (unscored(SCALE, known), score(0.3, SCALE, known)) == (None, pytest.approx(50))


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
    known = references(EnvironmentConfig(retransmit=retransmit))
    assert (unscored(scale, known), score(0.3, scale, known)) == (why, None)


def misled(config: int) -> list[dict[str, Any]]:
    """Return results whose oracle on the forecast loses more than the equal split on a config."""
    found = results()
    for result in found:
        if (result["method"], result["config"]) == ("oracle_predicted", config):
            result["loss_by_episode"] = (np.array(result["loss_by_episode"]) + 0.3).tolist()
    return found


def test_a_configuration_without_a_scale_is_left_out_of_the_statistics_and_counted() -> None:
    trials = Trials(misled(1))
    rows = pd.DataFrame(summary(trials)).set_index(["method", "config"])
    assert rows.loc[("dql_set", 1), ["score", "score_half_width"]].isna().all()
    assert rows.loc[("dql_set", 1), "loss"] > 0
    assert rows.loc[("oracle", 1), "score"] == 100  # its scale is its own
    table = pd.DataFrame(overall(trials)).set_index(["method", "statistic"])
    assert (table["configs"] == 1).all()
    whole = pd.DataFrame(overall(Trials([r for r in results() if r["config"] == 0])))
    assert table.equals(whole.set_index(["method", "statistic"]))
    assert len(pairs(trials)) == 15 + 10
    assert lines(trials, "dql_set") == [f"config 1 has no score: {NO_SCALE}."]


def test_where_packets_wait_no_method_has_a_score() -> None:
    trials = Trials([{**result, "retransmit": 2} for result in results()])
    assert all(row["score"] is None for row in summary(trials))
    assert overall(trials) == []
    assert lines(trials, "mdp") == [f"config 0 has no score: {PACKETS_WAIT}."]


def test_a_scale_that_hangs_on_one_episode_is_none() -> None:
    found = [result for result in results() if result["config"] == 0]
    for result in found:
        by_episode = np.full(12, 0.3)
        by_episode[0] = 0.4 if result["method"] == "equal" else 0.3
        result["loss_by_episode"] = by_episode.tolist()
    assert all(row["score"] is None for row in summary(Trials(found)))


def test_no_score_is_an_empty_cell_in_csv_and_a_dash_in_text(tmp_path: Path) -> None:
    rows = summary(Trials(misled(1)))
    write_tables({"summary": rows}, tmp_path)
    text = (tmp_path / "summary.csv").read_text()
    assert "nan" not in text.lower()
    read = pd.read_csv(tmp_path / "summary.csv").set_index(["method", "config"])
    assert np.isnan(read.loc[("dql", 1), "score"])
    row = next(row for row in rows if (row["method"], row["config"]) == ("dql", 1))
    assert _figure(row, "score", 1, 1) == "-"
