"""What the runs say together, from runs whose truth is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from difsched.evaluation.crossed import paired_interval
from experiments.aggregate.intervals import overall, pairs, summary, user_loss
from experiments.aggregate.results import Trials, by_family
from tests.synthetic_results import EPISODES, LOSSES, results


def frame(rows: list[dict[str, Any]], *index: str) -> pd.DataFrame:
    return pd.DataFrame(rows).set_index(list(index))


def test_a_method_that_cannot_serve_is_in_no_summary() -> None:
    table = frame(summary(Trials(results())), "method", "config")
    assert ("mdp", 0) in table.index
    assert ("mdp", 1) not in table.index
    assert len(table) == 2 * len(LOSSES) - 1


def test_summaries_hold_means_scores_and_both_factors_of_their_intervals() -> None:
    runs = results()
    table = frame(summary(Trials(runs)), "method", "config")
    row = table.loc[("dql_set", 0)]
    assert (row["seeds"], row["episodes"]) == (3, EPISODES)
    losses = [r["loss"] for r in runs if (r["method"], r["config"]) == ("dql_set", 0)]
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
    runs = results()
    table = frame(pairs(Trials(runs)), "config", "method", "against")
    assert len(table) == 15 + 10
    losses = [
        np.array([r["loss_by_episode"] for r in runs if (r["method"], r["config"]) == (method, 0)])
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
    trials = Trials(results(seeds=1))
    table = frame(summary(trials), "method", "config")
    assert np.isnan(table.loc[("dql_set", 0), "loss_half_width"])
    assert table.loc[("mdp", 0), "loss_half_width"] > 0
    compared = frame(pairs(trials), "config", "method", "against")
    assert np.isnan(compared.loc[(0, "mdp", "dql_set"), "low"])
    assert compared.loc[(0, "equal", "mdp"), "low"] > 0
    statistics = frame(overall(trials), "method", "statistic")
    assert np.isnan(statistics.loc[("dql_set", "iqm"), "low"])
    assert statistics.loc[("mdp", "iqm"), "low"] < statistics.loc[("mdp", "iqm"), "value"]


def test_statistics_are_those_of_the_schedulers_that_have_scores() -> None:
    table = frame(overall(Trials(results())), "method", "statistic")
    assert set(table.index.get_level_values(0)) == {"equal", "mdp", "dql", "dql_set"}
    assert table.loc[("mdp", "mean"), "configs"] == 1
    assert table.loc[("equal", "optimality_gap"), "value"] == 100
    assert ("dql_set", "improvement") not in table.index
    row = table.loc[("equal", "improvement")]
    # Three seeds on two configurations, all better.
    assert (row["value"], row["high"]) == (1, 1)
    assert row["low"] == pytest.approx(0.025 ** (1 / 6))


def test_a_configuration_that_lacks_a_run_sets_the_number_for_all() -> None:
    rows = pd.DataFrame(overall(Trials(results(lost=("main-dql-slice0-s1",)))))
    seeds = rows[rows["statistic"] == "iqm"].set_index("method")["seeds"]
    assert (seeds["dql"], seeds["dql_set"]) == (2, 3)


def test_without_references_there_are_no_scores() -> None:
    trials = Trials(results(methods=("dql", "dql_set", "oracle")))
    assert frame(summary(trials), "method", "config").loc[("dql", 0), "score"] is None
    assert overall(trials) == []
    assert len(pairs(trials)) == 6


def test_distributions_are_means_over_seeds() -> None:
    table = frame(user_loss(Trials(results())), "method", "config", "loss")
    assert len(table) == 101 * (2 * len(LOSSES) - 1)
    row = table.loc[("dql_set", 0, 0.5)]
    assert row["share"] == pytest.approx(0.5**0.25, abs=1e-6)
    assert row["half_width"] == pytest.approx(0.001 * stats.t.ppf(0.975, EPISODES - 1), abs=1e-6)


def test_configurations_of_two_families_do_not_mix() -> None:
    runs = results()
    others = [{**result, "family": "other"} for result in runs]
    one, other = by_family([*runs, *others])
    assert (one.family, other.family) == ("slice", "other")
    assert {row["family"] for row in [*pairs(other), *summary(other), *overall(other)]} == {"other"}
    assert len(pairs(one)) == len(pairs(other)) == len(pairs(Trials(runs)))
