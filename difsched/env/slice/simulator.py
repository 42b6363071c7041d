"""The slice, many copies of it side by side, one window at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice
from difsched.env.slice.allocation import check_allocation
from difsched.env.slice.link import Floats, loss_ratio, next_classes, success_probability
from difsched.env.slice.traffic import TrafficGenerator

#: What the scheduler sees of each user, in this order.
FEATURES = ("demand", "previous_demand", "slope", "midpoint")
OUTCOMES = ("expected", "sampled")


@dataclass(frozen=True)
class Step:
    """What one window did, in E copies of the slice.

    Attributes
    ----------
    observation : (E, N, 4) ndarray of float
        What the scheduler sees before the next window; see :class:`Simulator`.
    reward : (E,) ndarray of float
        Minus the packet-loss ratio, in [-1, 0].
    demand : (E, N) ndarray of int
        Packets offered in the window.
    delivered : (E, N) ndarray
        Packets that got through: whole numbers if sampled, their means if expected.
    """

    observation: Floats
    reward: Floats
    demand: NDArray[np.int64]
    delivered: NDArray[Any]


class Simulator:
    """Steps E independent copies of one slice.

    Every user runs through the trace from an own random place; its channel class is a Markov
    chain. Traffic and channel do not depend on the grants, so the task is a contextual bandit:
    the best grant for a window is best for every discount factor.

    The observation holds for each user, in this order (``FEATURES``):

    ==================  =======  =====================================================
    demand              packets  of the coming window: its forecast, or the truth
    previous_demand     packets  of the window before
    slope               1/RB     channel k of the coming window
    midpoint            RB       channel s of the coming window
    ==================  =======  =====================================================

    Parameters
    ----------
    config : EnvironmentConfig
        The slice; ``config.information`` chooses between forecast and truth.
    traffic : TrafficGenerator
        The trace that users run through.
    n_envs : int
        Copies E, >= 1.
    outcomes : {"expected", "sampled"}
        Whether ``delivered`` is the mean given the grants (closed form) or a binomial draw.
    seed : numpy.random.SeedSequence
        Where offsets, channels and (on a stream of their own) deliveries are drawn from, so that
        two policies under the same seed meet the same traffic and channels.
    """

    def __init__(
        self,
        config: EnvironmentConfig,
        traffic: TrafficGenerator,
        n_envs: int,
        *,
        outcomes: str,
        seed: np.random.SeedSequence,
    ) -> None:
        self.config = config
        self.traffic = traffic
        self.shape = (n_envs, config.N_user)
        self.sampled = check_choice("outcomes", outcomes, OUTCOMES) == "sampled"
        self._slopes = np.array(config.sigmoid_k_list)
        self._midpoints = np.array(config.sigmoid_s_list)
        trace = traffic.trace
        self._seen = trace.forecast if config.information == "predicted" else trace.packets
        self.reset(seed)

    def reset(self, seed: np.random.SeedSequence | None = None) -> Floats:
        """Start new episodes and return their first observation, (E, N, 4).

        With a seed the streams start anew from it; without, they go on.
        """
        if seed is not None:
            # Children by name, not spawn(): a SeedSequence counts what it has spawned, so the
            # same object would give other streams the second time.
            self._world, self._luck = (
                np.random.default_rng(
                    np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, child))
                )
                for child in range(2)
            )
        self._position = self.traffic.offsets(self._world, self.shape)
        self._classes = self._world.integers(len(self._slopes), size=self.shape)
        return self.observe()

    def observe(self) -> Floats:
        """Return what the scheduler sees before the coming window, (E, N, 4)."""
        return np.stack(
            [
                self._seen[self._position],
                # Index -1 is the trace's last window: the trace is a ring.
                self.traffic.trace.packets[self._position - 1],
                self._slopes[self._classes],
                self._midpoints[self._classes],
            ],
            axis=-1,
            dtype=np.float64,
        )

    def step(self, allocation: NDArray[np.int64]) -> Step:
        """Grant RBs for the coming window and let it pass.

        Parameters
        ----------
        allocation : (E, N) ndarray of int
            RBs a slot, >= 0, each row summing to at most B.

        Raises
        ------
        InputError
            If the allocation is not of that kind.
        """
        grants = check_allocation(allocation, self.shape, self.config.B)
        demand = self.traffic.trace.packets[self._position]
        chance = success_probability(
            grants, self._slopes[self._classes], self._midpoints[self._classes]
        )
        delivered = self._luck.binomial(demand, chance) if self.sampled else demand * chance
        self._position = (self._position + 1) % self.traffic.length
        self._classes = next_classes(
            self._classes, len(self._slopes), self.config.channel_stay, self._world
        )
        return Step(self.observe(), -loss_ratio(demand, delivered), demand, delivered)
