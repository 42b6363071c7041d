"""How real states look that nobody has seen: in space, from second to second, as a crowd."""

import numpy as np

from difsched.env.mlb.radio import rsrp
from difsched.typing import Floats

from .space import locate


def space_error(power: Floats, sites: Floats) -> Floats:
    """Return how far powers are from those of any position, (...,), dB, root mean square.

    0 where a user can receive them.

    Parameters
    ----------
    power : (..., C) ndarray of float
        RSRP, dBm.
    sites : (C, 2) ndarray of float
        Antennas, m.
    """
    away = rsrp(locate(power, sites).reshape(-1, 2), sites).reshape(power.shape) - power
    error: Floats = np.sqrt((away * away).mean(axis=-1))
    return error


def changes(power: Floats) -> Floats:
    """Return the largest change of a power from each second to the next, dB.

    Parameters
    ----------
    power : (R, T, N, C) ndarray of float
        RSRP, dBm.

    Returns
    -------
    (R, T - 1, N) ndarray of float
    """
    return np.asarray(np.abs(np.diff(power, axis=1)).max(axis=-1))


def discrepancy(one: Floats, other: Floats) -> float:
    """Return the squared maximum mean discrepancy of two samples (Gretton et al. 2012, eq. 3).

    Unbiased, so it may be below 0; with a Gaussian kernel of the median distance of both.

    Parameters
    ----------
    one, other : (n, D) and (m, D) ndarray of float
        n, m >= 2.
    """
    both = np.concatenate([one, other])
    square = (both * both).sum(axis=-1)
    distance = np.maximum(square[:, None] + square - 2 * both @ both.T, 0.0)
    kernel = np.exp(-distance / np.median(distance[distance > 0]))
    n, m = len(one), len(other)
    np.fill_diagonal(kernel, 0.0)
    within = kernel[:n, :n].sum() / (n * (n - 1)) + kernel[n:, n:].sum() / (m * (m - 1))
    return float(within - 2 * kernel[:n, n:].mean())
