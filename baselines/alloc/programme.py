"""Linear programmes of many windows, solved in blocks by HiGHS, with bounds of our own.

HiGHS takes about a millisecond to start, ten times what one of these programmes takes: windows
are therefore joined to programmes with a block for each. From its answer only the vertex is
kept; the numbers are computed from it window by window, so that a window's answer does not
depend on those it was solved with.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from difsched.typing import Floats

#: Variables of a block programme, about.
BLOCK = 1500
#: How close to its ends a variable, or a row to its limit, counts as at it.
AT_END = 1e-9
#: How far the vertex computed afresh may be from the solver's.
CLOSE = 1e-6


@dataclass(frozen=True)
class Rows:
    """The rows A of W programmes that have the same places of non-zeros.

    Attributes
    ----------
    row, column : (K,) ndarray of int
        Where the entries stand.
    entries : (W, K) ndarray of float
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    entries: Floats

    @classmethod
    def of(cls, usage: Floats) -> "Rows":
        """Return the rows of usage (W, n, R), what a unit of each variable takes of each row."""
        _, variables, rows = usage.shape
        column, row = np.divmod(np.arange(variables * rows), rows)
        return cls(row, column, usage.reshape(len(usage), -1))


def maximise(gain: Floats, rows: Rows, limit: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Maximise g'z with A z <= b and 0 <= z <= h in each of W windows.

    Parameters
    ----------
    gain, upper : (W, n) ndarray of float
        g, and h >= 0.
    rows : Rows
        A.
    limit : (W, m) ndarray of float
        b, >= 0, so that z = 0 is allowed.

    Returns
    -------
    point : (W, n) ndarray of float
        An optimal vertex, exact up to HiGHS' tolerance of 1e-7.
    price : (W, m) ndarray of float
        Multipliers of the rows, >= 0.

    Raises
    ------
    RuntimeError
        If HiGHS reports no optimum.
    """
    windows, variables = gain.shape
    point, price = np.empty_like(gain), np.empty_like(limit)
    many = max(1, BLOCK // variables)
    for start in range(0, windows, many):
        part = slice(start, min(start + many, windows))
        count = part.stop - start
        block = np.arange(count)[:, None]
        place = (
            (block * limit.shape[1] + rows.row).ravel(),
            (block * variables + rows.column).ravel(),
        )
        shape = (count * limit.shape[1], count * variables)
        matrix = csr_array((rows.entries[part].ravel(), place), shape=shape)
        ends = np.stack([np.zeros(count * variables), upper[part].ravel()], axis=1)
        found = linprog(-gain[part].ravel(), matrix, limit[part].ravel(), bounds=ends)
        if not found.success:
            raise RuntimeError(f"HiGHS found no optimum: {found.message}")
        point[part] = np.clip(found.x.reshape(count, variables), 0.0, upper[part])
        price[part] = np.maximum(-found.ineqlin.marginals.reshape(count, -1), 0.0)
    return point, price


def maximise_shares(
    gain: Floats, usage: Floats, supply: Floats, upper: Floats
) -> tuple[Floats, Floats, Floats]:
    """Maximise g'z with sum_j U_jr z_j <= v_r and 0 <= z <= h: few rows, and an exact vertex.

    Parameters
    ----------
    gain, upper : (W, n) ndarray of float
    usage : (W, n, R) ndarray of float
        U, >= 0.
    supply : (W, R) ndarray of float

    Returns
    -------
    point, value, bound
        z (W, n), g'z (W,), and what no allowed point exceeds (W,).
    """
    point, price = maximise(gain, Rows.of(usage), supply, upper)
    point, price = _polish(point, price, gain, usage, supply, upper)
    return point, (gain * point).sum(axis=1), dual_bound(gain, usage, supply, upper, price)


def dual_bound(gain: Floats, usage: Floats, supply: Floats, upper: Floats, price: Floats) -> Floats:
    """Return v'mu + sum_j h_j (g_j - U_j mu)_+ (W,): a bound for every mu >= 0."""
    reduced = gain - (usage @ price[..., None])[..., 0]
    bound: Floats = (supply * price).sum(axis=1) + (upper * np.maximum(reduced, 0)).sum(axis=1)
    return bound


def _polish(
    point: Floats, price: Floats, gain: Floats, usage: Floats, supply: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """Return points and prices computed afresh from which variables are basic at a vertex.

    At a vertex as many variables lie between their ends as rows are tight; these rows give the
    variables, and the variables the prices. Where it is not so (ties), all stays as it is.
    """
    windows, variables = point.shape
    rows = supply.shape[1]
    inside = (point > AT_END * upper) & (point < upper * (1 - AT_END))
    spent = (point[:, None] @ usage)[:, 0]
    loose = spent < supply * (1 - AT_END)
    basic = np.concatenate([inside, loose], axis=1)
    vertex = basic.sum(axis=1) == rows
    pick = np.argsort(~basic, axis=1, kind="stable")[:, :rows, None]
    slacks = np.broadcast_to(np.eye(rows), (windows, rows, rows))
    matrix = np.take_along_axis(np.concatenate([usage, slacks], axis=1), pick, axis=1)
    vertex &= np.linalg.det(matrix) != 0
    matrix = np.where(vertex[:, None, None], matrix, np.eye(rows))
    fixed = np.where(inside | (point <= AT_END * upper), 0.0, upper)
    left = supply - (fixed[:, None] @ usage)[:, 0]
    solved = np.linalg.solve(np.swapaxes(matrix, 1, 2), left[..., None])[..., 0]
    gains = np.concatenate([gain, np.zeros((windows, rows))], axis=1)
    prices = np.linalg.solve(matrix, np.take_along_axis(gains, pick[..., 0], axis=1)[..., None])
    whole = np.concatenate([fixed, np.zeros((windows, rows))], axis=1)
    np.put_along_axis(whole, pick[..., 0], solved, axis=1)
    fresh = np.clip(whole[:, :variables], 0.0, upper)
    vertex &= (np.abs(fresh - point) <= CLOSE * (1 + upper)).all(axis=1)
    return (
        np.where(vertex[:, None], fresh, point),
        np.where(vertex[:, None], np.maximum(prices[..., 0], 0.0), price),
    )
