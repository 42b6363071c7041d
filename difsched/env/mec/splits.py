"""Splits of the band among the UEs that offload, none below the least share."""

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats

from .config import MecConfig


def split_band(weights: Floats, offloaded: NDArray[np.bool_], config: MecConfig) -> Floats:
    """Split the band among the UEs that offload, (..., N).

    f + (1 - f m) w_i / sum w with the least share f, at most 1 / m, of m UEs: the original's
    floor of a softmax, for weights that are its exponentials.
    """
    weights = np.where(offloaded, weights, 0.0)
    count = np.maximum(offloaded.sum(axis=-1, keepdims=True), 1)
    floor = np.minimum(config.least_share, 1 / count)
    total = weights.sum(axis=-1, keepdims=True)
    part = weights / np.where(total > 0, total, 1.0)
    return np.where(offloaded, floor + (1 - floor * count) * part, 0.0)


def lift(share: Floats, least: float) -> Floats:
    """Lift positive shares to the least one at the cost of the larger ones.

    Parameters
    ----------
    share : (..., N) ndarray of float
        >= 0; each row is scaled to sum to 1 first.
    least : float
        At most 1 / m is given to each of m.

    Returns
    -------
    (..., N) ndarray of float
        Each row sums to 1, or is zero as it was.
    """
    served = share > 0
    count = np.maximum(served.sum(axis=-1, keepdims=True), 1)
    floor = np.minimum(least, 1 / count)
    total = share.sum(axis=-1, keepdims=True)
    above = np.where(served, np.maximum(share / np.where(total > 0, total, 1.0) - floor, 0.0), 0.0)
    rest = above.sum(axis=-1, keepdims=True)
    # If all are at the floor there is nothing above it, and nothing left.
    above *= (1 - floor * count) / np.where(rest > 0, rest, 1.0)
    return np.where(served, floor + above, 0.0)
