"""The optimum of the ``faithful`` mode as the price at which a market clears.

A unit of any resource is worth m_i = p_i / (T d_i) to task i, up to d_i units: the demand curve.
Resource r is offered at the price w c_r up to v_r, and beyond that, against the fine rho e^2 of an
excess e, at w c_r + 2 rho e: the supply curve. The reward is the area between the two, largest
where they meet (Samuelson, "Spatial price equilibrium and linear programming", AER 42, 1952).
The curves are straight between the m_i and the w c_r, so the price is found exactly.
"""

import numpy as np

from difsched.env.alloc.config import AllocConfig
from difsched.env.alloc.service import combine, soft_outcomes
from difsched.typing import Floats

from .pooled import merit_order
from .problem import PooledProblem, Solution

#: Windows whose curves are evaluated at once, to bound memory.
CHUNK = 4096


def clearing(observation: Floats, config: AllocConfig, hard: bool = False) -> Solution:
    """Return the exact optimum of each window, and the dual's value as its bound.

    Parameters
    ----------
    observation : (W, T, F) ndarray of float
        Of the ``faithful`` mode; hidden priorities and costs are taken as they are shown.
    hard : bool
        Whether no supply may be exceeded; the bound holds for these grants only.

    Returns
    -------
    Solution
        Grants (W, T, R), their rewards by what is shown, and the bounds.
    """
    pieces = [
        _clear(observation[start : start + CHUNK], config, hard)
        for start in range(0, len(observation), CHUNK)
    ]
    return Solution(
        *(np.concatenate([getattr(piece, name) for piece in pieces]) for name in _FIELDS)
    )


_FIELDS = ("action", "value", "bound")


def _clear(observation: Floats, config: AllocConfig, hard: bool) -> Solution:
    problem = PooledProblem.of(observation, config)
    merit = problem.priority / (config.tasks * problem.demand)
    price = config.cost_penalty * problem.cost
    # Units beyond the supply for a rise of the price by one.
    give = 0.0 if hard else 1 / (2 * config.violation_penalty)
    level = clearing_price(merit, problem.demand, price, problem.supply, give)
    beyond = np.maximum(level[:, None] - price, 0.0)
    offered = np.where(price <= level[:, None], problem.supply + give * beyond, 0.0)
    wanted = np.where(merit >= level[:, None], problem.demand, 0.0)
    grant = merit_order(wanted, -merit, offered, price)
    outcomes = soft_outcomes(grant, problem.demand, problem.priority, problem.cost, config)
    value = combine(outcomes.mean(axis=1), observation, config)
    surplus = (problem.demand * np.maximum(merit - level[:, None], 0.0)).sum(axis=1)
    profit = (problem.supply * beyond + give / 2 * beyond**2).sum(axis=1)
    return Solution(grant, value, surplus + profit)


def clearing_price(
    merit: Floats, demand: Floats, price: Floats, supply: Floats, give: float
) -> Floats:
    """Return the price (W,) at which demand and supply meet.

    Parameters
    ----------
    merit, demand : (W, T) ndarray of float
        m and d: demand falls by d_i at the price m_i.
    price, supply : (W, R) ndarray of float
        w c and v: supply jumps by v_r at the price w c_r, and rises by ``give`` a unit of price.
    give : float
        >= 0.
    """
    kinks = np.sort(np.concatenate([merit, price], axis=1), axis=1)
    # Supply less demand just above each kink, which rises with the price.
    above = kinks[..., None] - price[:, None]
    offered = np.where(above >= 0, supply[:, None] + give * above, 0.0).sum(axis=-1)
    wanted = np.where(merit[:, None] > kinks[..., None], demand[:, None], 0.0).sum(axis=-1)
    excess = offered - wanted
    short = (excess < 0).sum(axis=1)  # kinks at which there is too little
    windows = np.arange(len(kinks))
    following = kinks[windows, np.minimum(short, kinks.shape[1] - 1)]
    before = np.maximum(short - 1, 0)
    # From the last of them on supply rises by this much a unit of price.
    slope = give * (above[windows, before] >= 0).sum(axis=-1)
    missing = -excess[windows, before]
    rise = np.divide(missing, slope, out=np.full(len(kinks), np.inf), where=slope > 0)
    return np.where(short > 0, np.minimum(following, kinks[windows, before] + rise), following)
