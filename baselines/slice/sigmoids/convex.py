"""The relaxation as a CVXPY problem: the form a reader checks, and the reference for `dual`.

CVXPY has no atom for the concave side of a sigmoid, so the envelope is the least of its tangents,
which overestimates it a little: a linear programme. It is a disciplined parametrised one: compiled
once per size, then solved for one window after the other.
"""

from functools import lru_cache
from typing import Any

import cvxpy as cp
import numpy as np

from difsched.baselines.slice.sigmoids.envelope import tangent_point
from difsched.baselines.slice.sigmoids.problem import (
    SATURATION,
    Problem,
    delivered,
    sigmoid,
)
from difsched.typing import Floats

TANGENTS = 40
# Clarabel stops within 1e-8 of the optimum, relative; the bound gives it ten times that.
SOLVER_TOLERANCE = 1e-7


def tangent_lines(problem: Problem, tangents: int = TANGENTS) -> tuple[Floats, Floats]:
    """Return lines whose least is close above the envelope of each user's success probability.

    The first is the chord up to the tangent point, the last is level at the probability of the
    whole budget or 1. Between them the tangents lie evenly in exp(-x / 2), x = k (r - s): the
    curvature falls like exp(-x), so that they err alike everywhere, by less than
    1 / (2 (tangents - 1)^2).

    Parameters
    ----------
    problem : Problem
        W windows of N users.
    tangents : int
        Lines a user, >= 2.

    Returns
    -------
    slopes, offsets : (W, N, tangents) float64
        Probability a RB, and probability at r = 0.
    """
    k, s = problem.slope, problem.midpoint
    a = k * s
    end = np.minimum(k * problem.budget, SATURATION + np.maximum(a, 0))
    start = np.minimum(tangent_point(a), end)
    # Far out all is level, and the lines are too; below x = 0 there is none but the chord.
    near, far = (np.exp(-np.clip(v - a, 0, 1000) / 2) for v in (start, end))
    share = np.linspace(0, 1, tangents)
    x = -2 * np.log(near[..., None] * (1 - share) + far[..., None] * share)
    p = sigmoid(x)
    slopes = k[..., None] * p * (1 - p)
    offsets = p - (x + a[..., None]) * p * (1 - p)
    # Where the budget ends before the tangent point, the chord to the budget is all there is.
    whole = tangent_point(a) >= end
    chord = np.where(end > 0, (sigmoid(end - a) - sigmoid(-a)) / np.maximum(end, 1e-300), 0) * k
    slopes = np.where(whole[..., None], chord[..., None], slopes)
    offsets = np.where(whole[..., None], sigmoid(-a)[..., None], offsets)
    return slopes, offsets


class EnvelopeProgram:
    """Maximise sum_i w_i t_i with t_i below the user's lines, sum_i r_i <= B, 0 <= r <= B.

    Parameters
    ----------
    users : int
        Number of users N.
    tangents : int
        Lines a user.
    """

    def __init__(self, users: int, tangents: int) -> None:
        self.weight = cp.Parameter(users, nonneg=True)
        self.slopes = cp.Parameter((users, tangents), nonneg=True)
        self.offsets = cp.Parameter((users, tangents))
        self.budget = cp.Parameter(nonneg=True)
        self.grant = cp.Variable(users, nonneg=True)
        probability = cp.Variable(users)
        below = cp.reshape(probability, (users, 1), order="C") @ np.ones((1, tangents))
        columns = cp.reshape(self.grant, (users, 1), order="C") @ np.ones((1, tangents))
        self.row = cp.sum(self.grant) <= self.budget
        self.problem = cp.Problem(
            cp.Maximize(self.weight @ probability),
            [below <= cp.multiply(self.slopes, columns) + self.offsets, self.row],
        )

    def solve(
        self, demand: Floats, slopes: Floats, offsets: Floats, budget: int
    ) -> tuple[float, float, Floats]:
        """Return the value in packets, the price of a RB, and the RBs (N,) of one window (N,).

        Raises
        ------
        RuntimeError
            If the solver does not report an optimum.
        """
        scale = max(float(demand.max()), 1e-300)
        self.weight.value, self.budget.value = demand / scale, budget
        self.slopes.value, self.offsets.value = slopes, offsets
        value = solve_checked(self.problem)
        return value * scale, float(self.row.dual_value) * scale, np.asarray(self.grant.value)


def solve_checked(problem: Any) -> float:
    """Solve with Clarabel and return the value, if and only if the status is optimal.

    Raises
    ------
    RuntimeError
        Otherwise, with the status.
    """
    try:
        problem.solve(solver=cp.CLARABEL)
    except cp.error.SolverError as error:
        raise RuntimeError(f"Clarabel failed: {error}") from error
    if problem.status != cp.OPTIMAL:
        raise RuntimeError(f"Clarabel ended as {problem.status}, not {cp.OPTIMAL}")
    return float(problem.value)


@lru_cache(maxsize=8)
def envelope_program(users: int, tangents: int) -> EnvelopeProgram:
    """Return the compiled programme of this size."""
    return EnvelopeProgram(users, tangents)


def solve_relaxation(problem: Problem, tangents: int = TANGENTS) -> tuple[Floats, Floats, Floats]:
    """Solve the relaxation for each window.

    Returns
    -------
    value : (W,) float64
        Packets: an upper bound on what the budget can deliver.
    price : (W,) float64
        Packets that one RB more would deliver, >= 0.
    grant : (W, N) float64
        RBs, not whole.

    Raises
    ------
    RuntimeError
        If the solver does not report an optimum for some window.
    """
    windows, users = problem.shape
    grant, price = np.zeros(problem.shape), np.zeros(windows)
    value = delivered(problem, grant)
    if problem.budget == 0:
        return value, price, grant
    program = envelope_program(users, tangents)
    slopes, offsets = tangent_lines(problem, tangents)
    for w in np.flatnonzero(problem.demand.any(axis=1)):
        value[w], price[w], grant[w] = program.solve(
            problem.demand[w], slopes[w], offsets[w], problem.budget
        )
    return value * (1 + SOLVER_TOLERANCE), np.maximum(price, 0), np.maximum(grant, 0)
