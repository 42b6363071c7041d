"""The nearest point that fits: Euclidean projection on {0 <= x <= high, sum_i D_ir x_i <= v_r}.

With multipliers mu_r >= 0 of the R budgets, the shadow prices of the resources, the nearest point
to z is x(mu) = clip(z - D mu, 0, high). The multipliers minimise the convex dual

    phi(mu) = v'mu + max over 0 <= x <= high of sum_i (z_i - sum_r D_ir mu_r) x_i - x_i^2 / 2

whose gradient is v - D'x(mu) (Boyd and Vandenberghe 2004, section 5.1). It is quadratic in pieces:
Newton steps on it, each to the least dual in its direction, end exactly. `nearest_shares` is the
same for tensors, and differentiable.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from difsched.typing import Bools, Floats

NEWTON_STEPS = 50
#: Largest violation of the optimality conditions that is left, relative to the request.
TOLERANCE = 1e-13
#: Numbers that a line search holds at once, about: W times T squared.
CHUNK = 1 << 22
#: Added to the Hessian's diagonal, and share of a step that is rounding.
RIDGE = 1e-12


def project(request: Floats, requirement: Floats, supply: Floats, high: float = 1.0) -> Floats:
    """Return the nearest points to requests among those that fit.

    Bertsekas' projected Newton method (SIAM J. Control Optim. 20, 1982) on the dual, all windows
    at once; the few windows where it has not come to an end are solved by non-negative least
    squares (Lawson and Hanson 1974, chapter 23), which is finite.

    Parameters
    ----------
    request : (W, T) ndarray of float
        z, finite; exact up to rounding while |z| is below about 1e6.
    requirement : (W, T, R) ndarray of float
        D, >= 0: what a unit of x spends of each resource.
    supply : (W, R) ndarray of float
        v, >= 0.
    high : float
        Upper end of the box, > 0.

    Returns
    -------
    (W, T) ndarray of float
        In [0, high] and within the supplies up to rounding error (about 1e-13 of the request).
    """
    nearest = np.clip(request, 0.0, high)
    over = np.flatnonzero((_spent(nearest, requirement) > supply).any(axis=-1))
    many = max(1, CHUNK // request.shape[1] ** 2)
    for windows in np.split(over, range(many, len(over), many)):
        point, solved = _newton(request[windows], requirement[windows], supply[windows], high)
        nearest[windows] = point
        for window in windows[~solved]:
            nearest[window] = project_window(
                request[window], requirement[window], supply[window], high
            )
    return nearest


def project_window(
    request: Floats, requirement: Floats, supply: Floats, high: float = 1.0
) -> Floats:
    """Return the nearest point (T,) of one window by non-negative least squares.

    The least-distance programme min |y|^2 with G y >= h is solved by min |E u - e| over u >= 0
    with E = [G, h]', e = (0, .., 0, 1), whose residual gives y (Lawson and Hanson 1974).
    """
    tasks = len(request)
    identity = np.eye(tasks)
    matrix = np.concatenate([identity, -identity, -requirement.T])
    bounds = np.concatenate([-request, request - high, request @ requirement - supply])
    # Large numbers on one side of the least squares would drown the one on the other.
    scale = max(1.0, float(np.abs(bounds).max()))
    system = np.concatenate([matrix.T, bounds[None] / scale])
    target = np.append(np.zeros(tasks), 1.0)
    weights, _ = nnls(system, target, maxiter=30 * len(bounds))
    residual = system @ weights - target
    return np.clip(request - scale * residual[:-1] / residual[-1], 0.0, high)


def _spent(point: Floats, requirement: Floats) -> Floats:
    # As products with a vector: several times faster than einsum.
    spent: Floats = (point[:, None] @ requirement)[:, 0]
    return spent


def _newton(
    request: Floats, requirement: Floats, supply: Floats, high: float
) -> tuple[Floats, Bools]:
    """Return points (W, T) and whether (W,) each meets the optimality conditions."""
    # Budgets of unit rows: prices are of the order of the request.
    norm = np.maximum(np.sqrt((requirement**2).sum(axis=1)), 1e-300)
    dual = _Dual(request, requirement / norm[:, None], supply / norm, high)
    point, price = np.empty_like(request), np.zeros_like(supply)
    open_ = np.arange(len(request))
    for _ in range(NEWTON_STEPS):
        point[open_], slack = dual.at(price[open_])
        left = ~dual.optimal(price[open_], slack)
        if not left.any():
            return point, np.ones(len(point), dtype=bool)
        open_, dual = open_[left], dual.of(left)
        price[open_] = dual.descend(price[open_], point[open_], slack[left])
    solved = np.ones(len(point), dtype=bool)
    solved[open_] = False
    return point, solved


@dataclass(frozen=True)
class _Dual:
    """The dual of W windows: requests (W, T), rows (W, T, R) of length 1, limits (W, R)."""

    request: Floats
    rows: Floats
    limit: Floats
    high: float

    def of(self, windows: Bools) -> "_Dual":
        """Return the dual of some windows."""
        return _Dual(self.request[windows], self.rows[windows], self.limit[windows], self.high)

    def at(self, price: Floats) -> tuple[Floats, Floats]:
        """Return the point (W, T) of some prices and its slack (W, R), the dual's gradient."""
        point = np.clip(self.request - (self.rows @ price[..., None])[..., 0], 0.0, self.high)
        return point, self.limit - _spent(point, self.rows)

    def optimal(self, price: Floats, slack: Floats) -> Bools:
        """Return whether (..., W) prices and slacks are >= 0 and one of each pair is zero."""
        size = 1 + np.abs(self.request).max(axis=-1, keepdims=True)
        close: Bools = np.abs(np.minimum(price, slack)) <= TOLERANCE * size
        met: Bools = np.all(close, axis=-1)
        return met

    def descend(self, price: Floats, point: Floats, slack: Floats) -> Floats:
        """Return the prices (W, R) of least dual in Newton's direction."""
        step = self._newton_step(price, point, slack)
        # Prices at zero stay there: the dual falls all the same (Bertsekas 1982, proposition 1).
        direction = np.where((price <= 0) & (step > 0), 0.0, -step)
        falling = direction < 0
        reach = np.divide(price, -direction, out=np.full_like(price, np.inf), where=falling)
        length = self._length(price, direction, reach.min(axis=-1))[:, None]
        # Rounding must not leave a price just above zero.
        arrived = reach <= length * (1 + RIDGE)
        return np.where(arrived, 0.0, np.maximum(price + length * direction, 0.0))

    def _length(self, price: Floats, direction: Floats, most: Floats) -> Floats:
        """Return the step lengths (W,) in [0, most] of least dual.

        Along a line the dual's slope rises and is straight between the lengths at which a task
        comes to an end of the box; its root is between two of them.
        """
        rate = (self.rows @ direction[..., None])[..., 0]
        wanted = self.request - (self.rows @ price[..., None])[..., 0]
        ends = np.stack([wanted, wanted - self.high], axis=-1)
        turns = np.divide(
            ends, rate[..., None], out=np.zeros_like(ends), where=rate[..., None] != 0
        )
        turns = np.concatenate([np.zeros((len(price), 1)), turns.reshape(len(price), -1)], axis=1)
        last = np.minimum(most, turns.max(axis=-1))
        turns = np.sort(np.clip(turns, 0.0, last[:, None]), axis=-1)
        points = np.clip(wanted[:, None] - turns[..., None] * rate[:, None], 0.0, self.high)
        slope = (self.limit * direction).sum(axis=-1)[:, None] - (points @ rate[..., None])[..., 0]
        before = np.maximum((slope < 0).sum(axis=-1) - 1, 0)[:, None]
        after = np.minimum(before + 1, turns.shape[1] - 1)
        start, end = (np.take_along_axis(turns, place, axis=1) for place in (before, after))
        low, high = (np.take_along_axis(slope, place, axis=1) for place in (before, after))
        rise = high - low
        part = np.divide(-low, rise, out=np.zeros_like(low), where=rise > 0)
        length: Floats = (start + np.clip(part, 0.0, 1.0) * (end - start))[:, 0]
        return length

    def _newton_step(self, price: Floats, point: Floats, slack: Floats) -> Floats:
        # Prices at zero that would fall take no part.
        held = (price <= 0) & (slack > 0)
        inside = (point > 0) & (point < self.high)
        rows = self.rows * (inside[..., None] & ~held[:, None])
        # Where nobody gives way the dual is a plane: a long step, halved until it turns.
        ridge = np.where(held, 1.0, RIDGE)[..., None] * np.eye(slack.shape[-1])
        hessian = np.swapaxes(rows, 1, 2) @ rows + ridge
        gradient = np.where(held, 0.0, slack)[..., None]
        return np.asarray(np.linalg.solve(hessian, gradient)[..., 0], dtype=np.float64)
