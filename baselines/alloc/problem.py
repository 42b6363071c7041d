"""An observation read as the optimisation problem it poses, and what a solver returns."""

from dataclasses import dataclass

import numpy as np

from difsched.env.alloc.columns import read
from difsched.env.alloc.config import AllocConfig
from difsched.typing import Floats

#: Divisors below this count as this.
TINY = 1e-12


@dataclass(frozen=True)
class Solution:
    """What a solver found in W windows.

    Attributes
    ----------
    action : (W, T) or (W, T, R) ndarray of float
        Allowed, as the simulator takes it.
    value : (W,) ndarray of float
        The reward it earns, by what is known of the window.
    bound : (W,) ndarray of float
        No allowed action earns more: the dual's value at some prices, so valid whatever these are.
    """

    action: Floats
    value: Floats
    bound: Floats


@dataclass(frozen=True)
class Problem:
    """W windows of tasks that need their resources together.

    Serving the shares x earns the mean of (gain - charge) x and spends sum_i D_ir x_i.

    Attributes
    ----------
    requirement : (W, T, R) ndarray of float
        D, >= 0.
    supply : (W, R) ndarray of float
        v, > 0.
    priority, gain, charge : (W, T) ndarray of float
        Priority; priority times work (1 but for backlog's queues); and the costs of x_i = 1.
    """

    requirement: Floats
    supply: Floats
    priority: Floats
    gain: Floats
    charge: Floats

    @classmethod
    def of(cls, observation: Floats, config: AllocConfig) -> "Problem":
        """Read the problem from an observation (W, T, F) of any mode but ``faithful``."""
        requirement, supply, priority, charge = (
            np.asarray(read(observation, name, config), dtype=np.float64)
            for name in ("requirement", "supply", "priority", "charge")
        )
        gain = priority
        if config.mode == "backlog":
            gain = priority * read(observation, "work", config).sum(axis=-1)
        return cls(requirement, supply, priority, gain, charge)

    @property
    def worth(self) -> Floats:
        """What x_i = 1 earns, (W, T), T times its part of the reward."""
        return self.gain - self.charge

    @property
    def size(self) -> Floats:
        """Return sum_r D_ir (W, T)."""
        size: Floats = self.requirement.sum(axis=-1)
        return size

    @property
    def load(self) -> Floats:
        """Return sum_i D_ir / v_r (W, R): what serving everybody would take of each resource."""
        load: Floats = self.requirement.sum(axis=1) / self.supply
        return load

    @property
    def dominant_share(self) -> Floats:
        """Return max_r D_ir / v_r (W, T)."""
        share: Floats = (self.requirement / self.supply[:, None]).max(axis=-1)
        return share


@dataclass(frozen=True)
class PooledProblem:
    """W windows of the ``faithful`` mode, whose resources stand in for each other.

    Attributes
    ----------
    demand, priority : (W, T) ndarray of float
    supply, cost : (W, R) ndarray of float
    """

    demand: Floats
    priority: Floats
    supply: Floats
    cost: Floats

    @classmethod
    def of(cls, observation: Floats, config: AllocConfig) -> "PooledProblem":
        """Read the problem from an observation (W, T, F) of the ``faithful`` mode."""
        return cls(
            *(
                np.asarray(read(observation, name, config), dtype=np.float64)
                for name in ("demand", "priority", "supply", "cost")
            )
        )
