"""What the runs say together, from runs whose truth is known."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from difsched.evaluation.crossed import paired_interval
from experiments.aggregate.columns import cells
from experiments.aggregate.intervals import overall, pairs, summary, user_loss
from experiments.aggregate.method_runs import FamilyRuns
from experiments.aggregate.results import Result, Run
from experiments.aggregate.rows import Row
from tests.synthetic_results import EPISODES, LOSSES, runs


def frame(rows: Sequence[Row], *index: str) -> pd.DataFrame:
    return pd.DataFrame(map(cells, rows)).set_index(list(index))


def of(made: Sequence[Run], method: str) -> list[Result]:
    """Return a method's results on configuration 0."""
    key = (method, 0)
    return [run.result for run in made if run.result and (run.key.method, run.key.config) == key]


def test_a_method_that_cannot_serve_is_in_no_summary() -> None:
    table = frame(summary(FamilyRuns("slice", runs())), "method", "config")
    assert ("mdp", 0) in table.index
    assert ("mdp", 1) not in table.index
    assert len(table) == 2 * len(LOSSES) - 1


def test_summaries_hold_means_scores_and_both_factors_of_their_intervals() -> None:
    made = runs()
    table = frame(summary(FamilyRuns("slice", made)), "method", "config")
    row = table.loc[("dql_set", 0)]
    assert (row["seeds"], row["episodes"]) == (3, EPISODES)
    losses = [result.means["loss"] for result in of(made, "dql_set")]
    assert row["loss"] == pytest.approx(np.mean(losses))
    assert row["score"] == pytest.approx(100 * (0.40 - 0.25) / (0.40 - 0.24))
    # Seeds at 0 and one thousandth more or less of loss: 0.1 / 0.16 points of score.
    assert row["score_seeds"] == pytest.approx(stats.t.ppf(0.975, 2) * 0.625 / np.sqrt(3))
    assert row["score_half_width"] == pytest.approx(
        np.hypot(row["score_seeds"], row["score_episodes"])
    )
    # What an episode does to all methods alike is no uncertainty of a score.
    assert row["score_episodes"] < 1 < 100 * row["loss_half_width"] / 0.16
    assert table.loc[("oracle", 0), "score"] == 100
    assert table.loc[("equal", 1), ["score", "score_half_width"]].tolist() == [0, 0]


def test_every_two_methods_are_compared_once_on_their_own_episodes() -> None:
    made = runs()
    table = frame(pairs(FamilyRuns("slice", made)), "config", "method", "against")
    assert len(table) == 15 + 10
    losses = [
        np.array([result.by_episode["loss"] for result in of(made, method)])
        for method in ("dql", "dql_set")
    ]
    expected = paired_interval(*losses)
    row = table.loc[(0, "dql", "dql_set")]
    assert row[["difference", "low", "high"]].tolist() == pytest.approx(
        [expected.mean, expected.low, expected.high]
    )
    assert row["difference"] == pytest.approx(0.05)
    assert row["low"] > 0
    tie = table.loc[(1, "dql", "dql_set")]
    assert tie["low"] < 0 < tie["high"]


def test_one_seed_of_a_learner_gives_no_interval_but_a_rule_has_one() -> None:
    family = FamilyRuns("slice", runs(seeds=1))
    table = frame(summary(family), "method", "config")
    assert np.isnan(table.loc[("dql_set", 0), "loss_half_width"])
    assert table.loc[("mdp", 0), "loss_half_width"] > 0
    compared = frame(pairs(family), "config", "method", "against")
    assert np.isnan(compared.loc[(0, "mdp", "dql_set"), "low"])
    assert compared.loc[(0, "equal", "mdp"), "low"] > 0
    statistics = frame(overall(family), "method", "statistic")
    assert np.isnan(statistics.loc[("dql_set", "iqm"), "low"])
    assert statistics.loc[("mdp", "iqm"), "low"] < statistics.loc[("mdp", "iqm"), "value"]


def test_statistics_are_those_of_the_schedulers_that_have_scores() -> None:
    table = frame(overall(FamilyRuns("slice", runs())), "method", "statistic")
    assert set(table.index.get_level_values(0)) == {"equal", "mdp", "dql", "dql_set"}
    assert table.loc[("mdp", "mean"), "configs"] == 1
    assert table.loc[("equal", "optimality_gap"), "value"] == 100
    assert ("dql_set", "improvement") not in table.index
    row = table.loc[("equal", "improvement")]
    # Three seeds on two configurations, all better.
    assert (row["value"], row["high"]) == (1, 1)
    assert row["low"] == pytest.approx(0.025 ** (1 / 6))


def test_a_configuration_that_lacks_a_run_sets_the_number_for_all() -> None:
    rows = pd.DataFrame(overall(FamilyRuns("slice", runs(lost=("main-dql-slice0-s1",)))))
    seeds = rows[rows["statistic"] == "iqm"].set_index("method")["seeds"]
    assert (seeds["dql"], seeds["dql_set"]) == (2, 3)


def test_without_references_there_are_no_scores() -> None:
    family = FamilyRuns("slice", runs(methods=("dql", "dql_set", "oracle")))
    assert frame(summary(family), "method", "config").loc[("dql", 0), "score"] is None
    assert overall(family) == []
    assert len(pairs(family)) == 6


def test_distributions_are_means_over_seeds() -> None:
    table = frame(user_loss(FamilyRuns("slice", runs())), "method", "config", "loss")
    assert len(table) == 101 * (2 * len(LOSSES) - 1)
    row = table.loc[("dql_set", 0, 0.5)]
    assert row["share"] == pytest.approx(0.5**0.25, abs=1e-6)
    assert row["half_width"] == pytest.approx(0.001 * stats.t.ppf(0.975, EPISODES - 1), abs=1e-6)
