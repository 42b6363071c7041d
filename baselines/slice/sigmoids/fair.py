"""The fair allocation: the largest product of success probabilities, by CVXPY.

The logarithm of a sigmoid is concave as it is, so this needs no envelope: an exact
exponential-cone problem. Proportional fairness in this sense is due to Kelly (1997).
"""

from functools import lru_cache

import cvxpy as cp
import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.sigmoids.convex import solve_checked
from difsched.baselines.slice.sigmoids.problem import Floats, Ints, Problem


class FairProgram:
    """Maximise sum_i w_i log sigma(k_i r_i - k_i s_i) with sum_i r_i <= B, 0 <= r.

    Parameters
    ----------
    users : int
        Number of users N.
    """

    def __init__(self, users: int) -> None:
        self.weight = cp.Parameter(users, nonneg=True)
        self.slope = cp.Parameter(users, nonneg=True)
        self.shift = cp.Parameter(users)
        self.budget = cp.Parameter(nonneg=True)
        self.grant = cp.Variable(users, nonneg=True)
        # log sigma(x) = -log(1 + exp(-x)), and cp.logistic is log(1 + exp).
        # The variable between keeps parameters from multiplying parameters.
        loss = cp.Variable(users)
        exact = cp.logistic(self.shift - cp.multiply(self.slope, self.grant))
        self.problem = cp.Problem(
            cp.Minimize(self.weight @ loss), [exact <= loss, cp.sum(self.grant) <= self.budget]
        )

    def solve(self, weight: Floats, slope: Floats, midpoint: Floats, budget: int) -> Floats:
        """Return the RBs (N,) of one window; raises RuntimeError without an optimum."""
        self.weight.value, self.slope.value = weight, slope
        self.shift.value, self.budget.value = slope * midpoint, budget
        solve_checked(self.problem)
        return np.maximum(np.asarray(self.grant.value, dtype=np.float64), 0)


@lru_cache(maxsize=8)
def fair_program(users: int) -> FairProgram:
    """Return the compiled programme of this size."""
    return FairProgram(users)


def fair_shares(problem: Problem) -> Floats:
    """Return the RBs (W, N), not whole, that maximise sum_i log p_i over users with demand.

    Raises
    ------
    RuntimeError
        If the solver does not report an optimum for some window.
    """
    shares = np.zeros(problem.shape)
    active = problem.demand > 0
    if problem.budget == 0:
        return shares
    program = fair_program(problem.shape[1])
    for w in np.flatnonzero(active.any(axis=1)):
        weight = active[w].astype(np.float64)
        grant = program.solve(weight, problem.slope[w], problem.midpoint[w], problem.budget)
        shares[w] = np.where(active[w], grant, 0)
    return shares


def fair_whole(problem: Problem) -> Ints:
    """Return the whole RBs (W, N), each row summing to the budget, that maximise the same sum.

    The sum is separable and concave, so an allocation is optimal once no move of a single RB
    improves it. A window without demand is split equally.
    """
    active = problem.demand > 0
    active |= ~active.any(axis=1, keepdims=True)
    shares = fair_shares(problem)
    shares *= np.minimum(1, problem.budget / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300))
    grant = np.floor(shares).astype(np.int64)
    users = active.sum(axis=1, keepdims=True)
    missing = problem.budget - grant.sum(axis=1, keepdims=True)
    grant += active * (missing // users)
    gain = _next_gain(problem, grant, active)
    order = np.argsort(-gain, axis=1, kind="stable")
    first = np.arange(problem.shape[1]) < missing % users
    added = np.empty_like(grant)
    np.put_along_axis(added, order, first.astype(np.int64), axis=1)
    return _exchange(problem, grant + added, active)


def _next_gain(problem: Problem, grant: Ints, active: NDArray[np.bool_]) -> Floats:
    """Return the gain (W, N) in log p of one more RB, -inf for users that take no part."""
    now, after = (
        -np.logaddexp(0, -problem.slope * (rbs - problem.midpoint)) for rbs in (grant, grant + 1)
    )
    return np.where(active, after - now, -np.inf)


def _exchange(problem: Problem, grant: Ints, active: NDArray[np.bool_]) -> Ints:
    """Move single RBs while that pays; starting near the optimum, a few moves suffice."""
    rows = np.arange(len(grant))
    while True:
        gain = _next_gain(problem, grant, active)
        cost = np.where(grant > 0, _next_gain(problem, grant - 1, active), np.inf)
        cost = np.where(active, cost, np.inf)
        taker, giver = gain.argmax(axis=1), cost.argmin(axis=1)
        pays = gain[rows, taker] > cost[rows, giver] + 1e-12
        if not pays.any():
            return grant
        grant = grant.copy()
        grant[rows, taker] += pays
        grant[rows, giver] -= pays
