"""The exact way to share a budget of whole units, whatever each user is worth with its part."""

import numpy as np

from difsched.typing import Floats, Ints

CHUNK_WINDOWS = 128  # tables of 200 RBs then fit the second-level cache of a core


def allocate(values: Floats) -> Ints:
    """Share a budget of whole RBs so that a sum of arbitrary functions is as large as possible.

    The multiple-choice knapsack with every choice open (Kellerer, Pferschy and Pisinger 2004,
    chapter 11), by dynamic programming in O(N B^2) a window: V_j(b) = max over r of
    V_(j-1)(b - r) + values_j(r) is the most that the first j users can have with b RBs.

    Parameters
    ----------
    values : (W, N, B + 1) ndarray of float
        What each user is worth with 0..B RBs.

    Returns
    -------
    (W, N) ndarray of int
        Each row sums to B. Of equal optima, later users get the fewest RBs.
    """
    windows, users, _ = values.shape
    allocation = np.empty((windows, users), dtype=np.int64)
    for start in range(0, windows, CHUNK_WINDOWS):
        chunk = slice(start, start + CHUNK_WINDOWS)
        allocation[chunk] = _solve(np.ascontiguousarray(values[chunk].transpose(1, 2, 0))).T
    return allocation


def _solve(values: Floats) -> Ints:
    """Return the allocations (N, C) of a chunk; ``values`` (N, B + 1, C) has windows last."""
    users, size, windows = values.shape
    tables = [values[0]]
    # Of one window, the overhead of a call for each grant would take most of the time.
    with_one_more = _at_once if windows == 1 else _grant_by_grant
    for worth in values[1:]:
        tables.append(with_one_more(tables[-1], worth))
    left = np.full(windows, size - 1)
    allocation = np.empty((users, windows), dtype=np.int64)
    for user in range(users - 1, 0, -1):
        rest = left - np.arange(size)[:, None]
        sums = np.take_along_axis(tables[user - 1], np.maximum(rest, 0), axis=0) + values[user]
        allocation[user] = np.where(rest >= 0, sums, -np.inf).argmax(axis=0)
        left = left - allocation[user]
    allocation[0] = left
    return allocation


def _grant_by_grant(before: Floats, worth: Floats) -> Floats:
    """Return the most (B + 1, C) that 0..B RBs are worth with one more user."""
    size, table = len(before), np.full(before.shape, -np.inf)
    for grant in range(size):
        np.maximum(table[grant:], before[: size - grant] + worth[grant], out=table[grant:])
    return table


def _at_once(before: Floats, worth: Floats) -> Floats:
    """Return the same of one window, whose grants and budgets are few enough for one array."""
    size = len(before)
    padded = np.concatenate([np.full(size - 1, -np.inf), before[:, 0]])
    # Entry (b, j) is what is left to the others with b RBs when the user has B - j.
    others = np.lib.stride_tricks.sliding_window_view(padded, size)
    most: Floats = (others + worth[::-1, 0]).max(axis=1)
    return most[:, None]
