"""How evenly a policy serves the users of a slice."""

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats

#: Losses at which the distribution over user-windows is kept: 0, 1, ..., 100 %.
LOSS_LEVELS: Floats = np.arange(101) / 100


def jain_index(shares: Floats, counted: NDArray[np.bool_]) -> Floats:
    """Return Jain's index of fairness, (sum x)^2 / (n sum x^2).

    1 where all have the same, 1/n where one has all, k/n where k of n have the same and the others
    nothing (Jain, Chiu and Hawe 1984, "A quantitative measure of fairness and discrimination").

    Parameters
    ----------
    shares : (E, N) ndarray of float
        What each user has, >= 0.
    counted : (E, N) ndarray of bool
        Whether a user counts at all.

    Returns
    -------
    (E,) ndarray of float
        In [1/n, 1]; 1 where nobody counts or nobody has anything, for then all are alike.
    """
    had = np.where(counted, shares, 0.0)
    squares = counted.sum(axis=1) * (had**2).sum(axis=1)
    index = np.divide(had.sum(axis=1) ** 2, squares, out=np.ones(len(had)), where=squares > 0)
    # Rounding must not lift it beyond what it can be.
    return np.minimum(index, 1.0)


def level_counts(loss: Floats, counted: NDArray[np.bool_]) -> Floats:
    """Return how many users' losses fall at or below each level and above the one before.

    Parameters
    ----------
    loss : (E, N) ndarray of float
        In [0, 1].
    counted : (E, N) ndarray of bool
        Whether a user counts at all.

    Returns
    -------
    (E, 101) ndarray of float
        A cumulative sum makes it the number of losses at or below ``LOSS_LEVELS``.
    """
    levels = np.minimum(np.searchsorted(LOSS_LEVELS, loss), len(LOSS_LEVELS) - 1)
    cells = levels + len(LOSS_LEVELS) * np.arange(len(loss))[:, None]
    size = len(loss) * len(LOSS_LEVELS)
    counts = np.bincount(cells.ravel(), weights=counted.ravel(), minlength=size)
    return counts.reshape(len(loss), -1).astype(np.float64)
