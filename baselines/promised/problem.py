"""Windows whose demand and channels are known, and floors on what each user has of all of them.

With u the packets, p the success probabilities and S_t = max(sum_i u_it, 1), an allocation r of T
windows delivers the share

    J(r) = 1/T sum_t sum_i u_it p_it(r_it) / S_t

of the packets, window by window, and each user i the share g_i(r) = sum_t u_it p_it(r_it) / U_i of
its own, U_i = sum_t u_it. Wanted is the largest J with sum_i r_it <= B in each window and
g_i >= f_i for each user: the floor, over time. Neither is concave in r. Time sharing, a random draw
among allocations, makes both concave, and its optimum is a linear programme (Georgiadis, Neely and
Tassiulas 2006, section 4).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate


@dataclass(frozen=True)
class FloorProblem:
    """T windows of N users, and the floors.

    Attributes
    ----------
    packets : (T, N) ndarray
        New packets of each user, >= 0.
    curves : (C, B + 1) ndarray of float
        Success probability of each channel class with 0..B RBs.
    classes : (T, N) ndarray of int
        Channel class of each user.
    floor : (N,) ndarray of float
        Share of its packets, in [0, 1], that each user is promised over all windows.

    Raises
    ------
    InputError
        If shapes do not match or an entry is out of range.
    """

    packets: Floats
    curves: Floats
    classes: NDArray[np.integer]
    floor: Floats

    def __post_init__(self) -> None:
        """Check shapes and ranges."""
        if self.packets.ndim != 2 or self.classes.shape != self.packets.shape:
            raise InputError(
                f"classes has shape {self.classes.shape}: must be {self.packets.shape}"
            )
        if self.floor.shape != self.packets.shape[1:]:
            raise InputError(
                f"floor has shape {self.floor.shape}: must be {self.packets.shape[1:]}"
            )
        if not (np.isfinite(self.packets) & (self.packets >= 0)).all():
            raise InputError("packets: must be finite and >= 0")
        if not ((self.floor >= 0) & (self.floor <= 1)).all():
            raise InputError("floor: must be shares in [0, 1]")

    @property
    def budget(self) -> int:
        """B, RBs a slot."""
        return self.curves.shape[1] - 1

    @property
    def offered(self) -> Floats:
        """Packets of each user in all windows, (N,); 1 where there are none."""
        return np.maximum(self.packets.sum(axis=0), 1.0)

    @property
    def worth(self) -> Floats:
        """What a delivered packet adds to J, (T, 1)."""
        return 1 / (len(self.packets) * np.maximum(self.packets.sum(axis=1, keepdims=True), 1.0))

    @property
    def due(self) -> Floats:
        """Floors (N,), 0 for users without packets."""
        return np.where(self.packets.any(axis=0), self.floor, 0.0)

    def delivered(self, grants: Ints) -> Floats:
        """Return the packets (T, N) that get through on average with grants (T, N)."""
        return self.packets * self.curves[self.classes, grants]

    def gain(self, grants: Ints) -> float:
        """Return J, the share of the packets that grants (T, N) deliver."""
        return float((self.worth * self.delivered(grants)).sum())

    def shares(self, grants: Ints) -> Floats:
        """Return the share g (N,) of its packets that each user gets through."""
        total: Floats = self.delivered(grants).sum(axis=0) / self.offered
        return total

    def loss(self, gain: float) -> float:
        """Return the mean packet loss of windows of which the share J is delivered."""
        return float((self.worth * self.packets).sum()) - gain

    def best(self, multipliers: Floats, weight: float = 1.0) -> Ints:
        """Return grants (T, N) of the largest Lagrangian, weight J + multipliers . g, exact.

        It falls into windows: each is a knapsack with weights u_it (weight / (T S_t) + mu_i / U_i).
        """
        value = self.packets * (weight * self.worth + multipliers / self.offered)
        return allocate(value[..., None] * self.curves[self.classes])
