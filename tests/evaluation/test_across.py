"""Statistics of scores across configurations, against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from difsched.evaluation.across import (
    improvement_interval,
    interquartile_mean,
    mean,
    normalised_score,
    optimality_gap,
    probability_of_improvement,
    score_interval,
    share_interval,
)
from difsched.evaluation.crossed import episodes_half_width, leave_one_out, seeds_half_width
from difsched.evaluation.profiles import performance_profile, prediction_reach, profile_band

scores = arrays(np.float64, (3, 4), elements=st.integers(-50, 130).map(float))


def test_scores_are_0_for_the_equal_split_and_100_for_the_oracle() -> None:
    assert normalised_score([0.5, 0.2, 0.35, 0.65], 0.5, 0.2) == pytest.approx([0, 100, 50, -50])
    assert normalised_score(0.2, 0.5, 0.2) == 100
    assert np.isnan(normalised_score([0.3, 0.4], 0.5, 0.5)).all()
    # An oracle that loses as much, but for rounding, or more is no end of a scale.
    assert np.isnan(normalised_score([0.3, 0.6], 0.5, [0.5 - 1e-15, 0.7])).all()


def test_statistics_by_hand() -> None:
    runs = np.array([[0.0, 90.0, 80.0, 110.0], [60.0, 100.0, 70.0, 150.0]])
    # In order 0 60 | 70 80 90 100 | 110 150.
    assert interquartile_mean(runs) == 85
    assert mean(runs) == 82.5
    # Misses of 100: 100, 40, 30, 20, 10, 0, and nothing for what lies above.
    assert optimality_gap(runs) == 200 / 8


def test_the_interquartile_mean_of_24_runs_is_that_of_the_middle_12() -> None:
    runs = np.random.default_rng(1).normal(size=(5, 3, 8))
    expected = [np.sort(part, axis=None)[6:18].mean() for part in runs]
    assert interquartile_mean(runs) == pytest.approx(expected)


@given(scores, scores)
def test_the_probability_of_improvement_counts_wins_and_half_the_ties(
    x: np.ndarray, y: np.ndarray
) -> None:
    wins = [
        (x[i, m] > y[j, m]) + 0.5 * (x[i, m] == y[j, m])
        for m in range(4)
        for i in range(3)
        for j in range(3)
    ]
    assert probability_of_improvement(x, y) == pytest.approx(np.mean(wins))
    assert probability_of_improvement(y, x) == pytest.approx(1 - np.mean(wins))
    assert probability_of_improvement(x, x[:1]) + probability_of_improvement(x[:1], x) == 1


@pytest.mark.parametrize("hits", [0, 1, 12, 23, 24])
def test_the_interval_of_a_share_is_clopper_and_pearsons(hits: int) -> None:
    exact = stats.binomtest(hits, 24).proportion_ci(method="exact")
    assert share_interval(hits / 24, 24) == pytest.approx((exact.low, exact.high))
    # All of n: the least share that leaves 2.5 % for all n hits.
    assert share_interval(1, 24)[0] == pytest.approx(0.025 ** (1 / 24))


def test_what_episodes_may_do_opens_the_interval_of_an_improvement() -> None:
    x, y = np.full((3, 2), 90.0), np.full((3, 2), 85.0)
    still, near, far = (np.full(2, reach) for reach in (0, 4, 6))
    assert improvement_interval(x, y, still, 6) == share_interval(1, 6)
    assert improvement_interval(x, y, near, 6) == share_interval(1, 6)
    assert improvement_interval(x, y, far, 6) == (share_interval(0, 6)[0], 1)


def test_the_interval_of_a_mean_score_joins_seeds_and_episodes() -> None:
    losses = np.random.default_rng(2).random((3, 4, 10))
    runs = 100 * losses.mean(axis=2)
    interval = score_interval("mean", runs, [100 * leave_one_out(losses)])
    episodes = episodes_half_width(leave_one_out(100 * losses.mean(axis=(0, 1))))
    assert interval.mean == pytest.approx(runs.mean())
    assert interval.half_width == pytest.approx(np.hypot(seeds_half_width(runs), episodes))


def test_configurations_with_other_numbers_of_episodes_add_what_theirs_contribute() -> None:
    generator = np.random.default_rng(4)
    losses = [generator.random((1, 1, episodes)) for episodes in (6, 9)]
    runs = np.concatenate([100 * one.mean(axis=2) for one in losses], axis=1)
    left_out = [np.repeat(runs[None], one.shape[2], axis=0) for one in losses]
    for column, one in enumerate(losses):
        left_out[column][..., column] = 100 * leave_one_out(one)[..., 0]
    alone = [episodes_half_width(leave_one_out(50 * one[0, 0])) for one in losses]
    assert score_interval("mean", runs, left_out).half_width == pytest.approx(np.hypot(*alone))


def test_one_stratum_has_tukey_and_mclaughlins_error_of_a_trimmed_mean() -> None:
    runs = np.random.default_rng(3).gamma(2, size=(12, 1))
    interval = score_interval("iqm", runs, [np.zeros((10, 12, 1))])
    error = stats.mstats.trimmed_stde(runs[:, 0], limits=(0.25, 0.25))
    assert interval.half_width == pytest.approx(stats.t.ppf(0.975, 11) * error)


@pytest.mark.parametrize("runs", range(2, 14))
def test_deviations_of_a_trimmed_mean_are_divided_by_the_share_that_is_kept(runs: int) -> None:
    values = np.random.default_rng(runs).gamma(2, size=(runs, 1))
    half_widths = {
        name: score_interval(name, values, [np.zeros((10, runs, 1))]).half_width
        for name in ("iqm", "mean")
    }
    cut = runs // 4
    ordered = np.sort(values[:, 0])
    drawn_in = np.clip(ordered, ordered[cut], ordered[runs - 1 - cut])
    error = drawn_in.std(ddof=1) / ((runs - 2 * cut) / runs) / np.sqrt(runs)
    assert half_widths["iqm"] == pytest.approx(stats.t.ppf(0.975, runs - 1) * error)
    if cut == 0:  # it is the mean
        assert half_widths["iqm"] == half_widths["mean"]


def test_a_method_without_seeds_has_the_error_of_the_episodes_alone() -> None:
    runs, left_out = np.array([[10.0, 20.0, 40.0, 80.0]]), np.zeros((5, 1, 4))
    assert score_interval("iqm", runs, [left_out]).half_width == 0
    left_out[0] = 1
    expected = episodes_half_width(np.array([1.0, 0, 0, 0, 0]))
    assert score_interval("iqm", runs, [left_out]).half_width == pytest.approx(expected)


@given(scores)
def test_a_profile_falls_from_all_runs_to_none(runs: np.ndarray) -> None:
    thresholds = np.array([runs.min(), runs.max(), runs.max() + 1])
    profile = performance_profile(runs, thresholds)
    assert profile[0] == 1
    assert profile[1] == (runs == runs.max()).mean()
    assert profile[2] == 0


@given(scores, arrays(np.float64, 4, elements=st.floats(0, 20)))
def test_the_band_holds_the_profile(runs: np.ndarray, reach: np.ndarray) -> None:
    thresholds = np.linspace(-60, 140, 21)
    profile = performance_profile(runs, thresholds)
    low, high = profile_band(runs, reach, thresholds)
    assert (low <= profile).all()
    assert (profile <= high).all()
    for end in profile_band(runs, np.zeros(4), thresholds):
        assert np.array_equal(end, profile)


def test_the_reach_is_students_prediction_interval() -> None:
    runs = np.array([[90.0], [92.0], [97.0]])
    reach = prediction_reach([seeds_half_width(runs)], [0.0], 3)
    expected = stats.t.ppf(0.975, 2) * runs.std(ddof=1) * np.sqrt(1 + 1 / 3)
    assert reach == pytest.approx([expected])
    assert prediction_reach([3.0], [8.0], 3) == pytest.approx([10.0])
