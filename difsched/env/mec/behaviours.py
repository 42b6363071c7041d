"""Shares by chance: who collects the offline datasets."""

import numpy as np

from difsched.typing import Floats

from .columns import Column
from .config import MecConfig
from .splits import split_band

#: Standard deviation of the logarithm of C / (f T) over UEs, about: noise of 1 is as large.
LATENESS_SD = 0.45
#: Most noise of the order, in these units, and of the logarithms of the shares.
ORDER_NOISE, SHARE_NOISE = 2.0, 1.0


def random_shares(observation: Floats, rng: np.random.Generator, config: MecConfig) -> Floats:
    """Draw how likely a UE is to offload, then who does, and shares (W, N) as softmax of N(0, 1).

    The chance is uniform in [0, 1], new in every window, so that few and many offload.
    """
    shape = observation.shape[:2]
    weights = np.exp(rng.standard_normal(shape))
    return split_band(weights, rng.random(shape) < rng.random((shape[0], 1)), config)


def noisy_rule(observation: Floats, rng: np.random.Generator, config: MecConfig) -> Floats:
    """Offload the latest UEs with shares by D / T, both disturbed, and a random number of them.

    The latest have the largest C / (f T). In every window anew: the number is N times the square
    of a uniform one, so that few are more likely; the noise of the order is between none and so
    much that it hardly matters who is late; that of the shares is between none and a factor e.

    Returns
    -------
    (W, N) ndarray of float
        Shares.
    """
    windows, users = observation.shape[:2]
    data, cycles, deadline, speed = (
        observation[..., column]
        for column in (Column.DATA, Column.CYCLES, Column.DEADLINE, Column.SPEED)
    )

    def noise(most: float) -> Floats:
        return most * rng.random((windows, 1)) * rng.standard_normal((windows, users))

    lateness = np.log(cycles / (speed * deadline)) / LATENESS_SD + noise(ORDER_NOISE)
    rank = (-lateness).argsort(axis=-1).argsort(axis=-1)
    served = np.floor((users + 1) * rng.random((windows, 1)) ** 2)
    return split_band(data / deadline * np.exp(noise(SHARE_NOISE)), rank < served, config)
