"""A user's chain of demand states, and the joint chain of independent users."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats


def fit_chain(states: NDArray[Any], size: int) -> Floats:
    """Estimate a Markov chain's transition matrix (size, size) from one path.

    The estimate is the posterior mean under one pseudo-count a row, spread like the states'
    overall frequencies: a transition that was never seen stays possible, in proportion to how
    common its target is, and a row that was never left falls back to those frequencies.

    Parameters
    ----------
    states : (T,) int
        Path of states in 0..size - 1, T >= 1.
    size : int
        Number of states.
    """
    seen = np.zeros((size, size))
    np.add.at(seen, (states[:-1], states[1:]), 1.0)
    frequency = (np.bincount(states, minlength=size) + 1 / size) / (len(states) + 1)
    result: Floats = (seen + frequency) / (seen.sum(axis=1, keepdims=True) + 1)
    return result


def stationary(transition: Floats) -> Floats:
    """Return the stationary distribution (n,) of an irreducible chain, ``pi P = pi``.

    Found by state reduction (Grassmann, Taksar and Heyman 1985), which never subtracts: every
    probability is exact to rounding, however small it is.

    Parameters
    ----------
    transition : (n, n) float64
        Transition probabilities, rows summing to 1.
    """
    rates, size = transition.copy(), len(transition)
    for last in range(size - 1, 0, -1):
        # Without state `last`, whoever went there goes on to where it leads among the others.
        rates[:last, last] /= rates[last, :last].sum()
        rates[:last, :last] += np.outer(rates[:last, last], rates[last, :last])
    weights = np.ones(size)
    for state in range(1, size):
        weights[state] = weights[:state] @ rates[:state, state]
    result: Floats = weights / weights.sum()
    return result


def expect_next(transition: Floats, value: Floats, users: int) -> Floats:
    """Return E[value(next joint state)] (S,) for each joint state of independent users.

    The joint transition matrix is the Kronecker product of ``users`` copies of ``transition``
    (n, n); it is applied factor by factor, which costs n S a user instead of S**2, S = n**users.
    Joint states count with the last user fastest.
    """
    size = transition.shape[0]
    for _ in range(users):
        # Contract the first user's axis; the result's axis goes last, so the order is restored
        # once every user has had a turn.
        value = (transition @ value.reshape(size, -1)).T
    return value.reshape(-1)
