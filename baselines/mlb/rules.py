"""Rules that neither learn nor search."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.env.mlb.actions import check_offsets
from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import blocks, of_cell, one_hot
from difsched.env.mlb.simulator import split_observation
from difsched.typing import Floats

#: Difference of loads that is left alone, and dB for a difference of 1: the best of 35 pairs on
#: the source classes of the synthetic scene (measured).
THRESHOLD, GAIN = 0.05, 12.0


def static(observation: NDArray[Any], config: MlbConfig) -> Floats:
    """Return no offset at all, (W, 1, A) zeros: the score's naive policy."""
    return np.zeros((len(observation), 1, len(config.pairs)))


def constant(observation: NDArray[Any], config: MlbConfig, action: ArrayLike) -> Floats:
    """Return the same action (A,) in every window, (W, 1, A); raises as `check_offsets`."""
    return np.tile(check_offsets(action, config), (len(observation), 1, 1))


def load_threshold(
    observation: NDArray[Any],
    config: MlbConfig,
    threshold: float = THRESHOLD,
    gain: float = GAIN,
) -> Floats:
    """Return offsets (W, 1, A) that push users out of cells that are fuller than others.

    The classical rule of mobility load balancing: where the loads of two cells, as users are
    attached now, differ by more than a threshold, the offset follows the difference. Loads are not
    cut at 1 here: how far a cell is over its blocks counts.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        Windows.
    config : MlbConfig
        The problem.
    threshold : float
        Difference of loads that is left alone, >= 0.
    gain : float
        dB for a difference of 1.
    """
    power, serving = split_observation(observation, config)
    need = of_cell(blocks(power, config.demand), serving)
    load = (need[:, None] @ one_hot(serving, config.cells))[:, 0] / config.scene.prbs
    first, second = np.transpose(config.pairs)
    excess = load[:, first] - load[:, second]
    offsets = np.where(np.abs(excess) > threshold, gain * excess, 0.0)
    return np.clip(offsets, -config.reach, config.reach)[:, None]
