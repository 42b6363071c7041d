"""Optima of the modes whose tasks need their resources together, with certificates."""

from functools import cache

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from difsched.env.alloc.columns import read
from difsched.env.alloc.config import AllocConfig
from difsched.env.alloc.draws import QUANTILES, factor_quantiles
from difsched.errors import InputError
from difsched.typing import Floats

from .problem import Problem, Solution
from .programme import maximise_shares

#: Tasks up to which all subsets are tried, and how many subsets of all windows at once.
MOST_ENUMERATED, SUBSETS = 12, 1 << 18


def linear(observation: Floats, config: AllocConfig) -> Solution:
    """Return the best shares, by linear programming: what is shown is taken for the truth.

    max (1/T) sum_i (gain_i - charge_i) x_i with D'x <= v, 0 <= x <= 1. With ``forecast`` this is
    the plug-in optimum; with ``backlog`` it looks at the window alone, the whole queue of a task
    being its demand.
    """
    problem = Problem.of(observation, config)
    gain, whole = problem.worth / config.tasks, np.ones_like(problem.gain)
    return Solution(*maximise_shares(gain, problem.requirement, problem.supply, whole))


def stochastic(observation: Floats, config: AllocConfig, points: int = 16) -> Solution:
    """Return the grants of forecasts that are best on average over the forecasts' errors.

    A grant y of the forecast serves min(1, y / f) if the truth is f times the forecast. With f at
    ``points`` equally likely quantiles, its mean is concave and piecewise linear in y, with a
    kink at every quantile: a two-stage stochastic programme (Dantzig 1955) that is a linear one
    in the pieces of y between the kinks. The value is the mean over the quantiles.

    Parameters
    ----------
    observation : (W, T, F) ndarray of float
        Of the ``forecast`` mode.
    points : int
        1..16; the largest of 16 quantiles is the most that may be granted.

    Raises
    ------
    InputError
        If there are more or fewer points.
    """
    if not 1 <= points <= QUANTILES:
        raise InputError(f"points = {points!r}: must be a whole number in 1..{QUANTILES}")
    problem = Problem.of(observation, config)
    windows, tasks = problem.gain.shape
    kinks = factor_quantiles(config.sigma, points)
    width = np.diff(kinks, prepend=0.0)
    # Each unit of a piece serves 1 / f of a task wherever f is the piece's upper end or more.
    slope = np.cumsum((1 / kinks)[::-1])[::-1] / points
    gain = problem.gain[..., None] * slope - problem.charge[..., None]
    usage = np.repeat(problem.requirement, points, axis=1)
    upper = np.broadcast_to(np.tile(width, tasks), (windows, tasks * points))
    pieces, value, bound = maximise_shares(
        gain.reshape(windows, -1) / tasks, usage, problem.supply, upper
    )
    grant = pieces.reshape(windows, tasks, points).sum(axis=-1)
    return Solution(grant, value, bound)


def subsets(observation: Floats, config: AllocConfig) -> Solution:
    """Return the best set of whole tasks: all are tried, or a mixed-integer programme beyond 12.

    Returns
    -------
    Solution
        Shares of 0 and 1; value and bound are equal where all sets were tried.
    """
    problem = Problem.of(observation, config)
    tasks = problem.gain.shape[1]
    search = _enumerate if tasks <= MOST_ENUMERATED else _branch
    many = max(1, SUBSETS >> min(tasks, MOST_ENUMERATED))
    parts = []
    for start in range(0, len(problem.gain), many):
        part = slice(start, start + many)
        parts.append(
            search(problem.requirement[part], problem.supply[part], problem.worth[part] / tasks)
        )
    return Solution(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@cache
def _members(tasks: int) -> Floats:
    """Return all sets of tasks as rows of 0 and 1, (2^T, T)."""
    numbers = np.arange(1 << tasks)[:, None]
    members: Floats = (numbers >> np.arange(tasks) & 1).astype(np.float64)
    members.flags.writeable = False
    return members


def _enumerate(need: Floats, supply: Floats, worth: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the best sets (W, T) and their values (W,) twice."""
    members = _members(need.shape[1])
    fits = np.ones((len(need), len(members)), dtype=bool)
    for resource in range(need.shape[2]):
        fits &= need[:, :, resource] @ members.T <= supply[:, resource, None]
    values = np.where(fits, worth @ members.T, -np.inf)
    best = values.argmax(axis=1)
    value = values[np.arange(len(best)), best]
    return members[best], value, value


def _branch(need: Floats, supply: Floats, worth: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the best sets (W, T), their values and the bounds of branch and bound (W,)."""
    share, bound = np.empty_like(worth), np.empty(len(worth))
    for window in range(len(worth)):
        found = milp(
            -worth[window],
            integrality=np.ones(worth.shape[1]),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(need[window].T, -np.inf, supply[window]),
            options={"mip_rel_gap": 0},
        )
        if not found.success:
            raise RuntimeError(f"HiGHS found no optimum: {found.message}")
        share[window], bound[window] = np.round(found.x), -found.mip_dual_bound
    return share, (worth * share).sum(axis=1), bound


def rounded_down(observation: Floats, config: AllocConfig) -> Floats:
    """Return the tasks (W, T) that the best shares serve whole, as 0 and 1."""
    share: Floats = (linear(observation, config).action >= 1 - 1e-9).astype(np.float64)
    return share


def aged(observation: Floats, config: AllocConfig, discount: float = 0.7) -> Floats:
    """Return the shares of queues (W, T) that a programme serves which prefers work near its end.

    A unit of work counts its worth times ``discount`` to the power of the windows it can still
    wait, so what would be lost comes first. (The weight .7 is the best of those measured.)

    Parameters
    ----------
    observation : (W, T, F) ndarray of float
        Of the ``backlog`` mode.
    discount : float
        In (0, 1]; with 1 work counts the same at every age.
    """
    problem = Problem.of(observation, config)
    queue = np.asarray(read(observation, "work", config))
    share = np.asarray(read(observation, "share", config))
    windows, _, ages = queue.shape
    whole = queue.sum(axis=-1)
    unit = problem.worth / np.where(whole > 0, whole, 1.0)
    weight = discount ** np.arange(ages - 1, -1, -1)
    gain = (unit[..., None] * weight).reshape(windows, -1)
    usage = np.repeat(share, ages, axis=1)
    upper = queue.reshape(windows, -1)
    served = maximise_shares(gain, usage, problem.supply, upper)[0]
    return served_share(served.reshape(queue.shape).sum(axis=-1), whole)


def served_share(served: Floats, whole: Floats) -> Floats:
    """Return what is served of each queue, (..., T) in [0, 1]; 0 of an empty one."""
    share: Floats = np.divide(served, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.clip(share, 0.0, 1.0)
