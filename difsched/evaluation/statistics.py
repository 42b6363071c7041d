"""Means with intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """A mean and the half width of its confidence interval.

    Attributes
    ----------
    mean : float
    half_width : float
        NaN where one value gives no interval.
    n : int
        Values behind it.
    """

    mean: float
    half_width: float
    n: int


def t_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean with Student's t interval.

    For few values, such as three seeds, where a percentile bootstrap covers far too little.

    Parameters
    ----------
    values : (n,) array_like
        Independent values, n >= 1.
    level : float
        Nominal coverage, in (0, 1).
    """
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    if n < 2:
        return Interval(float(array.mean()), float("nan"), n)
    error = array.std(ddof=1) / np.sqrt(n)
    return Interval(float(array.mean()), float(stats.t.ppf((1 + level) / 2, n - 1) * error), n)
