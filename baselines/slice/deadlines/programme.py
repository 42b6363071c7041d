"""Plans of least loss and cost for users who share nothing but a price, exactly.

A packet of window t is lost where windows t..t + D fail it, so the state of a user is its last D
grants: a whole-number state, without grid or interpolation.
"""

import numpy as np

from difsched.typing import Floats, Ints


def best_plans(packets: Floats, failure: Floats, cost: Floats, delay: int) -> tuple[Floats, Ints]:
    """Minimise cost plus loss over plans, by dynamic programming over the last D choices.

    Each of M problems has K users who share one sequence of choices: K = 1 is one user, K = 2 is
    a pair that splits what it holds. With q the failures and u the packets,

        J_t(a_1 .. a_D) = min over r of c_t(r) + J_t+1(r, a_1 .. a_D-1)
                          + sum_k u_k,t-D q_k,t(r) q_k,t-1(a_1) ... q_k,t-D(a_D).

    Parameters
    ----------
    packets : (M, K, T) ndarray
        New packets.
    failure : (M, K, T, R) ndarray
        Probability that a packet fails, for each choice.
    cost : (M, T, R) ndarray
        Cost of each choice; infinite where it is not allowed.
    delay : int
        D >= 0.

    Returns
    -------
    value : (M,) ndarray
        The least cost plus loss.
    plan : (M, T) ndarray of int
        Choices that attain it.

    Notes
    -----
    Takes O(M K T R^(D + 1)); R is that of each window: one more than the last choice that any of
    the problems allows there.
    """
    problems, users, windows, _ = failure.shape
    sizes = [_allowed(cost[:, window]) for window in range(windows)]
    weights = [_weight(packets, failure, window, delay, sizes) for window in range(windows)]
    tables: list[Floats] = [np.zeros((problems, *_last(sizes, windows, delay)))] * (windows + 1)
    for window in range(windows - 1, -1, -1):
        weight, later = weights[window], tables[window + 1]
        table = np.full((problems, *_last(sizes, window, delay)), np.inf)
        for choice in range(sizes[window]):
            value = cost[:, window, choice].reshape(-1, *(1,) * delay)
            value = value + (later[:, choice, ..., None] if delay else later)
            for user in range(users):
                chance = failure[:, user, window, choice].reshape(-1, *(1,) * delay)
                value = value + chance * weight[:, user]
            np.minimum(table, value, out=table)
        tables[window] = table
    first: Floats = tables[0].reshape(problems, -1)[:, 0]
    return first, _trace(tables, weights, failure, cost, delay)


def _allowed(cost: Floats) -> int:
    """Return how many choices (M, R) are up to the last that a problem allows, at least one."""
    return int(np.flatnonzero(np.isfinite(cost).any(axis=0)).max(initial=0)) + 1


def _last(sizes: list[int], window: int, delay: int) -> tuple[int, ...]:
    """Return the numbers of choices of the D windows before one, the last first; 1 before all."""
    return tuple(sizes[window - age] if window >= age else 1 for age in range(1, delay + 1))


def _weight(packets: Floats, failure: Floats, window: int, delay: int, sizes: list[int]) -> Floats:
    """Return the packets (M, K, R, .., R') of window t - D that failed in t - D..t - 1."""
    problems, users, *_ = failure.shape
    if window < delay:
        return np.zeros((problems, users, *(1,) * delay))
    weight = packets[:, :, window - delay].reshape(problems, users, *(1,) * delay)
    for age in range(1, delay + 1):
        size = sizes[window - age]
        shape = (problems, users, *(size if axis == age else 1 for axis in range(1, delay + 1)))
        weight = weight * failure[:, :, window - age, :size].reshape(shape)
    return weight


def _trace(
    tables: list[Floats], weights: list[Floats], failure: Floats, cost: Floats, delay: int
) -> Ints:
    """Return the choices (M, T) that attain the tables, from a start with nothing waiting."""
    problems, users, windows, _ = failure.shape
    rows = np.arange(problems)
    plan = np.zeros((problems, windows), dtype=np.int64)
    for window in range(windows):
        last = [
            plan[:, window - age] if window >= age else np.zeros_like(rows)
            for age in range(1, delay + 1)
        ]
        later, weight = tables[window + 1], weights[window]
        value = cost[:, window, : later.shape[1] if delay else None].copy()
        if delay:
            # Index (M, R, M): the choice, then all but the oldest of the last grants.
            value += np.stack(
                [later[(row, slice(None), *(grants[row] for grants in last[:-1]))] for row in rows]
            )
        else:
            value += later[:, None]
        for user in range(users):
            index = last if window >= delay else [np.zeros_like(rows)] * delay
            chance = failure[:, user, window, : value.shape[1]]
            value += chance * weight[(rows, user, *index)][:, None]
        plan[:, window] = value.argmin(axis=1)
    return plan
