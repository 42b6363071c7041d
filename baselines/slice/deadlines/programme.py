"""Plans of least loss and cost for users who share nothing but a price, exactly.

A packet of window t is lost where windows t..t + D fail it, so the state of a user is its last D
grants: a whole-number state, without grid or interpolation.
"""

import numpy as np

from difsched.typing import Floats, Ints

#: Values that are compared at a time: few enough for the second-level cache of a core.
CHUNK = 2**16


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
    the problems allows there. The loss is a product whose last factor depends on a_D alone, so for
    each a_1 .. a_D-1 the values of all r and a_D are one product of matrices.
    """
    problems, _, windows, _ = failure.shape
    sizes = [_allowed(cost[:, window]) for window in range(windows)]
    tables: list[Floats] = [np.zeros((problems, *_last(sizes, windows, delay)))] * (windows + 1)
    for window in range(windows - 1, -1, -1):
        now = failure[:, :, window, : sizes[window]]
        begun, oldest = _begun(packets, failure, sizes, window, delay)
        tables[window] = _before(
            cost[:, window, : sizes[window]], tables[window + 1], now, begun, oldest
        )
    first: Floats = tables[0].reshape(problems, -1)[:, 0]
    return first, _trace(tables, packets, failure, cost, delay)


def _allowed(cost: Floats) -> int:
    """Return how many choices (M, R) are up to the last that a problem allows, at least one."""
    return int(np.flatnonzero(np.isfinite(cost).any(axis=0)).max(initial=0)) + 1


def _last(sizes: list[int], window: int, delay: int) -> tuple[int, ...]:
    """Return the numbers of choices of the D windows before one, the last first; 1 before all."""
    return tuple(sizes[window - age] if window >= age else 1 for age in range(1, delay + 1))


def _begun(
    packets: Floats, failure: Floats, sizes: list[int], window: int, delay: int
) -> tuple[Floats, Floats]:
    """Return the two factors of what has failed so far of the packets of window t - D.

    Returns
    -------
    begun : (M, K, R, .., R) ndarray
        Packets that failed in t - 1 .. t - D + 1, by the choices there.
    oldest : (M, K, R) ndarray
        Chance that they failed in t - D, by the choice there; with D = 0, 1.
    """
    problems, users, *_ = failure.shape
    last = _last(sizes, window, delay)
    if window < delay:
        return np.zeros((problems, users, *last[:-1])), np.ones((problems, users, last[-1]))
    begun = packets[:, :, window - delay].reshape(problems, users, *(1,) * max(delay - 1, 0))
    for age in range(1, delay):
        shape = (
            problems,
            users,
            *(last[age - 1] if axis == age else 1 for axis in range(1, delay)),
        )
        begun = begun * failure[:, :, window - age, : last[age - 1]].reshape(shape)
    if delay == 0:
        return begun, np.ones((problems, users, 1))
    return begun, failure[:, :, window - delay, : last[-1]]


def _before(cost: Floats, later: Floats, now: Floats, begun: Floats, oldest: Floats) -> Floats:
    """Return the table (M, R, .., R) before a window, from that after it.

    Parameters
    ----------
    cost : (M, R) ndarray
        Of the window's choices.
    later : (M, R, R, .., R) ndarray
        The table after it, by its choice and a_1 .. a_D-1; with D = 0 (M,).
    now : (M, K, R) ndarray
        Chance that packets fail in the window, for each choice.
    begun, oldest : ndarray
        See `_begun`.
    """
    problems, users, size = now.shape
    between, last = begun.shape[2:], oldest.shape[-1]
    after = np.moveaxis(later.reshape(problems, size if later.ndim > 1 else 1, -1), 1, -1)
    # For each a_1 .. a_D-1 (P of them) what does not depend on a_D, and the users' losses:
    # (M, P, R, 1 + K) times (M, 1, 1 + K, R).
    left = np.empty((problems, after.shape[1], size, 1 + users))
    left[..., 0] = after + cost[:, None]
    lost = np.moveaxis(begun.reshape(problems, users, -1), 1, -1)
    left[..., 1:] = lost[:, :, None] * np.moveaxis(now, 1, -1)[:, None]
    right = np.concatenate([np.ones((problems, 1, last)), oldest], axis=1)[:, None]
    table = np.empty((problems, after.shape[1], last))
    step = max(1, CHUNK // (problems * size * last))
    for start in range(0, table.shape[1], step):
        chunk = slice(start, start + step)
        np.min(left[:, chunk] @ right, axis=2, out=table[:, chunk])
    return table.reshape(problems, *between, last) if later.ndim > 1 else table[:, 0, 0]


def _trace(
    tables: list[Floats], packets: Floats, failure: Floats, cost: Floats, delay: int
) -> Ints:
    """Return the choices (M, T) that attain the tables, from a start with nothing waiting."""
    problems, users, windows, _ = failure.shape
    rows = np.arange(problems)
    plan = np.zeros((problems, windows), dtype=np.int64)
    for window in range(windows):
        later = tables[window + 1]
        value = cost[:, window, : later.shape[1] if delay else None].copy()
        if delay:
            # All but the oldest of the last choices; before the first window there is one.
            last = [
                plan[:, window - age] if window >= age else np.zeros_like(rows)
                for age in range(1, delay)
            ]
            # Index (M, R, M): the choice, then those.
            value += np.stack(
                [later[(row, slice(None), *(one[row] for one in last))] for row in rows]
            )
        else:
            value += later[:, None]
        if window >= delay:
            for user in range(users):
                lost = packets[:, user, window - delay].astype(np.float64)
                for age in range(1, delay + 1):
                    lost = lost * failure[rows, user, window - age, plan[:, window - age]]
                value += failure[:, user, window, : value.shape[1]] * lost[:, None]
        plan[:, window] = value.argmin(axis=1)
    return plan
