"""What users of three cells do, as a function of the three offset differences.

Let a = d12, b = d13 and c = d23 (dB) and h the hysteresis. A user of cell i with RSRPs R prefers
cell j to its own where its difference passes a threshold on one axis: for i < j beyond
R_i + h - R_j, for i > j at or below R_j - R_i - h. Only users who prefer both others to their own
choose between these along a diagonal:

====  =====  ======  =============================
cell  first  second  goes to the first where
====  =====  ======  =============================
1     2      3       a - b >= R3 - R2
2     1      3       a + c <= R1 - R3
3     1      2       b - c <= R1 - R2
====  =====  ======  =============================

Each follows from comparing RSRP plus difference; of equal scores the lower cell wins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.radio import Ints
from difsched.typing import Floats

#: Parts of an axis, and of a diagonal, narrower than this are passed over, dB.
MARGIN = 1e-9
#: Pairs of cells of the axes a, b, c.
PAIRS = ((0, 1), (0, 2), (1, 2))
#: Of each cell: its two rivals, and the axes on which it compares itself with them.
RIVALS = ((1, 2), (0, 2), (0, 1))
AXES = ((0, 1), (0, 2), (1, 2))
#: Of each cell: the diagonal's sign on its second axis, and the sign with which it grows towards
#: the second rival.
SECOND_SIGN = (-1, 1, -1)
TOWARDS_SECOND = (-1, 1, 1)


@dataclass(frozen=True)
class Axis:
    """An axis, cut by the thresholds of all users.

    Attributes
    ----------
    edges : (K + 1,) ndarray of float
        dB, ascending, from one end of the box to the other.
    """

    edges: Floats

    @property
    def low(self) -> Floats:
        """Lower ends (K,) of the intervals."""
        return self.edges[:-1]

    @property
    def high(self) -> Floats:
        """Upper ends (K,) of the intervals."""
        return self.edges[1:]

    @property
    def middle(self) -> Floats:
        """Points (K,) inside the intervals."""
        return (self.edges[:-1] + self.edges[1:]) / 2


def cut(thresholds: Floats, low: float, high: float) -> Floats:
    """Return the ends of [low, high] and the thresholds inside, ascending, none there twice."""
    inside = np.sort(thresholds[(thresholds > low + MARGIN) & (thresholds < high - MARGIN)])
    apart = np.diff(inside, prepend=low) > MARGIN
    return np.concatenate([[low], inside[apart], [high]])


def diagonal_range(cell: int, axes: list[Axis]) -> tuple[Floats, Floats]:
    """Return between which values (Kx, Ky) a cell's diagonal lies, on its two axes' intervals."""
    first, second = (axes[axis] for axis in AXES[cell])
    low, high = second.low, second.high
    if SECOND_SIGN[cell] < 0:
        low, high = -high, -low
    return first.low[:, None] + low, first.high[:, None] + high


@dataclass(frozen=True)
class Users:
    """The n users of one cell.

    Attributes
    ----------
    cell : int
        Which cell, 0..2.
    need : (n, 3) ndarray of int
        Blocks needed in every cell.
    thresholds : (2, n) ndarray of float
        On the axes of the two rivals, dB.
    diagonal : (n,) ndarray of float
        Threshold on the diagonal between the two rivals, dB.
    """

    cell: int
    need: Ints
    thresholds: Floats
    diagonal: Floats

    def prefers(self, rival: int, value: Floats) -> NDArray[np.bool_]:
        """Return who (K, n) prefers the first or second rival at differences (K,)."""
        value, threshold = value[:, None], self.thresholds[rival]
        upwards = RIVALS[self.cell][rival] > self.cell
        return value > threshold if upwards else value <= threshold

    def to_first(self, diagonal: Floats) -> NDArray[np.bool_]:
        """Return who (..., n) takes the first rival, at values (...) of the diagonal."""
        value = diagonal[..., None]
        if TOWARDS_SECOND[self.cell] < 0:
            return value >= self.diagonal
        return value <= self.diagonal


def users_of(cell: int, power: Floats, serving: Ints, need: Ints, hysteresis: float) -> Users:
    """Return the users of a cell.

    Parameters
    ----------
    cell : int
        0..2.
    power : (N, 3) ndarray of float
        RSRP, dBm.
    serving : (N,) ndarray of int
        Cell of each user.
    need : (N, 3) ndarray of int
        Blocks needed in every cell.
    hysteresis : float
        h, dB.
    """
    own = serving == cell
    power, need = power[own], need[own]
    thresholds = [
        power[:, cell] + hysteresis - power[:, rival]
        if rival > cell
        else power[:, rival] - power[:, cell] - hysteresis
        for rival in RIVALS[cell]
    ]
    first, second = RIVALS[cell]
    sign = TOWARDS_SECOND[cell]
    return Users(cell, need, np.array(thresholds), sign * (power[:, first] - power[:, second]))
