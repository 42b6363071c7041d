"""An episode whose demand and channels are known, and what a plan of grants loses in it."""

from dataclasses import dataclass

import numpy as np

from difsched.errors import InputError
from difsched.typing import Floats, Ints


@dataclass(frozen=True)
class Episode:
    """One episode of a slice in which packets are sent again.

    Attributes
    ----------
    packets : (N, T) ndarray of float
        New packets of each user in each window, >= 0.
    failure : (N, T, B + 1) ndarray of float
        Probability, in [0, 1], that a packet does not get through with 0..B RBs.
    delay : int
        D >= 0, windows for which a packet is sent again. It is lost where all D + 1 windows fail.

    Raises
    ------
    InputError
        If shapes do not match or an entry is out of range.
    """

    packets: Floats
    failure: Floats
    delay: int

    def __post_init__(self) -> None:
        """Check shapes and ranges."""
        if self.packets.ndim != 2 or self.failure.shape[:-1] != self.packets.shape:
            raise InputError(
                f"failure has shape {self.failure.shape}: must be {self.packets.shape} and B + 1"
            )
        if not (np.isfinite(self.packets) & (self.packets >= 0)).all():
            raise InputError("packets: must be finite and >= 0")
        if not ((self.failure >= 0) & (self.failure <= 1)).all():
            raise InputError("failure: must be probabilities")
        if self.delay < 0:
            raise InputError(f"delay = {self.delay}: must be >= 0")

    @property
    def budget(self) -> int:
        """B, RBs a slot."""
        return self.failure.shape[-1] - 1

    def failures(self, grants: Ints) -> Floats:
        """Return the chances (N, T) that a packet fails under grants (N, T), RBs."""
        return np.take_along_axis(self.failure, grants[..., None], axis=-1)[..., 0]

    def user_loss(self, grants: Ints) -> Floats:
        """Return the packets (N,) that each user loses on average under grants (N, T).

        A packet of window t is lost with the product of the failures of windows t..t + D. Packets
        of the last D windows are not lost within the episode.
        """
        failed, last = self.failures(grants), self.packets.shape[1] - self.delay
        if last <= 0:
            return np.zeros(len(self.packets))
        lost = self.packets[:, :last].copy()
        for age in range(self.delay + 1):
            lost *= failed[:, age : age + last]
        total: Floats = lost.sum(axis=1)
        return total

    def loss(self, grants: Ints) -> float:
        """Return the packets that grants (N, T) lose on average."""
        return float(self.user_loss(grants).sum())

    def ratio(self, lost: float) -> float:
        """Return lost packets over new packets, 0 where there are none."""
        return lost / max(float(self.packets.sum()), 1.0)


def score(lost: float, oracle: float, bound: float) -> float:
    """Return the score of a loss: 0 for the plug-in oracle's loss, 100 for the bound.

    Raises
    ------
    InputError
        If the oracle's loss is not above the bound.
    """
    if not oracle > bound:
        raise InputError(f"oracle = {oracle}: must be above the bound, {bound}")
    return 100 * (oracle - lost) / (oracle - bound)
