"""The problem's data and its solution, checked at the door."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.errors import InputError
from difsched.typing import Floats, Ints

# 1 / (1 + exp(-x)) rounds to 1 in double precision from here on.
SATURATION = 37.0
# Demand beyond this cannot come from traffic, and its sums would lose whole packets.
MAX_DEMAND = 1e12


@dataclass(frozen=True)
class Solution:
    """Allocations of W windows with what they deliver and what could be delivered at most.

    Attributes
    ----------
    allocation : (W, N) int64
        RBs a user, >= 0; each row sums to the budget.
    value : (W,) float64
        Expected delivered packets of the allocation.
    upper_bound : (W,) float64
        Certified: no allocation delivers more. Equal to ``value`` where the method is exact.
    """

    allocation: Ints
    value: Floats
    upper_bound: Floats


@dataclass(frozen=True)
class Problem:
    """W windows of N users: maximise sum_i u_i sigma(k_i (r_i - s_i)) with sum_i r_i <= B.

    Attributes
    ----------
    demand : (W, N) float64
        Packets u >= 0.
    slope, midpoint : (W, N) float64
        Slope k > 0 (1/RB) and midpoint s (RB) of each user's success probability.
    budget : int
        RBs B >= 0.
    """

    demand: Floats
    slope: Floats
    midpoint: Floats
    budget: int

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of windows and of users, (W, N)."""
        windows, users = self.demand.shape
        return windows, users

    def take(self, windows: slice | NDArray[Any]) -> "Problem":
        """Return the problem of some of the windows."""
        return Problem(
            self.demand[windows], self.slope[windows], self.midpoint[windows], self.budget
        )

    def reorder(self, order: NDArray[np.intp]) -> "Problem":
        """Return the problem with the users of each window in ``order`` (W, N)."""
        demand, slope, midpoint = (
            np.take_along_axis(field, order, axis=1)
            for field in (self.demand, self.slope, self.midpoint)
        )
        return Problem(demand, slope, midpoint, self.budget)


def sigmoid(x: ArrayLike) -> Floats:
    """Return 1 / (1 + exp(-x)), elementwise; 0 and 1 far out, without warnings."""
    with np.errstate(over="ignore", under="ignore"):
        result: Floats = 1.0 / (1.0 + np.exp(-np.asarray(x, dtype=np.float64)))
    return result


def delivered(problem: Problem, allocation: NDArray[Any]) -> Floats:
    """Return expected delivered packets (W,) of an allocation (W, N) of RBs, whole or not."""
    probability = sigmoid(problem.slope * (allocation - problem.midpoint))
    total: Floats = (problem.demand * probability).sum(axis=1)
    return total


def check_problem(demand: ArrayLike, slope: ArrayLike, midpoint: ArrayLike, budget: int) -> Problem:
    """Return the arguments as a valid problem.

    ``slope`` and ``midpoint`` may be single numbers, then they hold for all users.

    Raises
    ------
    InputError
        If an argument is not numbers, not finite, of another shape than ``demand`` (W, N), or out
        of range; the message names it.
    """
    u = _matrix("demand", demand)
    if u.ndim != 2 or u.shape[1] == 0:
        raise InputError(f"demand has shape {u.shape}: must be (windows, users), 1 user or more")
    k, s = (
        np.broadcast_to(field, u.shape) if field.ndim == 0 else field
        for field in (_matrix("slope", slope), _matrix("midpoint", midpoint))
    )
    for name, field in (("slope", k), ("midpoint", s)):
        if field.shape != u.shape:
            raise InputError(f"{name} has shape {field.shape}: must be demand's, {u.shape}")
    _check_range("demand", u, (u >= 0) & (u <= MAX_DEMAND), f"in 0..{MAX_DEMAND:g} packets")
    _check_range("slope", k, k > 0, "> 0")
    return Problem(u, k, s, _check_budget(budget))


def _matrix(name: str, values: ArrayLike) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} = {type(values).__name__}: must be an array of numbers") from None
    _check_range(name, array, np.isfinite(array), "finite")
    return array


def _check_range(name: str, values: Floats, allowed: NDArray[np.bool_], words: str) -> None:
    if not allowed.all():
        bad = values[~allowed].flat[0]
        raise InputError(f"{name} holds {bad}: every entry must be {words}")


def _check_budget(budget: Any) -> int:
    words = "must be a whole number of RBs >= 0"
    if isinstance(budget, bool | np.bool_) or not isinstance(budget, int | float | np.number):
        raise InputError(f"budget = {budget!r}: {words}")
    if not np.isfinite(budget) or budget < 0 or budget != int(budget):
        raise InputError(f"budget = {budget}: {words}")
    return int(budget)
