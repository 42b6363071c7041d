"""The methods behind `maximize_sigmoids`: from a checked problem to a solution."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.sigmoids.dual import Dual, minimise_dual
from difsched.baselines.slice.sigmoids.envelope import Envelope
from difsched.baselines.slice.sigmoids.knapsack import solve_knapsack
from difsched.baselines.slice.sigmoids.problem import Problem, Solution, delivered
from difsched.baselines.slice.sigmoids.pruning import grant_ranges
from difsched.baselines.slice.sigmoids.rounding import repair
from difsched.typing import Ints

# User-windows in a chunk of the dual: its arrays then stay in the second-level cache.
CHUNK_SIZE = 8192
# Clarabel stops within 1e-8 of the optimal value, which leaves its point less certain.
PART_TOLERANCE = 1e-4
# Relative; sums of probabilities are exact to far less.
VALUE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class _Chunk:
    """Some windows with their envelopes, users sorted by ``order`` (N, C), and dual solution."""

    windows: slice
    order: NDArray[np.intp]
    envelope: Envelope
    dual: Dual
    grant: Ints


def _sorted_envelope(problem: Problem) -> tuple[Envelope, NDArray[np.intp]]:
    """Return the envelopes (N, C) in the order in which users start, and that order."""
    envelope = Envelope.of(problem)
    keys = (envelope.demand, envelope.midpoint, envelope.slope, -envelope.log_price)
    order = np.lexsort(keys, axis=0)
    return envelope.take(order), order


def _restore(rbs: Ints, order: NDArray[np.intp]) -> Ints:
    """Return ``rbs`` (N, C) as (C, N) in the users' own order."""
    result = np.empty_like(rbs)
    np.put_along_axis(result, order, rbs, axis=0)
    return result.T


def _relax(problem: Problem) -> Iterator[_Chunk]:
    """Yield the repaired dual solution, chunk by chunk."""
    windows, users = problem.shape
    size = max(1, CHUNK_SIZE // users)
    for start in range(0, windows, size):
        chunk = slice(start, min(start + size, windows))
        envelope, order = _sorted_envelope(problem.take(chunk))
        dual = minimise_dual(envelope)
        yield _Chunk(chunk, order, envelope, dual, repair(envelope, dual))


def solve_by_cvxpy(problem: Problem) -> Solution:
    """Return repaired allocations with the value of the relaxation in CVXPY as the bound."""
    # Importing CVXPY takes longer than most solutions; only who asks for it waits.
    from difsched.baselines.slice.sigmoids.convex import solve_relaxation

    bound, price, point = solve_relaxation(problem)
    envelope, order = _sorted_envelope(problem)
    # Users with chords of one slope may share them in any way, so parts of chords are summed up.
    point = np.take_along_axis(point.T, order, axis=0)
    least = max(PART_TOLERANCE * problem.budget, 1e-300)
    part = np.minimum(point / np.maximum(envelope.width, least), 1)
    part = np.where(envelope.log_price > -np.inf, part, 0)
    served = np.floor(part.sum(axis=0) + PART_TOLERANCE).astype(np.int64)
    with np.errstate(divide="ignore"):
        log_price = np.log(price)
    grant = repair(envelope, Dual(served, log_price, bound))
    allocation = _restore(grant, order)
    value = delivered(problem, allocation)
    return Solution(allocation, value, np.maximum(bound, value))


def solve_by_dual(problem: Problem) -> Solution:
    """Return repaired allocations with the dual's upper bound."""
    allocation = np.empty(problem.shape, dtype=np.int64)
    bound = np.empty(problem.shape[0])
    for chunk in _relax(problem):
        allocation[chunk.windows] = _restore(chunk.grant, chunk.order)
        bound[chunk.windows] = chunk.dual.upper_bound
    value = delivered(problem, allocation)
    return Solution(allocation, value, np.maximum(bound, value))


def solve_exactly(problem: Problem) -> Solution:
    """Return optimal allocations: the knapsack on the ranges that the dual leaves open.

    Raises
    ------
    RuntimeError
        If the optimum fell short of the dual's feasible point, which cannot be.
    """
    lower, upper = np.empty((2, *problem.shape), dtype=np.int64)
    known = np.empty(problem.shape[0])
    for chunk in _relax(problem):
        ranges = grant_ranges(chunk.envelope, chunk.dual, chunk.grant)
        for ends, found in zip((lower, upper), ranges, strict=True):
            ends[chunk.windows] = _restore(found, chunk.order)
        known[chunk.windows] = chunk.envelope.delivered(chunk.grant).sum(axis=0)
    allocation = solve_knapsack(problem, lower, upper)
    value = delivered(problem, allocation)
    if (value < known - VALUE_TOLERANCE * (1 + known)).any():
        raise RuntimeError("the exact solution is worse than the approximate one: ranges are wrong")
    return Solution(allocation, value, value.copy())
