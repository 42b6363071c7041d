"""Means and differences of methods with few seeds on common test windows, and their intervals.

Two things are drawn at random behind every figure of the suite: the seeds of the training, S of
them and often S = 3, and the test episodes, E of them, which all methods and seeds share. They are
crossed: every policy meets every episode. An interval for other seeds *and* other episodes must
hold the variance of both; a t interval over seeds alone, or over episodes alone, covers far too
little as soon as the other factor counts (``./run_all.sh bench coverage`` prints how little).

Nothing here speaks of another offline dataset or another traffic trace: each configuration has one.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from difsched.errors import InputError
from difsched.evaluation.statistics import Interval, t_half_width
from difsched.typing import Floats


def leave_one_out(values: Floats) -> Floats:
    """Return the means over the last axis with each entry left out in turn.

    Parameters
    ----------
    values : (..., E) ndarray
        E >= 2.

    Returns
    -------
    (E, ...) ndarray

    Raises
    ------
    InputError
        If there are fewer than two entries.
    """
    count = values.shape[-1]
    if count < 2:
        raise InputError(f"episodes = {count}: must be at least 2 for an interval")
    means: Floats = (values.sum(axis=-1, keepdims=True) - values) / (count - 1)
    return np.moveaxis(means, -1, 0)


def seeds_half_width(values: Floats, level: float = 0.95) -> float:
    """Return what the seeds alone contribute to the half width of a mean over S x M values.

    The M columns (configurations) are strata: each has seeds of its own and its own variance, and
    the degrees of freedom of all count together. One row, S = 1, stands for a method without seeds
    and contributes nothing.

    Parameters
    ----------
    values : (S, M) ndarray
        What the mean is taken of.
    level : float
        Nominal coverage, in (0, 1).
    """
    seeds, strata = values.shape
    if seeds == 1:
        return 0.0
    variances = values.var(axis=0, ddof=1) / (seeds * strata**2)
    return t_half_width(variances, np.full(strata, seeds - 1), level)


def episodes_half_width(left_out: Floats, level: float = 0.95) -> float:
    """Return what the test episodes alone contribute to the half width of a statistic.

    The jackknife (Tukey 1958): V = (E - 1) / E sum_e (T_(-e) - mean)^2; for a mean that is its
    squared standard error. An episode is left out of every method and configuration at once, so
    that what these share in it is accounted for.

    Parameters
    ----------
    left_out : (E,) ndarray
        The statistic without episode e; see :func:`leave_one_out`.
    level : float
        Nominal coverage, in (0, 1).
    """
    degrees = len(left_out) - 1
    return t_half_width([degrees * left_out.var()], [degrees], level)


def quadrature(*half_widths: float) -> float:
    """Return the half width for other seeds and other episodes from those of each factor.

    Half widths add in quadrature, h^2 = sum t^2 V, which for independent normal parts covers at
    least as often as it says, whatever their proportion (Banerjee 1960). One t with Satterthwaite's
    degrees for the whole does not: with two degrees for seeds it falls to 92 %.
    """
    return float(reduce(np.hypot, half_widths))


def mean_interval(values: Floats, level: float = 0.95) -> Interval:
    """Return the mean of one method over seeds and episodes with its interval for others of both.

    Parameters
    ----------
    values : (S, E) ndarray
        One row a seed, one column an episode; S = 1 stands for a method without seeds.
    level : float
        Nominal coverage, in (0, 1).

    Raises
    ------
    InputError
        If there are fewer than two episodes.
    """
    return paired_interval(values, np.zeros((1, values.shape[1])), level)


def paired_interval(a: Floats, b: Floats, level: float = 0.95) -> Interval:
    """Return the mean difference of two methods on the same episodes, with its interval.

    A value is y = method + episode + method x episode + seed(method) + rest. In the difference of
    two methods the episode itself, most of the spread, cancels. What is left of its variance is

    * episodes: s^2(d) / E, with d_e the difference of the means over seeds in episode e;
    * seeds: s^2 / S of each method's means over episodes, added as in Welch's interval. Seeds are
      not paired: seed 1 of one method shares nothing but its number with seed 1 of another.

    The two are joined by :func:`quadrature`. The rest (seed x episode) is in both, which errs on
    the safe side; no bootstrap of crossed data is exact either (McCullagh 2000). Coverage with
    three seeds is 94 to 99 % if they are normal or heavy-tailed, and 87 % at worst, where those of
    one method alone are as skewed as an exponential and outweigh all else.

    A method beats *every* other if each of these intervals excludes zero: that takes no correction
    for many comparisons (intersection-union test, Berger 1982).

    Parameters
    ----------
    a, b : (S_a, E) and (S_b, E) ndarray
        One row a seed, one column an episode; one row stands for a method without seeds.
    level : float
        Nominal coverage, in (0, 1).

    Raises
    ------
    InputError
        If the episodes are fewer than two or not equally many.
    """
    if a.shape[1] != b.shape[1]:
        raise InputError(f"episodes = {a.shape[1]} and {b.shape[1]}: must be the same")
    difference = a.mean(axis=0) - b.mean(axis=0)
    episodes = episodes_half_width(leave_one_out(difference), level)
    return Interval(float(difference.mean()), quadrature(_welch([a, b], level), episodes))


def _welch(methods: Sequence[Floats], level: float) -> float:
    """Return the half width that the seeds of several methods contribute to a difference."""
    means = [values.mean(axis=1) for values in methods if len(values) > 1]
    if not means:
        return 0.0
    variances = [seeds.var(ddof=1) / len(seeds) for seeds in means]
    return t_half_width(variances, [len(seeds) - 1 for seeds in means], level)
