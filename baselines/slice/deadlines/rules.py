"""Rules that know deadlines (see `difsched.baselines.slice.rule`), without memory.

An observation's demand is that of the coming window and all that wait; the ages of what waits tell
a rule where it stands, so that round robin needs no counter.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.slice.columns import WAITING, Column
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate

#: Weight of a packet a window before its last one, relative to one in its last.
URGENCY = 1e-3


@dataclass(frozen=True)
class DeadlineRule:
    """Delivers the packets that are nearest to being lost.

    The window's knapsack, exact, with weights 1e-3^(D - age): 1 for a packet in its last window.

    Attributes
    ----------
    urgency : float
        Weight of a packet relative to one that is a window older, in [0, 1]; 0 is the policy that
        loses fewest packets in the window itself, and 1 delivers most of them.
    """

    urgency: float = URGENCY

    def decide(self, observation: NDArray[Any], curves: Floats) -> Ints:
        """Return grants (W, N); see `Rule.decide`."""
        held = holdings(observation)
        weight = self.urgency ** np.arange(held.shape[-1] - 1.0, -1.0, -1.0)
        return allocate((held @ weight)[..., None] * curves)


@dataclass(frozen=True)
class RoundRobinRule:
    """Serves every user once in D + 1 windows, with shares by the knapsack of all it holds.

    Every packet has D + 1 tries, so one good one is enough. Users of equal number modulo D + 1
    form a group; the group whose waiting packets are most urgent is served. Which one it is
    follows from the ages of what waits, so no window counter is needed.
    """

    def decide(self, observation: NDArray[Any], curves: Floats) -> Ints:
        """Return grants (W, N); see `Rule.decide`."""
        held = holdings(observation)
        phases = held.shape[-1]
        group = np.arange(held.shape[1]) % phases
        weight = URGENCY ** np.arange(phases - 1.0, -1.0, -1.0)
        weight[0] = 0.0
        urgent = held @ weight
        groups = min(phases, held.shape[1])
        sums = np.stack([urgent[:, group == phase].sum(axis=1) for phase in range(groups)])
        served = group == sums.argmax(axis=0)[:, None]
        return allocate((held.sum(axis=-1) * served)[..., None] * curves)


def holdings(observation: NDArray[Any]) -> Floats:
    """Return the packets (W, N, D + 1) by age 0..D that each user holds in the coming window."""
    waiting = np.asarray(observation[..., WAITING], dtype=np.float64)
    # A forecast below zero means no traffic.
    new = np.maximum(observation[..., Column.DEMAND] - waiting.sum(axis=-1), 0.0)
    return np.concatenate([new[..., None], waiting], axis=-1)
