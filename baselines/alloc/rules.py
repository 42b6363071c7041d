"""Rules for tasks that need their resources together: shares x (W, T) of a `Problem`."""

from collections.abc import Callable

import numpy as np

from difsched.typing import Floats

from .problem import TINY, Problem

#: What a greedy rule sorts by, the largest first.
Key = Callable[[Problem], Floats]


def equal(problem: Problem) -> Floats:
    """Give every task v_r / T of each resource, and take back what it cannot use."""
    tasks = problem.requirement.shape[1]
    part = problem.supply[:, None] / (tasks * np.maximum(problem.requirement, TINY))
    share: Floats = np.minimum(part.min(axis=-1), 1.0)
    return share


def proportional(problem: Problem) -> Floats:
    """Give all tasks the same share, the largest that fits."""
    share = np.minimum(1 / np.maximum(problem.load.max(axis=-1), TINY), 1.0)
    return np.repeat(share[:, None], problem.gain.shape[1], axis=1)


def dominant_resource_fairness(problem: Problem, weight: Floats | None = None) -> Floats:
    """Give all tasks the same weighted dominant share, as large as fits, and none beyond its need.

    Ghodsi et al. 2011: x_i = min(1, t w_i / s_i) with the dominant share s_i = max_r D_ir / v_r,
    t the largest that fits. Every task needs some of every resource, so the first that is used up
    ends the filling. Exact: what is spent is linear between the t at which a task has enough.

    Parameters
    ----------
    weight : (W, T) ndarray of float, optional
        w, > 0; 1 if left out. Priorities give the weighted rule.
    """
    enough = problem.dominant_share if weight is None else problem.dominant_share / weight
    order = np.argsort(enough, axis=1)
    level = np.take_along_axis(enough, order, axis=1)
    need = np.take_along_axis(problem.requirement, order[..., None], axis=1)
    start = np.zeros((len(level), 1, need.shape[-1]))
    # What those who have enough spend, and the rate at which the others' spending grows with t.
    full = np.concatenate([start, np.cumsum(need, axis=1)], axis=1)
    rates = need / np.maximum(level, TINY)[..., None]
    rate = np.concatenate([np.cumsum(rates[:, ::-1], axis=1)[:, ::-1], start], axis=1)
    fits = (full[:, 1:] + level[..., None] * rate[:, 1:] <= problem.supply[:, None]).all(axis=-1)
    done = np.cumprod(fits, axis=1).sum(axis=1)
    window = np.arange(len(level))
    left = problem.supply - full[window, done]
    limit = (left / np.maximum(rate[window, done], TINY)).min(axis=-1)
    share: Floats = np.minimum(limit[:, None] / np.maximum(enough, TINY), 1.0)
    return share


def greedy(problem: Problem, key: Key) -> Floats:
    """Serve one task after the other, each as far as the resources that are left allow."""
    windows, left = np.arange(len(problem.gain)), problem.supply
    share = np.zeros_like(problem.gain)
    for task in np.argsort(-key(problem), axis=1, kind="stable").T:
        need = problem.requirement[windows, task]
        served = np.minimum((left / np.maximum(need, TINY)).min(axis=-1), 1.0)
        share[windows, task] = served
        left = np.maximum(left - served[:, None] * need, 0.0)
    return share


def greedy_whole(problem: Problem, key: Key) -> Floats:
    """Serve one task after the other whole, as 0 and 1; one that does not fit is skipped."""
    windows, left = np.arange(len(problem.gain)), problem.supply
    share = np.zeros_like(problem.gain)
    for task in np.argsort(-key(problem), axis=1, kind="stable").T:
        need = problem.requirement[windows, task]
        fits = (need <= left).all(axis=1)
        share[windows, task] = fits
        left = left - np.where(fits[:, None], need, 0.0)
    return share


def by_size(problem: Problem) -> Floats:
    """Smallest demand first."""
    return -problem.size


def by_density(problem: Problem) -> Floats:
    """Largest priority per unit of demand first."""
    density: Floats = problem.gain / np.maximum(problem.size, TINY)
    return density


def by_dominant_share(problem: Problem) -> Floats:
    """Largest worth per dominant share first."""
    density: Floats = problem.worth / np.maximum(problem.dominant_share, TINY)
    return density


def by_load(problem: Problem) -> Floats:
    """Largest worth per share of the supplies first, each weighted by how scarce it is.

    The weight of resource r is its load sum_i D_ir / v_r: in the whole, worth over
    sum_r D_ir load_r / v_r^2 with load_r in units of the resource.
    """
    spent = (problem.requirement * (problem.load / problem.supply)[:, None]).sum(axis=-1)
    density: Floats = problem.worth / np.maximum(spent, TINY)
    return density


#: The greedy rules' keys by name.
KEYS: dict[str, Key] = {
    "smallest_first": by_size,
    "density_first": by_density,
    "dominant_first": by_dominant_share,
    "load_first": by_load,
}
