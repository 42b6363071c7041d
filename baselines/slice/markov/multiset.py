"""The joint chain of users that are alike: only how many are in each state counts.

With N users in n states there are C(N + n - 1, N) such counts, multisets, instead of n**N joint
states, and their chain is exact (the joint chain is lumpable by symmetry: Kemeny and Snell 1960,
section 6.3).
"""

from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats, Ints


def count_multisets(users: int, states: int) -> int:
    """Return the number of rows of :func:`multisets`."""
    return comb(users + states - 1, users)


def multisets(users: int, states: int) -> Ints:
    """Return how many users are in each state, (S, states); rows ascend lexicographically."""
    counts = [
        np.bincount(np.array(members, dtype=np.int64), minlength=states)
        for members in combinations_with_replacement(range(states), users)
    ]
    return np.array(counts[::-1], dtype=np.int64)


def find(counts: Ints, among: Ints) -> NDArray[np.intp]:
    """Return the row (...) of each of ``counts`` (..., states) in ``among``, all `multisets`."""
    # Read as the digits of a number, rows that ascend lexicographically ascend as numbers.
    digits = (among[0].sum() + 1) ** np.arange(among.shape[1])[::-1]
    return np.searchsorted(among @ digits, counts @ digits)


def multiset_chain(transition: Floats, users: int) -> Floats:
    """Return the transition matrix (S, S) of the multisets of users who move independently.

    Built user by user: whoever comes last moves by his own row, and the others as the multiset
    without him does.

    Parameters
    ----------
    transition : (n, n) float64
        One user's chain, rows summing to 1.
    users : int
        N >= 1.
    """
    states = len(transition)
    unit = np.eye(states, dtype=np.int64)
    chain, before = np.ones((1, 1)), multisets(0, states)
    for size in range(1, users + 1):
        counts = multisets(size, states)
        last = states - 1 - (counts[:, ::-1] > 0).argmax(axis=1)
        others = chain[find(counts - unit[last], before)]
        chain = np.zeros((len(counts), len(counts)))
        for state in range(states):
            chain[:, find(before + unit[state], counts)] += others * transition[last, state, None]
        before = counts
    return chain
