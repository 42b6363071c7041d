"""Rules that neither learn nor search."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.actions import differences
from difsched.env.mlb.config import Config
from difsched.env.mlb.radio import Floats, blocks, of_cell, one_hot
from difsched.env.mlb.simulator import split_observation
from difsched.utils.seeding import window_seeds


def static(config: Config, observation: NDArray[Any]) -> Floats:
    """Return no offset at all, (W, 1, A) zeros: the score's naive policy."""
    return np.zeros((len(observation), 1, len(config.pairs)))


def constant(action: Floats, observation: NDArray[Any]) -> Floats:
    """Return the same action (A,) in every window, (W, 1, A)."""
    return np.tile(action, (len(observation), 1, 1))


def random_offsets(config: Config, observation: NDArray[Any], key: int) -> Floats:
    """Return differences (W, 1, A) of uniform offsets, the behaviour of the original's data.

    Each of the C (C - 1) offsets is uniform within half the reach, 6 dB, so their differences are
    triangular. They follow from what is seen of the window: the same window, the same action.

    Parameters
    ----------
    config : Config
        The problem.
    observation : (W, N, F) ndarray of float
        Windows.
    key : int
        See `difsched.utils.seeding.window_seeds`.
    """
    count, half = config.cells * (config.cells - 1), config.reach / 2
    offsets = np.array(
        [
            np.random.default_rng(seed).uniform(-half, half, count)
            for seed in window_seeds(observation, key)
        ]
    )
    return differences(offsets, config.cells)[:, None]


def load_threshold(
    config: Config, observation: NDArray[Any], threshold: float, gain: float
) -> Floats:
    """Return offsets (W, 1, A) that push users out of cells that are fuller than others.

    The classical rule of mobility load balancing: where the loads of two cells, as users are
    attached now, differ by more than a threshold, the offset follows the difference. Loads are not
    cut at 1 here: how far a cell is over its blocks counts.

    Parameters
    ----------
    config : Config
        The problem.
    observation : (W, N, F) ndarray of float
        Windows.
    threshold : float
        Difference of loads that is left alone, >= 0.
    gain : float
        dB for a difference of 1.
    """
    power, serving = split_observation(observation)
    need = of_cell(blocks(power, config.demand), serving).astype(np.float64)
    load = (need[:, None] @ one_hot(serving, config.cells))[:, 0] / config.scene.prbs
    first, second = np.transpose(config.pairs)
    excess = load[:, first] - load[:, second]
    offsets = np.where(np.abs(excess) > threshold, gain * excess, 0.0)
    return np.clip(offsets, -config.reach, config.reach)[:, None]
