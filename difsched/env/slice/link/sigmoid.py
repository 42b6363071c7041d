"""The radio link: success probability of a grant, and channel classes that move slowly."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from difsched.typing import Floats


def success_probability(grant: ArrayLike, slope: ArrayLike, midpoint: ArrayLike) -> Floats:
    """Return the probability that a packet gets through.

    ``sigma(k (r - s))`` with the logistic function sigma. At r = 0 what is left, sigma(-k s), is
    the grant-free fallback.

    Parameters
    ----------
    grant : array_like
        RBs a slot r, >= 0, any shape.
    slope, midpoint : array_like
        Channel k (1/RB, > 0) and s (RB), broadcast against ``grant``.

    Returns
    -------
    ndarray of float, in (0, 1)
    """
    values: Floats = expit(np.asarray(slope) * (np.asarray(grant) - np.asarray(midpoint)))
    return values


def next_classes(
    classes: NDArray[np.int64], n_classes: int, stay: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the channel classes of the next window.

    Each class is an own symmetric Markov chain, whose stationary law is uniform: it stays with
    probability ``stay`` and otherwise moves to one of the other classes, all alike.

    Parameters
    ----------
    classes : ndarray of int
        Classes now, 0..n_classes - 1, any shape.
    n_classes : int
        Number of classes, >= 1.
    stay : float
        Probability of staying, in [0, 1].
    rng : numpy.random.Generator
        Where the moves are drawn from; one class draws nothing.
    """
    if n_classes == 1 or stay == 1:
        return classes
    # One draw says whether a class moves and, by where it lies beyond ``stay``, how far. Rounding
    # must not carry it n_classes further, which is where it was.
    beyond = (rng.random(classes.shape) - stay) * ((n_classes - 1) / (1 - stay))
    steps = np.minimum(np.ceil(beyond), n_classes - 1).astype(np.int64)
    return (classes + np.maximum(steps, 0)) % n_classes
