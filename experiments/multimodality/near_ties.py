"""Near-tied windows of a slice: all users have about the same demand, and some must be dropped."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.config import EnvironmentConfig
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.link.sigmoid import success_probability
from difsched.errors import InputError
from difsched.typing import Floats, Ints

#: Packets a user and window, and how far they are spread: about a packet.
DEMAND, SPREAD = 60.0, 1.0


@dataclass(frozen=True)
class TiedSlice:
    """A slice with one channel class, so that users differ by their demand alone.

    Attributes
    ----------
    users, budget : int
        N, and B in RBs a slot.
    slope, midpoint : float
        Of the link, 1/RB and RB.
    """

    users: int
    budget: int
    slope: float
    midpoint: float

    @classmethod
    def of(cls, config: EnvironmentConfig) -> "TiedSlice":
        """Return the slice of a configuration; raise InputError unless it has one class."""
        classes = len(config.sigmoid_k_list)
        if classes != 1:
            raise InputError(f"sigmoid_k_list has {classes} entries: must be 1 for users to tie")
        return cls(config.N_user, config.B, config.sigmoid_k_list[0], config.sigmoid_s_list[0])

    def windows(self, count: int, generator: np.random.Generator) -> Floats:
        """Return demands (count, N): normal, all users alike, packets; they need not be whole."""
        return DEMAND + SPREAD * generator.standard_normal((count, self.users))

    def optimum(self, demand: Floats) -> Ints:
        """Return the best grants (W, N) for demands (W, N), whole RBs."""
        return maximize_sigmoids(demand, self.slope, self.midpoint, self.budget, "dp").allocation

    def spend(self, request: ArrayLike) -> Ints:
        """Return requests (..., N) as whole RBs that sum to the budget, as every policy does."""
        return scale_to_budget(np.maximum(request, 0), self.budget)

    def loss(self, demand: Floats, grants: ArrayLike) -> float:
        """Return the mean expected packet loss ratio of grants (W, N) or (N,) on demands (W, N)."""
        lost = demand * (1 - success_probability(grants, self.slope, self.midpoint))
        return float((lost.sum(axis=1) / demand.sum(axis=1)).mean())
