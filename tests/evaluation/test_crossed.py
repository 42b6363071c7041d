"""Intervals for other seeds and other episodes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from difsched.errors import InputError
from difsched.evaluation.crossed import (
    episodes_half_width,
    leave_one_out,
    mean_interval,
    paired_interval,
    quadrature,
    seeds_half_width,
)
from difsched.evaluation.statistics import t_half_width, t_interval

T1, T2 = 12.706205, 4.302653  # Student's t at 97.5 % with one and two degrees of freedom

losses = arrays(np.float64, (3, 6), elements=st.floats(0, 1))


def test_two_parts_make_welchs_interval() -> None:
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.0, 5.0, 6.0, 7.0, 9.0])
    variances = [a.var(ddof=1) / 3, b.var(ddof=1) / 5]
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    assert 2 * t_half_width(variances, [2, 4], 0.9) == pytest.approx(expected.high - expected.low)


def test_leaving_one_out_is_the_mean_of_the_others() -> None:
    values = np.arange(12.0).reshape(2, 6) ** 2
    for left, means in enumerate(leave_one_out(values)):
        assert means == pytest.approx(np.delete(values, left, axis=1).mean(axis=1))
    with pytest.raises(InputError, match="episodes = 1: must be at least 2"):
        leave_one_out(np.ones((3, 1)))


def test_the_jackknife_of_a_mean_is_students_interval() -> None:
    values = np.random.default_rng(3).gamma(2, size=20)
    assert episodes_half_width(leave_one_out(values)) == pytest.approx(
        t_interval(values).half_width
    )


def test_seeds_are_pooled_over_strata_and_one_row_counts_for_nothing() -> None:
    values = np.array([[1.0, 10.0], [2.0, 12.0], [3.0, 14.0]])
    # By hand: variances of the means 1/3 and 4/3, each over 2^2; degrees (5/3)^2 / (17/9 / 2).
    expected = stats.t.ppf(0.975, 50 / 17) * np.sqrt(5 / 12)
    assert seeds_half_width(values) == pytest.approx(expected)
    assert seeds_half_width(values[:, :1]) == pytest.approx(t_interval(values[:, 0]).half_width)
    assert seeds_half_width(values[:1]) == 0


def test_the_paired_interval_by_hand() -> None:
    a, b = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 7.0]]), np.array([[1.0, 1.0]])
    interval = paired_interval(a, b)
    # Seeds 1.5, 2.5, 5: s^2 = 3.25. Episodes, differences of means 1 and 3: s^2 = 2.
    assert interval.mean == 2
    assert interval.half_width == pytest.approx(np.hypot(T2 * np.sqrt(3.25 / 3), T1 * 1), rel=1e-6)
    assert (interval.low, interval.high) == (2 - interval.half_width, 2 + interval.half_width)


def test_without_seeds_it_is_students_interval_of_the_differences() -> None:
    a, b = np.random.default_rng(4).random((2, 1, 9))
    interval, expected = paired_interval(a, b), t_interval((a - b)[0])
    assert interval.mean == pytest.approx(expected.mean)
    assert interval.half_width == pytest.approx(expected.half_width)


@given(losses, losses, arrays(np.float64, 6, elements=st.floats(-1, 1)))
def test_what_episodes_do_to_both_methods_cancels(
    a: np.ndarray, b: np.ndarray, episode: np.ndarray
) -> None:
    plain, moved = paired_interval(a, b), paired_interval(a + episode, b + episode)
    assert moved.mean == pytest.approx(plain.mean, abs=1e-9)
    # Seeds move all episodes alike, so the part of the seeds is the same, too.
    assert moved.half_width == pytest.approx(plain.half_width, abs=1e-6)


@given(losses, losses, st.permutations(range(3)))
def test_seeds_have_no_order_and_methods_change_the_sign_only(
    a: np.ndarray, b: np.ndarray, order: list[int]
) -> None:
    one, other = paired_interval(a, b), paired_interval(b[order], a)
    assert other.mean == pytest.approx(-one.mean, abs=1e-9)
    assert other.half_width == pytest.approx(one.half_width, abs=1e-6)


@given(losses, losses)
def test_both_factors_are_in_the_interval(a: np.ndarray, b: np.ndarray) -> None:
    interval = paired_interval(a, b)
    assert interval.half_width >= t_interval((a - b).mean(axis=0)).half_width - 1e-9
    assert quadrature(3, 4) == 5


def test_the_interval_of_a_mean_holds_seeds_and_episodes() -> None:
    values = np.random.default_rng(5).random((3, 10))
    seeds, episodes = (t_interval(values.mean(axis=axis)).half_width for axis in (1, 0))
    interval = mean_interval(values)
    assert interval.mean == pytest.approx(values.mean())
    assert interval.half_width == pytest.approx(np.hypot(seeds, episodes))


def test_methods_on_other_episodes_cannot_be_paired() -> None:
    with pytest.raises(InputError, match="episodes = 5 and 4: must be the same"):
        paired_interval(np.ones((3, 5)), np.ones((3, 4)))
