"""Standard errors, and means with Student's t intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from difsched.typing import Floats


@dataclass(frozen=True)
class Interval:
    """An estimate and the half width of its confidence interval.

    Attributes
    ----------
    mean : float
    half_width : float
        NaN where the values give no interval.
    """

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half_width

    @property
    def excludes_zero(self) -> bool:
        """Whether there is an interval, and zero lies outside it."""
        return self.low > 0 or self.high < 0


def standard_error(values: ArrayLike) -> Floats:
    """Return the standard error of the mean over the first axis.

    Parameters
    ----------
    values : (n, ...) array_like
        Independent values along the first axis, n >= 2.
    """
    array = np.asarray(values, dtype=np.float64)
    return np.asarray(array.std(axis=0, ddof=1) / np.sqrt(len(array)))


def t_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean with Student's t interval.

    For few values, such as three seeds, where a percentile bootstrap covers far too little.

    Parameters
    ----------
    values : (n,) array_like
        Independent values, n >= 1; one value has no interval.
    level : float
        Nominal coverage, in (0, 1).
    """
    array = np.asarray(values, dtype=np.float64)
    if len(array) < 2:
        return Interval(float(array.mean()), float("nan"))
    half_width = t_half_width([array.var(ddof=1) / len(array)], [len(array) - 1], level)
    return Interval(float(array.mean()), half_width)


def t_half_width(variances: ArrayLike, degrees: ArrayLike, level: float = 0.95) -> float:
    """Return the half width of a t interval whose variance is a sum of estimates.

    The degrees of freedom of the sum are Satterthwaite's (1946): (sum V)^2 / sum(V^2 / df), between
    the least of them and all together. For two means this is Welch's interval.

    Parameters
    ----------
    variances : (K,) array_like
        Independent estimates V of the parts, >= 0; all zero gives 0.
    degrees : (K,) array_like
        Degrees of freedom of each, > 0.
    level : float
        Nominal coverage, in (0, 1).
    """
    parts = np.asarray(variances, dtype=np.float64)
    total = parts.sum()
    if total == 0:
        return 0.0
    shares = parts / total
    freedom = 1 / np.sum(shares**2 / np.asarray(degrees))
    return float(special.stdtrit(freedom, (1 + level) / 2) * np.sqrt(total))


def welch(a: ArrayLike, b: ArrayLike) -> Interval:
    """Return the difference of two means, a - b, with Welch's 95 % interval.

    Parameters
    ----------
    a, b : (n,) and (m,) array_like
        Independent values, one or more each; one value gives no interval.
    """
    samples = [np.asarray(values, dtype=np.float64) for values in (a, b)]
    difference = float(samples[0].mean() - samples[1].mean())
    if min(map(len, samples)) < 2:
        return Interval(difference, float("nan"))
    variances = [values.var(ddof=1) / len(values) for values in samples]
    return Interval(difference, t_half_width(variances, [len(values) - 1 for values in samples]))
