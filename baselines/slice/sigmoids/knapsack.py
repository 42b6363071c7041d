"""Exact optimum in whole resource blocks: a multiple-choice knapsack, by dynamic programming.

V_j(b) = max over r of V_(j-1)(b - r) + u_j sigma(k_j (r - s_j)) is the most that the first j users
deliver with exactly b RBs, which costs O(N B^2) a window. Windows lie along the last, contiguous
axis, so that one (max, +) step is one vector operation for all of them.

Three reductions leave the optimum as it is. A user's r runs only over a range that holds all
optima (`pruning`); the least of the ranges is granted at once and the table covers what remains;
and V_j is wanted only for the b from which the users after j can still spend the budget.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.sigmoids.problem import Problem, sigmoid
from difsched.typing import Floats, Ints

CHUNK_WINDOWS = 256  # a table of 100 RBs then fits the second-level cache of a core
CHUNK_BYTES = 64 * 2**20


def solve_knapsack(problem: Problem, lower: Ints, upper: Ints) -> Ints:
    """Return optimal allocations (W, N) int64 that spend the whole budget.

    Parameters
    ----------
    problem : Problem
        W windows of N users.
    lower, upper : (W, N) int64
        RBs a user at least and at most, 0 <= lower <= upper <= budget; some optimum must respect
        them. Budget beyond the sum of ``upper`` is of no use and split equally.

    Returns
    -------
    (W, N) int64
        Each row sums to the budget. The same users in another order get the same RBs, up to
        swaps of identical users.
    """
    # Users are sorted within windows: by width, so that users with like ranges share a stage, and
    # then by all that tells them apart, so that ties do not depend on their order.
    order = np.lexsort((problem.demand, problem.midpoint, problem.slope, upper - lower), axis=-1)
    problem = problem.reorder(order)
    lower, upper = (np.take_along_axis(ends, order, axis=1) for ends in (lower, upper))
    chosen = np.empty_like(lower)
    for chunk in _chunks(problem.budget - lower.sum(axis=1), problem.shape[1]):
        chosen[chunk] = _solve_chunk(problem.take(chunk), lower[chunk], upper[chunk])
    allocation = np.empty_like(chosen)
    np.put_along_axis(allocation, order, chosen, axis=1)
    return allocation


def _chunks(remainders: Ints, users: int) -> Iterator[NDArray[np.intp]]:
    """Yield the windows of each chunk: windows with like budgets to spend share a table."""
    order = np.argsort(remainders, kind="stable")
    start = 0
    while start < len(order):
        # The budget of the last window of a full chunk bounds the table of all of them.
        last = min(start + CHUNK_WINDOWS, len(order)) - 1
        room = CHUNK_BYTES // (16 * users * (int(remainders[order[last]]) + 1))
        size = int(np.clip(room, 1, CHUNK_WINDOWS))
        yield order[start : start + size]
        start += size


def _solve_chunk(problem: Problem, lower: Ints, upper: Ints) -> Ints:
    """Solve a few windows (C, N); the result (C, N) spends the budget."""
    windows, users = problem.shape
    own_widths = upper - lower
    widths = own_widths.max(axis=0)
    before = np.cumsum(widths)
    after = before[-1] - before
    # A window may have more to spend than its users can use: the rest waits.
    spend = np.minimum(problem.budget - lower.sum(axis=1), own_widths.sum(axis=1))
    high = np.minimum(before, spend.max())
    low = np.maximum(spend.min() - after, 0)
    gains = [_gains(problem, j, lower[:, j], own_widths[:, j]) for j in range(users)]
    tables = [gains[0][low[0] : high[0] + 1]]
    for j in range(1, users):
        tables.append(_stage(tables[-1], gains[j], int(low[j - 1]), int(low[j]), int(high[j])))
    extra = np.zeros((windows, users), dtype=np.int64)
    left = spend.copy()
    for j in range(users - 1, 0, -1):
        extra[:, j] = _trace_back(tables[j - 1], gains[j], int(low[j - 1]), left)
        left -= extra[:, j]
    extra[:, 0] = left
    allocation = lower + extra
    return allocation + _equal_split(problem.budget - allocation.sum(axis=1), users)


def _gains(problem: Problem, user: int, lower: Ints, widths: Ints) -> Floats:
    """Return what a user delivers with lower + 0, 1, ... RBs, (widest + 1, C).

    -inf beyond a window's own width: what shares its chunk must not change its ties.
    """
    steps = np.arange(widths.max() + 1.0)[:, None]
    k, s = problem.slope[:, user], problem.midpoint[:, user]
    gains = problem.demand[:, user] * sigmoid(k * (lower + steps - s))
    return np.where(steps <= widths, gains, -np.inf)


def _stage(before: Floats, gains: Floats, offset: int, low: int, high: int) -> Floats:
    """Return the (max, +) convolution of ``before`` and ``gains`` for totals low..high.

    Row b of ``before`` (rows, C) stands for ``offset + b`` RBs, row b of the result (high - low +
    1, C) for ``low + b``.
    """
    table = np.full((high - low + 1, before.shape[1]), -np.inf)
    sums = np.empty_like(table)
    for grant in range(gains.shape[0]):
        first = max(low, offset + grant)
        last = min(high, offset + before.shape[0] - 1 + grant)
        if first > last:
            continue
        rows = slice(first - low, last - low + 1)
        source = before[first - grant - offset : last - grant - offset + 1]
        np.add(source, gains[grant], out=sums[rows])
        np.maximum(table[rows], sums[rows], out=table[rows])
    return table


def _trace_back(before: Floats, gains: Floats, offset: int, left: Ints) -> Ints:
    """Return the smallest best grant (C,) of a user when ``left`` (C,) RBs remain for 1..j."""
    rows = left - offset - np.arange(gains.shape[0])[:, None]
    inside = (rows >= 0) & (rows < before.shape[0])
    sums = np.take_along_axis(before, np.where(inside, rows, 0), axis=0) + gains
    return np.argmax(np.where(inside, sums, -np.inf), axis=0)


def _equal_split(budgets: Ints, users: int) -> Ints:
    """Return whole RBs (C, N) whose rows sum to ``budgets`` and differ by one at most."""
    share, rest = np.divmod(budgets[:, None], users)
    split: Ints = share + (np.arange(users) < rest)
    return split
