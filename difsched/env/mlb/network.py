"""Loads, rates and rewards of a network whose users are attached to cells."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats

from .config import MlbConfig
from .radio import (
    BLOCKING_STRONGEST,
    Ints,
    advantage,
    associate,
    block_rate,
    blocks,
    of_cell,
    one_hot,
    to_users,
)

#: A user is blocked below this rate, bit/s (original).
LEAST_RATE = 512_000.0
#: Blocks a cell in the original's blocking metric, whatever the cells have.
BLOCKING_PRBS = 25
#: What a block carries at 5 bit/s/Hz, bit/s: throughput is measured against it (original).
FULL_RATE = 900_000.0
#: Keeps roots and shares of nothing, and their gradients, finite.
TINY = 1e-30
#: Weights of throughput, Jain's index and blocking in the reward ``weighted`` (original).
WEIGHTED = (0.5, 0.3, 0.2)


def load_balance(total: Any, prbs: int) -> Any:
    """Return minus the standard deviation (...) of the loads of ``total`` blocks (..., C).

    A load is at most 1. Of arrays or tensors.
    """
    load = (total / prbs).clip(max=1)
    away = load - load.mean(axis=-1, keepdims=True)
    return -(((away * away).mean(axis=-1) + TINY) ** 0.5)


def jain(rate: Any) -> Any:
    """Return Jain's index (...) of the cells with any rate, of rates (..., C); 0 if none has.

    Of arrays or tensors.
    """
    squares = (rate > 0).sum(axis=-1) * (rate * rate).sum(axis=-1)
    return rate.sum(axis=-1) ** 2 / squares.clip(min=TINY)


def per_cell(values: NDArray[Any], served: Floats) -> Floats:
    """Return the sums (..., C) of users' values (..., N) by cell, of who is served (..., N, C).

    A product of matrices: several times faster than a sum along an axis that is not the last.
    """
    return (values[..., None, :] @ served)[..., 0, :]


def user_rates(
    need: Ints, block: Floats, total: Floats, serving: Ints, prbs: int, demand: float
) -> Floats:
    """Return what every user gets, bit/s.

    In a cell that is not full a user gets its demand; in a full one the blocks are shared in
    proportion to what users need.

    Parameters
    ----------
    need, block : (W, N) ndarray
        Blocks needed, and what one carries, bit/s, in the serving cell.
    total : (W, C) ndarray of float
        Blocks needed in each cell.
    serving : (W, N) ndarray of int
        Cell of each user.
    prbs : int
        Blocks of a cell.
    demand : float
        bit/s.
    """
    share = to_users(prbs / np.maximum(total, prbs), serving)
    return np.where(share < 1, need * share * block, demand)


def outcome_names(config: MlbConfig) -> tuple[str, ...]:
    """Return what is told of every user after a step: what the reward depends on."""
    cells = range(1, config.cells + 1)
    blocks_used = tuple(f"blocks_{cell}" for cell in cells)
    if config.reward == "load_balance":
        return blocks_used
    return (*blocks_used, *(f"rate_{cell}" for cell in cells), "blocked")


def serve(
    config: MlbConfig, power: Floats, serving: Ints, offsets: Floats
) -> tuple[Ints, Floats, dict[str, Floats]]:
    """Return what happens in a second: who attaches where, and what follows.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    power : (W, N, C) ndarray of float
        RSRP, dBm.
    serving : (W, N) ndarray of int
        Cell of each user before.
    offsets : (W, A) ndarray of float
        The actions' differences, dB.

    Returns
    -------
    serving : (W, N) ndarray of int
        Cell of each user from now on.
    outcomes, metrics
        As `measure`, and the metric ``handovers``: users that changed their cell.
    """
    gain = advantage(offsets, config.cells, config.hysteresis)
    after = associate(power, serving, gain)
    outcomes, metrics = measure(config, power, after)
    metrics["handovers"] = (after != serving).sum(axis=-1).astype(np.float64)
    return after, outcomes, metrics


def measure(config: MlbConfig, power: Floats, serving: Ints) -> tuple[Floats, dict[str, Floats]]:
    """Return what happens in a second, given who is attached to which cell.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    power : (W, N, C) ndarray of float
        RSRP, dBm.
    serving : (W, N) ndarray of int
        Cell of each user.

    Returns
    -------
    outcomes : (W, N, K) ndarray of float
        As `outcome_names` says: blocks in each cell and, where the reward needs them, the rate in
        each cell, Mbit/s, and whether the user is blocked.
    metrics : dict of (W,) ndarray of float
        ``load_balance``, ``throughput`` (Mbit/s), ``jain`` (Jain's index of the cells' rates),
        ``blocking`` (share of users).
    """
    prbs, demand = config.scene.prbs, config.demand
    own = of_cell(power, serving)
    served = one_hot(serving, config.cells)
    need = blocks(own, demand)
    total = per_cell(need, served)
    rate = user_rates(need, block_rate(own), total, serving, prbs, demand)
    if config.mode == "fixed":
        rate = np.minimum(rate, demand)
        blocked = rate < LEAST_RATE
    else:
        blocked = _blocked_by_another_link(config, own, serving, served)
    cell_rate = per_cell(rate, served) / 1e6
    metrics = {
        "load_balance": load_balance(total, prbs),
        "throughput": cell_rate.sum(axis=-1),
        "jain": jain(cell_rate),
        "blocking": blocked.mean(axis=-1),
    }
    used = need[..., None] * served
    if config.reward == "load_balance":
        return used, metrics
    rates = (rate / 1e6)[..., None] * served
    return np.concatenate([used, rates, blocked[..., None]], axis=-1), metrics


def _blocked_by_another_link(
    config: MlbConfig, own: Floats, serving: Ints, served: Floats
) -> NDArray[np.bool_]:
    """Return who (W, N) is blocked in ``faithful``: a steeper link, and 25 blocks a cell."""
    need = blocks(own, config.demand, BLOCKING_STRONGEST)
    block, total = block_rate(own, BLOCKING_STRONGEST), per_cell(need, served)
    return user_rates(need, block, total, serving, BLOCKING_PRBS, config.demand) < LEAST_RATE


def combine(mean: Any, observation: Any, config: MlbConfig) -> Any:
    """Return the reward of mean outcomes: the same for the users' mean as `Simulator.step`'s.

    Of arrays or tensors.

    ======================  ====================================================================
    load_balance            minus the standard deviation of the cells' loads
    throughput              share of what the network would carry if every block ran at its best
    non_blocked             share of users that are not blocked
    throughput_and_balance  the first two, plus 1
    weighted                .5 throughput + .3 Jain's index - .2 blocking
    ======================  ====================================================================

    Parameters
    ----------
    mean : (..., K) array or tensor
        Outcomes, averaged over users; see `outcome_names`.
    observation : (..., N, F) array or tensor
        Not used: all that counts is in the outcomes.
    config : MlbConfig
        The problem.

    Returns
    -------
    (...) array or tensor
    """
    cells, users = config.cells, config.users
    balance = load_balance(users * mean[..., :cells], config.scene.prbs)
    if config.reward == "load_balance":
        return balance
    if config.reward == "non_blocked":
        return 1 - mean[..., -1]
    rate = users * mean[..., cells : 2 * cells]
    # The original takes 25 blocks a cell wherever it is.
    prbs = config.scene.prbs if config.mode == "fixed" else BLOCKING_PRBS
    throughput = rate.sum(axis=-1) * 1e6 / (cells * prbs * FULL_RATE)
    if config.reward == "throughput":
        return throughput
    if config.reward == "throughput_and_balance":
        return throughput + 1 + balance
    fast, fair, blocked = WEIGHTED
    return fast * throughput + fair * jain(rate) - blocked * mean[..., -1]
