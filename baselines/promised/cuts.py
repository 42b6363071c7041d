"""Cutting planes of a dual function: what allocations tried so far say of all multipliers."""

import numpy as np
from scipy.optimize import linprog

from difsched.typing import Floats

#: Largest multiplier: a point of a floor is never worth more of J than that many points.
LARGEST = 10.0


class Cuts:
    """Allocations by what they deliver: J and the users' shares g of each.

    Parameters
    ----------
    due : (N,) ndarray of float
        Floors.
    """

    def __init__(self, due: Floats) -> None:
        self.due = due
        self._gains: list[float] = []
        self._shares: list[Floats] = []

    def add(self, gain: float, shares: Floats) -> None:
        """Add an allocation that delivers ``gain``, and to each user ``shares`` (N,)."""
        self._gains.append(gain)
        self._shares.append(shares)

    def optimum(self) -> tuple[float, Floats, float]:
        """Return the best mixture: its J, its weights (K,), and by how much it misses floors."""
        value, _, weights = self._solve(np.zeros_like(self.due), LARGEST)
        missing = np.maximum(self.due - weights @ np.array(self._shares), 0.0)
        return value + LARGEST * float(missing.sum()), weights, float(missing.max())

    def next(self, centre: Floats, radius: float) -> Floats:
        """Return the multipliers (N,) of the least model within a radius of a centre (N,)."""
        return self._solve(centre, radius)[1]

    def scaled(self) -> tuple[float, Floats]:
        """Return the largest s of a mixture with g >= s f, and its multipliers (N,), mu . f = 1."""
        shares = np.array(self._shares)
        users = len(self.due)
        rows = np.concatenate([shares, -np.ones((len(shares), 1))], axis=1)
        found = _checked(
            np.append(np.zeros(users), 1.0),
            rows,
            np.zeros(len(shares)),
            [(0.0, None)] * users + [(None, None)],
            A_eq=np.append(self.due, 0.0)[None],
            b_eq=np.ones(1),
        )
        return float(found.fun), found.x[:-1]

    def _solve(self, centre: Floats, radius: float) -> tuple[float, Floats, Floats]:
        """Return value, multipliers, and the weights of cuts of the model's least point nearby."""
        users = len(self.due)
        slopes = np.array(self._shares) - self.due
        rows = np.concatenate([slopes, -np.ones((len(slopes), 1))], axis=1)
        limits = [(max(0.0, mu - radius), min(mu + radius, LARGEST)) for mu in centre]
        found = _checked(
            np.append(np.zeros(users), 1.0), rows, -np.array(self._gains), [*limits, (None, None)]
        )
        weights = np.maximum(-found.ineqlin.marginals, 0.0)
        return float(found.fun), found.x[:-1], weights / weights.sum()


def _checked(cost, matrix, right, limits, **equal):  # type: ignore[no-untyped-def]
    found = linprog(cost, A_ub=matrix, b_ub=right, bounds=limits, method="highs", **equal)
    if found.x is None:
        raise RuntimeError(f"HiGHS found no multipliers: {found.message}")
    return found
