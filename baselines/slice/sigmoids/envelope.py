"""The concave envelope of one user's delivered packets.

With a = k s and v = k r, f(v) = sigma(v - a) is convex up to v = a and concave beyond. Its least
concave majorant on v >= 0 is the chord from (0, sigma(-a)) to the tangent point v_t and the
sigmoid itself beyond (Udell and Boyd, arXiv 1410.4158, section 3). v_t depends on a alone.

All arrays of this module have one row a user and one column a window, (N, C): sums over users are
then sums of rows, and every operation runs along windows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.baselines.slice.sigmoids.problem import Problem, sigmoid
from difsched.typing import Floats

NEWTON_STEPS = 10  # 6 suffice; convergence ends the loop
SMALL = 5e-3
LOG_QUARTER = float(np.log(0.25))


def tangent_point(a: ArrayLike) -> Floats:
    """Return v_t >= 0 where the chord from v = 0 touches sigma(v - a), elementwise.

    v_t solves v sigma'(v - a) = sigma(v - a) - sigma(-a). Written in x = v - a and
    t = tanh(a / 2) this is sinh x + t cosh x - x + t = a, whose left side is convex and increasing
    in x > 0: Newton's method from the right of the root converges monotonically. The root lies
    left of log(2 (1 + a)) and of a / 2, which it approaches as a -> 0: x = b - b^3 / 10 + O(b^5)
    with b = a / 2.

    Parameters
    ----------
    a : array_like
        Slope times midpoint, any sign; where a <= 0 the sigmoid is concave already and v_t = 0.
    """
    values = np.asarray(a, dtype=np.float64)
    clear = np.maximum(values, SMALL)
    t = np.tanh(clear / 2)
    x = np.minimum(clear / 2, np.log(2 * (1 + clear)))
    for _ in range(NEWTON_STEPS):
        grow = 0.5 * (1 + t) * np.exp(x)
        fall = 0.5 * (1 - t) * np.exp(-x)
        slope = grow + fall - 1
        step = (grow - fall - x + t - clear) / slope
        # Each entry stops by itself, at rounding errors, so that none depends on its neighbours.
        step = np.where(np.abs(step) > 1e-14 * (1 + x) + 1e-15 * clear / slope, step, 0)
        if not step.any():
            break
        x = x - step
    # Below SMALL the terms of the equation cancel; its series does not.
    x = np.where(values < SMALL, values / 2 - (values / 2) ** 3 / 10, x)
    return np.where(values > 0, values + x, 0.0)


@dataclass(frozen=True)
class Envelope:
    """The users' concave envelopes on 0..B, with the price at which each of them starts.

    Attributes
    ----------
    demand, slope, midpoint : (N, C) float64
        As in `Problem`, transposed.
    budget : int
        RBs B >= 1.
    log_scale : (N, C) float64
        log(u k); log k without demand, where it plays no part.
    width : (N, C) float64
        RBs at the tangent point, or B where that lies beyond B.
    log_price : (N, C) float64
        log of the envelope's slope at r = 0: the user takes RBs at lower prices. -inf where
        the budget does the user no good.
    """

    demand: Floats
    slope: Floats
    midpoint: Floats
    budget: int
    log_scale: Floats
    width: Floats
    log_price: Floats

    @classmethod
    def of(cls, problem: Problem) -> "Envelope":
        """Build the envelopes of a problem (C, N)."""
        u, k, s = (
            np.ascontiguousarray(field.T)
            for field in (problem.demand, problem.slope, problem.midpoint)
        )
        width = np.minimum(tangent_point(k * s) / k, problem.budget)
        start, end = sigmoid(-k * s), sigmoid(k * (width - s))
        # On a chord that ends at the tangent point this is k sigma', without the cancellation.
        inside = width < problem.budget
        rise = np.where(inside, k * end * (1 - end), (end - start) / np.maximum(width, 1e-300))
        with np.errstate(divide="ignore"):
            log_scale = np.where(u > 0, np.log(u), 0) + np.log(k)
            return cls(u, k, s, problem.budget, log_scale, width, np.log(u * rise))

    @property
    def reach(self) -> Floats:
        """RBs (N, C) from the inflection to the budget; below 0 where it lies beyond."""
        return self.budget - self.midpoint

    def take(self, order: NDArray[np.intp]) -> "Envelope":
        """Return the envelopes with the users of each window in ``order`` (N, C)."""
        return self._map(lambda field: np.take_along_axis(field, order, axis=0))

    def windows(self, chosen: NDArray[np.bool_]) -> "Envelope":
        """Return the envelopes of the chosen windows (C,)."""
        return self._map(lambda field: field[:, chosen])

    def _map(self, change: Callable[[Floats], Floats]) -> "Envelope":
        names = ("demand", "slope", "midpoint", "log_scale", "width", "log_price")
        fields = {name: change(getattr(self, name)) for name in names}
        return Envelope(budget=self.budget, **fields)

    def delivered(self, grant: NDArray[Any]) -> Floats:
        """Return expected delivered packets (N, C) with ``grant`` (N, C) RBs."""
        return self.demand * sigmoid(self.slope * (grant - self.midpoint))

    def stationary(self, log_price: Floats) -> tuple[Floats, Floats]:
        """Return the RBs (N, C) where a user's marginal gain falls to a price, and how fast.

        On the concave side u k p (1 - p) = lambda gives p = (1 + sqrt(1 - 4 q)) / 2 with
        q = lambda / (u k), and r = s + logit(p) / k; above the price u k / 4 there is no such
        point and the inflection r = s is returned.

        Parameters
        ----------
        log_price : (C,) or (N, C) float64
            log lambda.

        Returns
        -------
        grant : (N, C) float64
            RBs, also below 0 or above B.
        rate : (N, C) float64
            -d grant / d log lambda > 0.
        """
        log_q = np.minimum(log_price - self.log_scale, LOG_QUARTER)
        root = np.sqrt(np.maximum(1 - 4 * np.exp(log_q), 0))
        # logit p = log(p / (1 - p)) = 2 log p - log q; q itself may underflow.
        grant = self.midpoint + (2 * np.log((1 + root) / 2) - log_q) / self.slope
        # At the inflection the rate is infinite; a large one keeps Newton's steps apart from 0.
        rate = 1 / (self.slope * np.maximum(root, 1e-3))
        return grant, rate
