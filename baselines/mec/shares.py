"""Better shares of band and processor for given offloaders in a given order, for any queues."""

import numpy as np

from difsched.env.mec.actions import CLAIM, PRIORITY, SHARE, compute_shares
from difsched.env.mec.columns import Column, cluster_of
from difsched.env.mec.config import MecConfig
from difsched.env.mec.splits import lift
from difsched.typing import Floats

from .solution import evaluate
from .spectrum import band, heat_and_damping, soft_multipliers, upload, upload_price

STEPS = 60


def improve_shares(action: Floats, seen: Floats, config: MecConfig, steps: int = STEPS) -> Floats:
    """Return an action that is at least as good, with the same offloaders and order.

    Parameters
    ----------
    action : (1, N, 3) ndarray of float
    seen : (1, N, F) ndarray of float
        One window.
    """
    served = np.flatnonzero(action[0, :, SHARE] > 0)
    if not len(served):
        return action
    served = served[(-action[0, served, PRIORITY]).argsort(kind="stable")]
    cluster = cluster_of(seen, config)[0, served]
    cycles, deadline = (seen[0, served, column] for column in (Column.CYCLES, Column.DEADLINE))
    work = _work_between(cycles / config.server_ghz, cluster)
    radio = band(seen[0, served, Column.DATA], seen[0, served, Column.DISTANCE], config)
    share = lift(action[0, served, SHARE], config.least_share)
    part = compute_shares(action[..., CLAIM] * (action[..., SHARE] > 0), seen, config)[0]
    whole = config.weight_energy * config.server_w if config.server_power == "whole" else 0.0
    own_work = whole * np.bincount(cluster, cycles / config.server_ghz, config.clusters)

    mu = np.zeros_like(work)
    best, best_value = action, evaluate(action, seen, config)[0]
    for step in range(steps):
        heat, damping = heat_and_damping(step / max(steps - 1, 1))
        time, slope = upload(radio, share)
        late = (time + work / part[cluster][:, None] - deadline[:, None]) / deadline[:, None]
        worst = late.max(axis=1).clip(min=0.0)
        target = soft_multipliers(late, worst, heat)
        # Who ends after twice the deadline has nothing to lose.
        target[worst > 1] = 0.0
        mu += damping * (target - mu)
        price = config.weight_qos * mu / deadline[:, None]
        pay = upload_price(config) + price.sum(axis=0)
        share = _follow(share, np.maximum(-pay * slope, 0.0) * share**2, config.least_share)
        held = np.where(np.isfinite(work), work, 0.0)
        demand = np.bincount(cluster, (price * held).sum(axis=1), config.clusters) + own_work
        part = _follow(part, demand, config.least_compute)
        if step % 4 == 3:
            tried = _write(action, served, share, part[cluster], cluster, config)
            value = evaluate(tried, seen, config)[0]
            if value > best_value:
                best, best_value = tried, value
    return best


def _follow(share: Floats, weight: Floats, least: float) -> Floats:
    """Go half-way to the minimum of sum weight / share."""
    target = np.sqrt(weight) + 1e-9
    share = np.sqrt(share * target / target.sum())
    return lift(share, least)


def _work_between(seconds: Floats, cluster: np.ndarray) -> Floats:
    """Return at [i, j] the work from j to i of the same queue, -inf where j is not before i."""
    same = (cluster[:, None] == cluster) & np.tri(len(cluster), dtype=np.bool_)
    done = same @ seconds
    between = done[:, None] - (done - seconds)[None, :]
    return np.where(same, between, -np.inf)


def _write(
    action: Floats,
    served: np.ndarray,
    share: Floats,
    part: Floats,
    cluster: np.ndarray,
    config: MecConfig,
) -> Floats:
    """Return the action with these shares, and claims that give these parts."""
    new = action.copy()
    new[0, served, SHARE] = share
    count = np.bincount(cluster, minlength=config.clusters)[cluster]
    above = np.maximum(part - config.least_compute, 1e-9)
    new[0, served, CLAIM] = above / count
    return new
