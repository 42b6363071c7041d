"""Rules of the ``faithful`` mode: grants a (W, T, R) of a `PooledProblem`."""

import numpy as np

from difsched.typing import Floats

from .problem import PooledProblem


def equal(problem: PooledProblem) -> Floats:
    """Give every task v_r / T of each resource."""
    tasks = problem.demand.shape[1]
    return np.repeat(problem.supply[:, None] / tasks, tasks, axis=1)


def proportional(problem: PooledProblem) -> Floats:
    """Split every resource in proportion to the demands; more than a demand may be granted."""
    part = problem.demand / problem.demand.sum(axis=1, keepdims=True)
    grant: Floats = part[..., None] * problem.supply[:, None]
    return grant


def capped(grant: Floats, demand: Floats) -> Floats:
    """Return grants none of which is more than the demand: rows are scaled down to it."""
    total = np.maximum(grant.sum(axis=-1), 1e-300)
    return grant * np.minimum(demand / total, 1.0)[..., None]


def merit_order(served: Floats, rank: Floats, amount: Floats, price: Floats) -> Floats:
    """Return grants (W, T, R): the tasks in their order take from the resources in theirs.

    Both are laid end to end on a line, tasks by their rank and resources by their price; a task
    takes of a resource what they have in common. What is beyond the shorter line is not granted.

    Parameters
    ----------
    served, rank : (W, T) ndarray of float
        What each task takes, >= 0, and its place: the smallest first.
    amount, price : (W, R) ndarray of float
        What each resource has, >= 0, and its price: the cheapest first.
    """
    task_end, resource_end = _ends(served, rank), _ends(amount, price)
    end = np.minimum(task_end[..., None], resource_end[:, None])
    start = np.maximum((task_end - served)[..., None], (resource_end - amount)[:, None])
    return np.maximum(end - start, 0.0)


def _ends(length: Floats, rank: Floats) -> Floats:
    """Return where each piece ends (W, n) when they are laid end to end by rank."""
    order = np.argsort(rank, axis=1, kind="stable")
    ends = np.empty_like(length)
    sums = np.cumsum(np.take_along_axis(length, order, axis=1), axis=1)
    np.put_along_axis(ends, order, sums, axis=1)
    return ends


def first(problem: PooledProblem, rank: Floats) -> Floats:
    """Fill the tasks up to their demands, the smallest rank first, cheapest resource first."""
    return merit_order(problem.demand, rank, problem.supply, problem.cost)


def smallest_first(problem: PooledProblem) -> Floats:
    """Fill the smallest demand first."""
    return first(problem, problem.demand)


def priority_first(problem: PooledProblem) -> Floats:
    """Fill the highest priority first."""
    return first(problem, -problem.priority)


def density_first(problem: PooledProblem) -> Floats:
    """Fill the highest priority per unit of demand first."""
    return first(problem, -problem.priority / problem.demand)
