"""Statistics of normalised scores across configurations, with intervals for three seeds.

Scores are arrays (..., S, M): one row a seed, one column a configuration. The statistics are those
of Agarwal et al. (2021, "Deep reinforcement learning at the edge of the statistical precipice").
Their intervals are not: a stratified percentile bootstrap of three seeds covers about 80 % for a
nominal 95 %. Configurations are a fixed list, seeds are drawn anew within each of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from difsched.evaluation.crossed import episodes_half_width, quadrature, seeds_half_width
from difsched.evaluation.statistics import Interval
from difsched.typing import Floats

#: The score that is good enough: the oracle's with the same information.
GAMMA = 100.0
#: Share that the interquartile mean cuts off on each side.
CUT = 0.25
#: Difference of losses, in [0, 1], that rounding errors may make.
NO_DIFFERENCE = 1e-9


def normalised_score(loss: ArrayLike, equal: ArrayLike, best: ArrayLike) -> Floats:
    """Return the score 100 (L_equal - L) / (L_equal - L_best).

    NaN where the oracle does not lose less than the equal split: there is then no scale, and to
    divide by what is left would turn good and bad round.

    Parameters
    ----------
    loss, equal, best : array_like
        Packet loss of the method, of the equal split and of the oracle with the method's
        information, on the same windows; shapes that broadcast.
    """
    span = np.subtract(equal, best)
    gain = np.subtract(equal, loss)
    shape = np.broadcast_shapes(span.shape, gain.shape)
    ratio: Floats = np.divide(gain, span, out=np.full(shape, np.nan), where=span > NO_DIFFERENCE)
    return 100 * ratio


def mean(scores: Floats) -> Floats:
    """Return the mean over the runs (..., S, M)."""
    return flat(scores).mean(axis=-1)


def interquartile_mean(scores: Floats) -> Floats:
    """Return the mean of the middle half of the runs (..., S, M): of 24, the middle 12."""
    from scipy import stats  # slow to import

    values: Floats = stats.trim_mean(flat(scores), CUT, axis=-1)
    return values


def optimality_gap(scores: Floats) -> Floats:
    """Return by how much the runs (..., S, M) miss ``GAMMA`` on average; less is better.

    What a run has beyond ``GAMMA`` makes up for nothing.
    """
    return np.maximum(GAMMA - flat(scores), 0).mean(axis=-1)


def flat(scores: Floats) -> Floats:
    """Return scores (..., S, M) as runs (..., S M)."""
    return np.asarray(scores).reshape(*scores.shape[:-2], -1)


@dataclass(frozen=True)
class Statistic:
    """A statistic of scores that is, to first order, a mean over runs.

    Attributes
    ----------
    value : callable
        Scores (..., S, M) -> the statistic (...).
    terms : callable
        Scores (S, M) -> what each run contributes (S, M): its influence, up to a constant.
    """

    value: Callable[[Floats], Floats]
    terms: Callable[[Floats], Floats]


def _winsorised(scores: Floats) -> Floats:
    """Return a trimmed mean's influence: values drawn in to the cut, over what is left uncut."""
    ordered = np.sort(scores, axis=None)
    cut = int(CUT * scores.size)
    kept = 1 - 2 * cut / scores.size
    return np.clip(scores, ordered[cut], ordered[-cut - 1]) / kept


STATISTICS = {
    "iqm": Statistic(interquartile_mean, _winsorised),
    "mean": Statistic(mean, lambda scores: scores),
    "optimality_gap": Statistic(optimality_gap, lambda scores: np.maximum(GAMMA - scores, 0)),
}


def score_interval(
    name: str, scores: Floats, left_out: Sequence[Floats], level: float = 0.95
) -> Interval:
    """Return a statistic of a method's scores with its interval for other seeds and episodes.

    Seeds: Student's t with the variance of what each run contributes, taken within configurations.
    For the interquartile mean that is Tukey and McLaughlin's (1963) interval, stratified: values
    winsorised, deviations divided by the share that is kept, half of them or all of fewer than
    four. Episodes: the jackknife. Coverage with three seeds: 93 to 98 %; see
    ``./run_all.sh bench coverage``.

    Parameters
    ----------
    name : str
        Of ``STATISTICS``.
    scores : (S, M) ndarray
        S = 1 stands for a method without seeds.
    left_out : sequence of (E, S, M) ndarray
        The scores without test episode e, which all configurations with E episodes have in common:
        one array for each number of episodes that there is. The scores of the other configurations
        stay whole in it.
    level : float
        Nominal coverage, in (0, 1).
    """
    statistic = STATISTICS[name]
    seeds = seeds_half_width(statistic.terms(scores), level)
    episodes = [episodes_half_width(statistic.value(part), level) for part in left_out]
    return Interval(float(statistic.value(scores)), quadrature(seeds, *episodes))


def probability_of_improvement(x: Floats, y: Floats) -> float:
    """Return the chance that a run of one method scores more than one of another.

    The mean over configurations of Mann and Whitney's U / (R Q); a tie counts one half.

    Parameters
    ----------
    x, y : (R, M) and (Q, M) ndarray
        Scores on the same configurations.
    """
    from scipy import stats  # slow to import

    wins = stats.mannwhitneyu(x, y, axis=0, method="asymptotic").statistic
    return float(wins.mean() / (len(x) * len(y)))


def share_interval(share: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return Clopper and Pearson's (1934) interval of a share, for shares of 0 and 1 as well.

    For n draws from several strata it still covers at least as often as it says, because their sum
    is less dispersed than a binomial of the same mean (Hoeffding 1956). All 24 of 24: 0.86 to 1.

    Parameters
    ----------
    share : float
        In [0, 1]; ``share * n`` need not be whole.
    n : int
        Independent draws behind it, >= 1.
    level : float
        Nominal coverage, in (0, 1).
    """
    hits, tail = share * n, (1 - level) / 2
    low = special.betaincinv(hits, n - hits + 1, tail) if hits > 0 else 0.0
    high = special.betaincinv(hits + 1, n - hits, 1 - tail) if hits < n else 1.0
    return float(low), float(high)


def improvement_interval(
    x: Floats, y: Floats, reach: Floats, n: int, level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the probability of improvement for other seeds and other episodes.

    Other episodes would move all runs of a method on a configuration together, and could turn the
    order of close methods round. So the lower end is Clopper and Pearson's after all of x have been
    moved down by what episodes may do, the upper end after they have been moved up. This errs on
    the safe side where methods are close.

    Parameters
    ----------
    x, y : (R, M) and (Q, M) ndarray
        Scores on the same configurations.
    reach : (M,) ndarray
        Half widths that the episodes alone give to the difference of the mean scores.
    n : int
        Independent comparisons of runs; see :func:`share_interval`.
    level : float
        Nominal coverage, in (0, 1).
    """
    low, high = (probability_of_improvement(x + shift, y) for shift in (-reach, reach))
    return share_interval(low, n, level)[0], share_interval(high, n, level)[1]
