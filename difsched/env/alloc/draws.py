"""The random numbers of a window: supplies, costs, priorities, demands and their shares."""

from math import exp

import numpy as np
from scipy.special import ndtri

from difsched.typing import Floats

from .config import AllocConfig, Range

Generator = np.random.Generator

#: Chance that a task's work stays on, or off, from one window to the next.
STAY = 0.8
#: Work of a window while it is on, in units of its scale.
WORK = (0.6, 1.6)
#: Points by which the distribution of a forecast's factor is represented.
QUANTILES = 16


def uniform(rng: Generator, span: Range, *shape: int) -> Floats:
    """Return uniform draws (shape) from a range."""
    low, high = span
    return low + (high - low) * rng.random(shape)


def dirichlet(rng: Generator, *shape: int) -> Floats:
    """Return points of the simplex, uniform on it: Dirichlet(1, .., 1) along the last axis."""
    draws = rng.standard_exponential(shape)
    shares: Floats = draws / draws.sum(axis=-1, keepdims=True)
    return shares


def requirements(config: AllocConfig, rng: Generator, copies: int) -> Floats:
    """Return D (W, T, R): a uniform demand, split among the resources by a Dirichlet draw."""
    demand = uniform(rng, config.demand, copies, config.tasks)
    return demand[..., None] * dirichlet(rng, copies, config.tasks, config.resources)


def factors(config: AllocConfig, rng: Generator, copies: int) -> Floats:
    """Return true over forecast demand (W, T): lognormal of mean 1."""
    normal = rng.standard_normal((copies, config.tasks))
    drawn: Floats = np.exp(config.sigma * normal - config.sigma**2 / 2)
    return drawn


def factor_quantiles(sigma: float, points: int = QUANTILES) -> Floats:
    """Return the factor's quantiles (points,) at (q - 1/2) / points, ascending."""
    normal = ndtri((np.arange(points) + 0.5) / points)
    quantiles: Floats = np.exp(sigma * normal - sigma**2 / 2)
    return quantiles


def largest_grant(sigma: float) -> float:
    """Return the most of a forecast that is worth granting: the largest quantile, at least 1."""
    return max(1.0, exp(sigma * float(ndtri(1 - 0.5 / QUANTILES)) - sigma**2 / 2))


def work_scale(config: AllocConfig, supply: Floats) -> Floats:
    """Return the scale (W,) of a task's work at which mean work over supply is the load.

    Work is on half of the time, and 1.1 scales a window while it is.
    """
    mean = sum(WORK) / 4
    scale: Floats = config.load * supply.sum(axis=-1) / (mean * config.tasks)
    return scale


def arrivals(config: AllocConfig, rng: Generator, supply: Floats) -> Floats:
    """Return new work (W, L + 1, T) of an episode, and of the window that would follow it."""
    shape = (len(supply), config.episode + 1, config.tasks)
    flips = rng.random(shape) >= STAY
    flips[:, 0] = rng.random((len(supply), config.tasks)) < 0.5
    on = np.logical_xor.accumulate(flips, axis=1)
    return on * uniform(rng, WORK, *shape) * work_scale(config, supply)[:, None, None]
