"""What a grant is worth: services, outcomes by task, and the reward as their closed form.

Outcomes are (W, T, K). Their mean over the tasks gives the reward of a window by `combine`:
K = 1, the outcome is the task's worth of service less its cost and the reward is the mean; in
``faithful`` mode K = 1 + R, the grants a_ir follow, and the fine for exceeding a supply is a
function of their means.
"""

from typing import Any

import numpy as np

from difsched.typing import Floats

from .columns import read
from .config import AllocConfig

#: Requirements below this count as this in ratios of grant to requirement.
LEAST_REQUIREMENT = 1e-4
#: Share of a supply by which grants may exceed it: as good as within, and by rounding.
TOLERANCE, ROUNDING = 0.01, 1e-6
#: A task whose share is at least this wants to be served whole.
WANTED = 0.5


def pooled_share(grant: Floats, demand: Floats) -> Floats:
    """Return min(1, sum_r a_ir / d_i) (W, T): resources stand in for each other."""
    served: Floats = np.minimum(grant.sum(axis=-1) / demand, 1.0)
    return served


def leontief_share(grant: Floats, requirement: Floats) -> Floats:
    """Return min(1, min_r a_ir / D_ir) (W, T): the scarcest resource decides (Leontief)."""
    ratio = grant / np.maximum(requirement, LEAST_REQUIREMENT)
    served: Floats = np.minimum(ratio.min(axis=-1), 1.0)
    return served


def serve_whole(share: Floats, requirement: Floats, supply: Floats) -> Floats:
    """Return who is served whole (W, T), as 0 and 1.

    In the order of the shares asked, the largest first and of equal ones the earlier task, every
    task that asks for at least one half is served if it still fits, and skipped if not.

    Parameters
    ----------
    share : (W, T) ndarray of float
        In [0, 1].
    requirement, supply : (W, T, R) and (W, R) ndarray of float
    """
    windows, left = np.arange(len(share)), supply * (1 + 1e-9)
    served = np.zeros_like(share)
    for task in np.argsort(-share, axis=1, kind="stable").T:
        need = requirement[windows, task]
        fits = (share[windows, task] >= WANTED) & (need <= left).all(axis=1)
        served[windows, task] = fits
        left = left - np.where(fits[:, None], need, 0.0)
    return served


def soft_outcomes(
    grant: Floats, demand: Floats, priority: Floats, cost: Floats, config: AllocConfig
) -> Floats:
    """Return outcomes (W, T, 1 + R) of the ``faithful`` mode: p_i x_i - T .1 c'a_i, and a_i."""
    worth = priority * pooled_share(grant, demand)
    charge = config.charge * (grant @ cost[..., None])[..., 0]
    return np.concatenate([(worth - charge)[..., None], grant], axis=-1)


def excess(total: Any, supply: Any) -> Any:
    """Return sum_r (total_r - v_r)_+^2 (W,) of what is granted in all, (W, R)."""
    return ((total - supply).clip(min=0.0) ** 2).sum(-1)


def combine(mean_outcomes: Any, observation: Any, config: AllocConfig) -> Any:
    """Return rewards (W,) from the tasks' mean outcomes (W, K), arrays or tensors.

    Parameters
    ----------
    mean_outcomes : (W, K) array or tensor
    observation : (W, T, F) array or tensor
        What was seen before the action; the supplies are read from it.
    """
    if config.mode != "faithful":
        return mean_outcomes[..., 0]
    total = config.tasks * mean_outcomes[..., 1:]
    fine = excess(total, read(observation, "supply", config))
    return mean_outcomes[..., 0] - config.violation_penalty * fine


def spending(total: Floats, supply: Floats, cost: Floats) -> dict[str, Floats]:
    """Return what is to be said of what is granted of the resources in all, (W, R).

    Returns
    -------
    dict
        Of (W,): ``cost`` sum_r c_r total_r; ``utilisation`` mean over resources of total_r / v_r;
        ``violations`` whether a supply is exceeded, by more than rounding; ``severity`` mean over
        resources of (total_r / v_r - 1)_+; ``satisfied`` whether none is exceeded by more than 1 %.
    """
    used = total / supply
    most = used.max(axis=1)
    return {
        "cost": (total * cost).sum(axis=1),
        "utilisation": used.mean(axis=1),
        "violations": (most > 1 + ROUNDING).astype(np.float64),
        "severity": np.where(used > 1 + ROUNDING, used - 1, 0.0).mean(axis=1),
        "satisfied": (most <= 1 + TOLERANCE).astype(np.float64),
    }
